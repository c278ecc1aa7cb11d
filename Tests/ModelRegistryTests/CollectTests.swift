import Catalog
import ContentStore
import Digests
import Files
import Glibc
import ModelRegistry
import Testing

@Suite struct CollectTests {
  private let bench: Workbench
  private let registry: Registry
  private let atOnce = GarbagePolicy(grace: 0, retention: 0)

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
    for seed in 1...3 {
      let tensors = [noise(300_000, seed: UInt64(seed)), noise(1000, seed: 7)]
      try registry.commit(
        try bench.write("a.h5", tensors: tensors), lengths: [300_000, 1000])
    }
  }

  private func reference(_ text: String) throws -> Reference { try Reference(parsing: text) }

  @Test func whatAVersionNeedsStays() throws {
    let report = try #require(try registry.collectGarbage(atOnce))
    #expect(report.plan.blobs.isEmpty)
    #expect(report.freedBytes == 0)
    #expect(try registry.verify(.full).isClean)
  }

  @Test func aRemovedVersionIsTakenWhenItsRetentionIsOver() throws {
    _ = try registry.remove(reference("v2"))
    #expect(throws: RegistryError.removedVersion("m@v2")) {
      try registry.entry(reference("v2"))
    }
    #expect(try registry.planGarbage().versions.isEmpty)
    _ = try registry.restore(reference("v2"))
    _ = try registry.remove(reference("v2"))
    bench.advance(days: 8)
    #expect(try registry.planGarbage().versions.map(\.label) == ["m@v2"])
    let report = try #require(try registry.collectGarbage())
    #expect(report.freedBytes >= 300_000)
    #expect(throws: RegistryError.self) { try registry.restore(reference("v2")) }
    #expect(try registry.verify(.full).isClean)
    let back = bench.folder + "/back"
    _ = try registry.checkout(reference("v3"), to: back, replacing: false)
    #expect(try bench.bytes(back) == bench.bytes(bench.folder + "/a.h5"))
  }

  @Test func theDryRunSaysWhatTheDeedDoes() throws {
    _ = try registry.remove(reference("v1"))
    let plan = try registry.planGarbage(atOnce)
    let report = try #require(try registry.collectGarbage(atOnce))
    #expect(plan.versions == report.plan.versions)
    #expect(plan.blobs == report.plan.blobs)
    // What is to be coded anew takes a little more or less than the plan says.
    #expect((plan.byteCount * 99...plan.byteCount * 101).contains(report.plan.byteCount * 100))
    #expect(!plan.blobs.isEmpty)
  }

  @Test func anAliasedVersionCannotBeRemoved() throws {
    _ = try registry.setAlias("best", to: reference("v1"))
    #expect(throws: RegistryError.aliased("m@v1", aliases: ["best"])) {
      try registry.remove(reference("v1"))
    }
  }

  @Test func whatALivingSessionHoldsStays() throws {
    let details = try registry.show(reference("v2"))
    let pinned = try #require(details.variables.first?.blob.digest)
    let store = try BlobStore(opening: StorePaths(root: registry.path))
    let session = try store.beginSession()
    try session.pin([pinned])
    _ = try registry.remove(reference("v2"))
    _ = try registry.collectGarbage(atOnce)
    #expect(try store.contents().loose.contains(pinned))
    try session.end()
    _ = try registry.collectGarbage(atOnce)
    #expect(try !store.contents().loose.contains(pinned))
  }

  @Test func whatADeadWriterPublishedIsCollectedAsAnOrphan() throws {
    let store = try BlobStore(opening: StorePaths(root: registry.path))
    do {
      let session = try store.beginSession()
      for count in [10, 200_000] {
        _ = try noise(count, seed: 77).withUnsafeBytes { try session.stage([$0]) }
      }
      _ = try session.publish()
      #expect(try #require(try registry.collectGarbage(atOnce)).orphanCount == 1)
    }
    // The pack stayed while its writer lived; the loose blob was not pinned.
    #expect(try #require(try registry.collectGarbage(atOnce)).orphanCount == 1)
    #expect(try registry.verify(.full).isClean)
  }

  @Test func whatAKilledCommitStagedIsFreed() throws {
    let store = try BlobStore(opening: StorePaths(root: registry.path))
    do {
      // Let go without `end`, as when the process is killed.
      let session = try store.beginSession()
      _ = try noise(400_000, seed: 78).withUnsafeBytes { try session.stage([$0]) }
    }
    #expect(try #require(try registry.collectGarbage()).freedBytes >= 400_000)
    #expect(try Folder.names(in: registry.path + "/staging").isEmpty)
  }

  @Test func aPackThatIsMostlyGarbageIsWrittenAnew() throws {
    let big = (0..<20).map { noise(5000, seed: 100 + $0) }
    let few = Array(big.prefix(2))
    try registry.commit(
      try bench.write("p.h5", tensors: big), lengths: big.map(\.count), model: "p")
    try registry.commit(
      try bench.write("q.h5", tensors: few), lengths: few.map(\.count), model: "q")
    _ = try registry.remove(reference("p@v1"))
    let report = try #require(try registry.collectGarbage(atOnce))
    #expect(report.rewrittenPackCount == 1)
    #expect(report.freedBytes > 60_000)
    #expect(try registry.verify(.full).isClean)
    let back = bench.folder + "/back"
    _ = try registry.checkout(reference("q@v1"), to: back, replacing: false)
    #expect(try bench.bytes(back) == bench.bytes(bench.folder + "/q.h5"))
  }

  @Test func damageInAMostlyUnusedPackIsLeftAndTold() throws {
    let big = (0..<20).map { noise(5000, seed: 100 + $0) }
    let few = Array(big.prefix(2))
    let path = try bench.write("p.h5", tensors: big)
    try registry.commit(path, lengths: big.map(\.count), model: "p")
    try registry.commit(
      try bench.write("q.h5", tensors: few), lengths: few.map(\.count), model: "q")
    let blob = try #require(try registry.show(reference("q@v1")).variables.first?.blob)
    let place = try #require(blob.pack)
    let pack = registry.path + "/packs/" + place.name + ".pack"
    chmod(pack, 0o600)
    let file = try OpenFile(pack, flags: O_WRONLY)
    #expect(lseek(file.descriptor, off_t(place.offset), SEEK_SET) >= 0)
    try file.write([0xFF, 0x00, 0xFF])
    _ = try registry.remove(reference("p@v1"))
    for _ in 0..<2 {
      let report = try #require(try registry.collectGarbage(atOnce))
      _ = try registry.verify(.full)
      #expect(report.damaged.count <= 1)
    }
    let damage = try registry.verify(.full).damage
    #expect(damage.map(\.blob) == [blob.digest])
    #expect(damage.first?.versions.map(\.label) == ["q@v1"])
    try registry.commit(bench.folder + "/q.h5", lengths: few.map(\.count), model: "q")
    #expect(try registry.verify(.full).isClean)
    _ = try registry.collectGarbage(atOnce)
    #expect(try registry.verify(.full).isClean)
  }

  @Test func aPackThatALivingSessionMayReadStays() throws {
    let big = (0..<20).map { noise(5000, seed: 100 + $0) }
    let few = Array(big.prefix(2))
    try registry.commit(
      try bench.write("p.h5", tensors: big), lengths: big.map(\.count), model: "p")
    try registry.commit(
      try bench.write("q.h5", tensors: few), lengths: few.map(\.count), model: "q")
    let before = try #require(try registry.show(reference("q@v1")).variables.first?.blob)
    let store = try BlobStore(opening: StorePaths(root: registry.path))
    let session = try store.beginSession()
    try session.pin([before.digest])
    _ = try registry.remove(reference("p@v1"))
    #expect(try #require(try registry.collectGarbage(atOnce)).rewrittenPackCount == 1)
    let old = try #require(before.pack)
    let id = try #require(PackID(parsing: old.name))
    let stored = StoredBlob(
      digest: before.digest, byteCount: before.byteCount,
      location: .packed(id, offset: old.offset))
    #expect(throws: Never.self) { try store.bytes(of: stored) }
    try session.end()
    _ = try registry.collectGarbage(atOnce)
    #expect(throws: StoreError.self) { try store.bytes(of: stored) }
    #expect(try registry.verify(.full).isClean)
  }
}
