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
    #expect(plan.byteCount == report.plan.byteCount)
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
}
