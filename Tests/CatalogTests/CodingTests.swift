import Catalog
import Digests
import Foundation
import Testing

/// Blobs that are coded against others, as the catalog knows them.
@Suite struct CodingTests {
  private let catalog: Catalog

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    catalog = try Catalog(path: folder.appending(path: "catalog.sqlite3").path, creating: true)
    // 1 stands by itself, 2 is coded against it, 3 against 2.
    try catalog.write { writer in
      try writer.addPack(named: "p", byteCount: 1000)
      try writer.addBlobs(
        [blob(1, takes: 80), blob(2, takes: 30, base: 1), blob(3, takes: 20, base: 2)], created: 5)
    }
  }

  private func digest(_ seed: UInt8) -> Digest { Digest(of: [seed]) }

  private func blob(_ seed: UInt8, takes byteCount: UInt64?, base: UInt8? = nil) -> NewBlob {
    NewBlob(
      digest: digest(seed), byteCount: 100, pack: PackPlace(name: "p", offset: UInt64(seed) * 100),
      codedByteCount: byteCount, base: base.map(digest), generation: Int(seed) - 1)
  }

  @Test func aRecordHasItsChain() throws {
    let record = try #require(try catalog.read { try $0.blob(digest(3)) })
    #expect(record.chain.map(\.digest) == [3, 2, 1].map(digest))
    #expect(record.chain.map(\.storedByteCount) == [20, 30, 80])
    #expect(record.chain.map(\.generation) == [2, 1, 0])
  }

  @Test func whatAnotherNeedsIsNotForgotten() throws {
    #expect(throws: CatalogError.self) { try catalog.write { try $0.forget(digest(2)) } }
    try catalog.write { writer in
      try writer.forget(digest(3))
      try writer.forget(digest(2))
    }
    #expect(try catalog.read { try $0.isNeeded(digest(1), includingCondemned: true) } == false)
  }

  @Test func aBaseIsNeededAsLongAsItsDependantIs() throws {
    try catalog.write { writer in
      #expect(try writer.reader.isNeeded(digest(2), includingCondemned: true))
      try writer.condemn([digest(3)])
      #expect(try writer.reader.isNeeded(digest(2), includingCondemned: true))
      #expect(try !writer.reader.isNeeded(digest(2), includingCondemned: false))
      try writer.condemn([digest(1), digest(2)])
      #expect(try writer.reader.condemnedBlobs().map(\.digest) == [3, 2, 1].map(digest))
    }
  }

  @Test func aBaseMustBeThere() throws {
    #expect(throws: CatalogError.unfitBase(digest(4), base: digest(9))) {
      try catalog.write { try $0.addBlobs([blob(4, takes: 10, base: 9)], created: 6) }
    }
  }

  @Test func noBlobIsItsOwnBase() throws {
    let first = try #require(try catalog.read { try $0.blob(digest(1)) })
    #expect(throws: CatalogError.unfitBase(digest(1), base: digest(3))) {
      try catalog.write { try $0.move(first, to: blob(1, takes: 10, base: 3)) }
    }
    try catalog.write { try $0.setCorrupt([first]) }
    #expect(throws: CatalogError.unfitBase(digest(1), base: digest(3))) {
      try catalog.write { try $0.addBlobs([blob(1, takes: 10, base: 3)], created: 6) }
    }
  }

  @Test func aMoveFromWhereItWasIsRecordedOnce() throws {
    let before = try #require(try catalog.read { try $0.blob(digest(3)) })
    let elsewhere = NewBlob(
      digest: digest(3), byteCount: 100, pack: PackPlace(name: "p", offset: 900),
      codedByteCount: 15, base: digest(1), generation: 1)
    #expect(try catalog.write { try $0.move(before, to: elsewhere) })
    #expect(try !catalog.write { try $0.move(before, to: elsewhere) })
    let after = try #require(try catalog.read { try $0.blob(digest(3)) })
    #expect(after.chain.map(\.digest) == [3, 1].map(digest))
    #expect(try catalog.read { try $0.dependantDepth(of: digest(1)) } == 2)
  }

  @Test func packsCountWhatBlobsTake() throws {
    #expect(try catalog.read { try $0.packs() }.map(\.usedBytes) == [130])
    let usage = try catalog.read { try $0.codingUsage() }
    #expect(usage.map(\.kind) == [.delta, .alone])
    #expect(usage.map(\.storedBytes) == [50, 80])
  }
}
