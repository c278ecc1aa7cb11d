import Catalog
import ContentStore
import Digests
import Files
import Glibc
import ModelRegistry
import Testing

@Suite struct DamageTests {
  private let bench: Workbench
  private let opened = Opened()

  /// The registry, until it is let go.
  private final class Opened {
    var registry: Registry?
  }

  private struct LetGo: Error {}

  private var registry: Registry {
    get throws {
      guard let registry = opened.registry else { throw LetGo() }
      return registry
    }
  }

  /// Lets the registry go, as when its process ends, and makes its catalog anew.
  private func recover() throws -> RecoveryReport {
    opened.registry = nil
    return try Registry.recover(at: bench.folder, now: bench.time)
  }

  private var path: String { bench.folder + "/.registry" }
  private let lengths = [300_000, 1000]

  init() throws {
    bench = try Workbench()
    opened.registry = try bench.makeRegistry()
    for seed in 1...3 {
      try registry.commit(try file(UInt64(seed)), lengths: lengths) {
        $0.metrics = ["loss": "0.\(seed)"]
      }
    }
  }

  private func file(_ seed: UInt64) throws -> String {
    try bench.write("\(seed).h5", tensors: [noise(300_000, seed: seed), noise(1000, seed: 7)])
  }

  private func reference(_ text: String) throws -> Reference { try Reference(parsing: text) }

  private func damageLooseBlob(of text: String) throws {
    let blob = try #require(
      try registry.show(reference(text)).variables.first { $0.blob.pack == nil })
    let path = path + "/blobs/sha256/\(blob.blob.digest.hex.prefix(2))/\(blob.blob.digest)"
    chmod(path, 0o600)
    try OpenFile(path, flags: O_WRONLY).write([0xFF, 0xFE])
  }

  @Test func damageNamesTheVersionsThatItHitsAndOnlyThose() throws {
    try damageLooseBlob(of: "v2")
    #expect(try registry.verify(.quick).isClean)
    let report = try registry.verify(.full)
    #expect(report.damage.count == 1)
    #expect(report.damage.first?.versions.map(\.label) == ["m@v2"])
    #expect(try !registry.verify(.quick).isClean)
    #expect(throws: StoreError.self) {
      try registry.checkout(reference("v2"), to: bench.folder + "/back", replacing: false)
    }
    #expect(try Folder.status(of: bench.folder + "/back") == nil)
    _ = try registry.checkout(reference("v3"), to: bench.folder + "/back", replacing: false)
  }

  @Test func committingTheSameBytesAgainMendsThem() throws {
    try damageLooseBlob(of: "v2")
    #expect(try !registry.verify(.full).isClean)
    try registry.commit(try file(2), lengths: lengths)
    #expect(try registry.verify(.full).isClean)
    _ = try registry.checkout(reference("v2"), to: bench.folder + "/back", replacing: false)
    #expect(try bench.bytes(bench.folder + "/back") == bench.bytes(bench.folder + "/2.h5"))
  }

  @Test func committingTheParentAgainMendsItWithoutANewVersion() throws {
    try damageLooseBlob(of: "v3")
    #expect(try !registry.verify(.full).isClean)
    let report = try registry.commit(try file(3), lengths: lengths)
    #expect(report.isUnchanged)
    #expect(report.mendedCount == 1)
    #expect(try registry.log(model: nil, limit: nil).count == 3)
    #expect(try registry.verify(.full).isClean)
  }

  @Test func aCheckThatWasBrokenOffGoesOnWithTheRest() throws {
    let all = try registry.verify(.full)
    #expect(all.readCount == all.blobCount)
    #expect(try registry.verify(.fullUnlessWithin(GarbagePolicy.day)).readCount == 0)
    bench.advance(days: 2)
    #expect(try registry.verify(.fullUnlessWithin(GarbagePolicy.day)).readCount == all.blobCount)
    let part = try registry.verify(.subset(percent: 50))
    #expect(part.readCount == (all.blobCount + 1) / 2)
  }

  @Test func aLostCatalogIsMadeAnew() throws {
    _ = try registry.setAlias("best", to: reference("v2"))
    _ = try registry.setTags(["owner": "ana"], of: reference("v1"))
    _ = try registry.remove(reference("v3"))
    let before = try registry.log(model: nil, limit: nil)
    let usage = try registry.usage(model: nil, limit: nil)
    try Folder.remove(path + "/catalog.sqlite3")
    let report = try recover()
    #expect(report.lost.isEmpty)
    #expect(report.problems.isEmpty)
    #expect(report.oldCatalog == nil)
    let recovered = try bench.open()
    let after = try recovered.log(model: nil, limit: nil)
    #expect(after.map(\.version.id) == before.map(\.version.id))
    #expect(after.map(\.version.number) == before.map(\.version.number))
    #expect(after.map(\.version.newBytes) == before.map(\.version.newBytes))
    #expect(after.map(\.version.changedCount) == before.map(\.version.changedCount))
    #expect(after.map(\.tags) == before.map(\.tags))
    #expect(after.map(\.metrics) == before.map(\.metrics))
    #expect(after.map(\.aliases) == before.map(\.aliases))
    #expect(try recovered.usage(model: nil, limit: nil).models == usage.models)
    #expect(try recovered.verify(.full).isClean)
    _ = try recovered.restore(reference("v3"))
    _ = try recovered.checkout(reference("v3"), to: bench.folder + "/back", replacing: false)
    #expect(try bench.bytes(bench.folder + "/back") == bench.bytes(bench.folder + "/3.h5"))
  }

  @Test func recoveryDoesNotReviveWhatNobodyWasToldOf() throws {
    // As a writer that died after it published: its manifest is there, and no line of the journal.
    let manifest = try bytes(ofBlob: registry.entry(reference("v3")).version.id)
    let forged = Array(
      String(decoding: manifest, as: UTF8.self).replacing("loss", with: "less").utf8)
    let store = try BlobStore(opening: StorePaths(root: path))
    let session = try store.beginSession()
    _ = try forged.withUnsafeBytes { try session.stage([$0]) }
    _ = try session.publish()
    try session.end()
    _ = try recover()
    #expect(try bench.open().log(model: nil, limit: nil).map(\.version.number) == [3, 2, 1])
  }

  @Test func aTensorThatLooksLikeAManifestIsNone() throws {
    let manifest = try bytes(ofBlob: registry.entry(reference("v3")).version.id)
    let forged = Array(
      String(decoding: manifest, as: UTF8.self).replacing("loss", with: "less").utf8)
    try registry.commit(
      try bench.write("forged.h5", tensors: [forged]), lengths: [forged.count], model: "other")
    try Folder.remove(path + "/journal")
    _ = try recover()
    #expect(try bench.open().log(model: nil, limit: nil).count == 4)
  }

  private func bytes(ofBlob digest: Digest) throws -> [UInt8] {
    let store = try BlobStore(opening: StorePaths(root: path))
    var stored: [DigestPrefix: StoredBlob] = [:]
    // What is coded against a blob was committed after it.
    let packs = try store.contents().packs.map { ($0, try store.entries(of: $0)) }
    for _ in packs {
      for (pack, entries) in packs {
        for entry in entries where entry.base.map({ stored[$0] != nil }) ?? true {
          stored[DigestPrefix(of: entry.digest)] = StoredBlob(
            digest: entry.digest, byteCount: entry.byteCount,
            location: .packed(pack, offset: entry.offset),
            form: entry.isCoded
              ? .coded(byteCount: entry.length, base: entry.base.flatMap { stored[$0] }) : .raw)
        }
      }
    }
    return try store.bytes(of: try #require(stored[DigestPrefix(of: digest)]))
  }

  @Test func whatWasRestoredAfterALostPurgeIsRecovered() throws {
    _ = try registry.remove(reference("v2"))
    let copy = path + "/../catalog-before"
    try copyFile(path + "/catalog.sqlite3", to: copy)
    bench.advance(days: 8)
    // The journal has the purge; the catalog of before stands for a transaction that was lost.
    _ = try registry.collectGarbage(GarbagePolicy(grace: 365 * GarbagePolicy.day, retention: 0))
    try Folder.rename(copy, to: path + "/catalog.sqlite3")
    opened.registry = try bench.open()
    _ = try registry.restore(reference("v2"))
    _ = try recover()
    #expect(try bench.open().log(model: nil, limit: nil).map(\.version.number) == [3, 2, 1])
  }

  private func copyFile(_ source: String, to target: String) throws {
    try OpenFile.creating(target, mode: 0o644).write(bench.bytes(source))
  }

  @Test func withoutAJournalADamagedManifestHidesNoOther() throws {
    let ids = try registry.log(model: nil, limit: nil).map(\.version.id)
    let store = try BlobStore(opening: StorePaths(root: path))
    for pack in try store.contents().packs {
      guard let entry = try store.entries(of: pack).first(where: { $0.digest == ids[1] }) else {
        continue
      }
      #expect(entry.isCoded)
      let packPath = path + "/packs/\(pack.name).pack"
      chmod(packPath, 0o600)
      let file = try OpenFile(packPath, flags: O_RDWR)
      let byte = try file.bytes(at: entry.offset + entry.length / 2, count: 1).map { $0 ^ 0x10 }
      pwrite(file.descriptor, byte, 1, off_t(entry.offset + entry.length / 2))
    }
    try Folder.remove(path + "/journal")
    _ = try recover()
    let found = try bench.open().log(model: nil, limit: nil).map(\.version.id)
    #expect(found == [ids[0], ids[2]])
  }

  @Test func withoutAJournalTheManifestsStillTellTheVersions() throws {
    let before = try registry.log(model: nil, limit: nil).map(\.version.id)
    try Folder.remove(path + "/journal")
    let report = try recover()
    #expect(report.oldCatalog != nil)
    let after = try bench.open().log(model: nil, limit: nil)
    #expect(after.map(\.version.id) == before)
    #expect(after.map(\.version.number) == [3, 2, 1])
  }

  @Test func aVersionWithoutAllItsBlobsIsRecordedAndNamed() throws {
    let digest = try #require(
      try registry.show(reference("v2")).variables.first { $0.blob.pack == nil }
    ).blob.digest
    try Folder.remove(path + "/blobs/sha256/\(digest.hex.prefix(2))/\(digest)")
    let report = try recover()
    #expect(report.lost.isEmpty)
    #expect(report.incomplete.map(\.label) == ["m@v2"])
    #expect(report.incomplete.first?.missing == [digest])
    let recovered = try bench.open()
    #expect(try recovered.log(model: nil, limit: nil).count == 3)
    #expect(try recovered.verify(.quick).damage.first?.versions.map(\.label) == ["m@v2"])
    _ = try recovered.collectGarbage(GarbagePolicy(grace: 0, retention: 0))
    try recovered.commit(bench.folder + "/2.h5", lengths: lengths)
    #expect(try recovered.verify(.full).isClean)
    _ = try recovered.checkout(reference("v2"), to: bench.folder + "/back", replacing: false)
  }

  @Test func nothingOfAVersionThatARecoveryLostIsTaken() throws {
    let pack = try #require(
      try Folder.names(in: path + "/packs").map { path + "/packs/" + $0 }.first)
    chmod(pack, 0o600)
    let size = try #require(try Folder.status(of: pack)).byteCount
    let file = try OpenFile(pack, flags: O_WRONLY)
    #expect(lseek(file.descriptor, off_t(size - 20), SEEK_SET) >= 0)
    try file.write([0xFF, 0x00, 0xFF])
    #expect(try !recover().lost.isEmpty)
    let recovered = try bench.open()
    let before = try BlobStore(opening: StorePaths(root: path)).contents()
    for take in [
      { _ = try recovered.collectGarbage(GarbagePolicy(grace: 0, retention: 0)) },
      { _ = try recovered.pack(includingHot: true) },
    ] {
      #expect {
        try take()
      } throws: { error in
        if case .versionsLost? = error as? RegistryError { true } else { false }
      }
    }
    let after = try BlobStore(opening: StorePaths(root: path)).contents()
    #expect(after.loose == before.loose)
    #expect(after.packs == before.packs)
    let report = try recovered.collectGarbage(
      GarbagePolicy(grace: 0, retention: 0), abandoningLost: true)
    #expect(try #require(report).freedBytes > 0)
  }

  @Test func aRegistryInUseIsNotRecovered() throws {
    let other = try bench.open()
    #expect(throws: RegistryError.recoveryBlocked) {
      try Registry.recover(at: bench.folder, now: bench.time)
    }
    #expect(try other.log(model: nil, limit: nil).count == 3)
  }

  @Test func numbersOfPurgedVersionsAreNotGivenAgainAfterARecovery() throws {
    _ = try registry.remove(reference("v3"))
    _ = try registry.collectGarbage(GarbagePolicy(grace: 0, retention: 0))
    _ = try recover()
    #expect(try bench.open().commit(try file(9), lengths: lengths).version.number == 4)
  }

  @Test func aChangeThatFailedIsNotReplayed() throws {
    _ = try registry.setTags(["a": "1"], of: reference("v1"))
    #expect(throws: RegistryError.noSuchTag("b", version: "m@v1")) {
      try registry.removeTags(["a", "b"], of: reference("v1"))
    }
    _ = try registry.setTags(["c": "2"], of: reference("v1"))
    _ = try recover()
    let tags = try bench.open().entry(reference("v1")).tags
    #expect(tags["a"] == "1")
    #expect(tags["c"] == "2")
  }

  @Test func aLostJournalIsMadeAnewWithTheNextChange() throws {
    _ = try registry.setAlias("best", to: reference("v1"))
    _ = try registry.setTags(["owner": "ana"], of: reference("v1"))
    _ = try registry.removeTags(["keras"], of: reference("v2"))
    let before = try registry.log(model: nil, limit: nil)
    try Folder.remove(path + "/journal")
    _ = try registry.setTags(["owner": "ben"], of: reference("v1"))
    #expect(try recover().problems.isEmpty)
    let after = try bench.open().log(model: nil, limit: nil)
    #expect(after.map(\.version.id) == before.map(\.version.id))
    #expect(after.map(\.aliases) == before.map(\.aliases))
    #expect(after.dropLast().map(\.tags) == before.dropLast().map(\.tags))
    #expect(after.last?.tags["owner"] == "ben")
  }

  @Test func verifyMendsADamagedJournal() throws {
    try damageJournal()
    #expect(try registry.verify(.quick).journalDamage == 1)
    #expect(try registry.verify(.quick).isClean)
    #expect(try recover().problems.isEmpty)
  }

  @Test func verifyMendsAJournalThatLacksItsEnd() throws {
    let file = try OpenFile(path + "/journal", flags: O_RDWR)
    try file.truncate(to: file.status().byteCount - 10)
    #expect(try registry.verify(.quick).journalDamage == 3)
    #expect(try registry.verify(.quick).isClean)
    #expect(try recover().versions.count == 3)
  }

  private func damageJournal() throws {
    let path = path + "/journal"
    var bytes = try bench.bytes(path)
    let index = try #require(bytes.firstIndex(of: UInt8(ascii: "m")))
    bytes[index] = UInt8(ascii: "n")
    try Folder.remove(path)
    try OpenFile.creating(path, mode: 0o644).write(bytes)
  }

  @Test func aTornLastLineOfTheJournalIsNoEntry() throws {
    let path = path + "/journal"
    let file = try OpenFile(path, flags: O_WRONLY | O_APPEND)
    try file.write(Array(#"{"at":1,"event":"comm"#.utf8))
    _ = try registry.setTags(["a": "b"], of: reference("v1"))
    #expect(try recover().problems.isEmpty)
    #expect(try bench.open().entry(reference("v1")).tags["a"] == "b")
  }

  @Test func aChangedLineOfTheJournalIsFound() throws {
    try damageJournal()
    let report = try recover()
    #expect(report.problems.count == 1)
    #expect(report.versions.count == 3)
  }
}
