import Catalog
import CatalogMigrations
import Digests
import Dispatch
import Foundation
import GRDB
import Synchronization
import Testing

/// What the rows of blobs keep, and that a catalog of before keeps it.
@Suite struct RowTests {
  private let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: "catalog.sqlite3").path
  }

  private func digest(_ seed: UInt8) -> Digest { Digest(of: [seed]) }

  /// A digest of those that begin alike.
  private func alike(_ seed: UInt8) throws -> Digest {
    try #require(Digest(bytes: [UInt8](repeating: 7, count: 31) + [seed]))
  }

  private func loose(_ digest: Digest) -> NewBlob {
    NewBlob(digest: digest, byteCount: 4, pack: nil)
  }

  private func write(_ statements: String...) throws {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    try queue.writeWithoutTransaction { db in
      for sql in statements { try db.execute(sql: sql) }
    }
  }

  @Test func statesAreToldApart() throws {
    let catalog = try Catalog(path: path, creating: true)
    try catalog.write { writer in
      try writer.addBlobs((1...3).map { loose(digest($0)) }, created: 0)
      try writer.condemn([digest(2)])
      try writer.setCorrupt([BlobRecord(digest: digest(3), byteCount: 4, pack: nil)])
    }
    try catalog.read { reader in
      let states = try (1...4).map { try reader.state(of: digest($0)) }
      #expect(states == [.live, .condemned, .corrupt, nil])
      #expect(try reader.storedBlobs().filter(\.isCorrupt).map(\.record.digest) == [digest(3)])
    }
  }

  @Test func digestsThatBeginAlikeAreTwoBlobs() throws {
    let catalog = try Catalog(path: path, creating: true)
    let (one, two, three) = (try alike(1), try alike(2), try alike(3))
    try catalog.write { writer in
      try writer.addBlobs([loose(one), loose(two)], created: 0)
      try writer.condemn([one])
      #expect(try writer.reader.state(of: one) == .condemned)
      #expect(try writer.reader.state(of: two) == .live)
      #expect(try writer.reader.state(of: three) == nil)
      try writer.forget(one)
      #expect(try writer.reader.blob(two)?.digest == two)
      #expect(try writer.reader.storedBlobs().count == 1)
    }
  }

  @Test(arguments: [
    "INSERT INTO blob (digest, byte_count, created) SELECT digest, 4, 0 FROM blob WHERE id = 1",
    "UPDATE blob SET digest = (SELECT digest FROM blob WHERE id = 1) WHERE id = 2",
    "UPDATE blob SET absence = 'unknown'", "UPDATE blob SET base_id = 1 WHERE id = 2",
    "UPDATE blob SET pack_offset = 1", "INSERT INTO version_part VALUES (1, 99)",
  ])
  func whatCannotBeIsRefused(sql: String) throws {
    let catalog = try Catalog(path: path, creating: true)
    try catalog.write { try $0.addBlobs([loose(alike(1)), loose(alike(2))], created: 0) }
    #expect {
      try write(sql)
    } throws: { ($0 as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT }
  }

  @Test func aShortBlobsLengthIsNotKnown() throws {
    let catalog = try Catalog(path: path, creating: true)
    let long = NewBlob(digest: digest(1), byteCount: 200_000, pack: nil)
    try catalog.write { try $0.addBlobs([long], created: 0) }
    let answers = try catalog.read { reader in
      try [200_000, 200_001, 3].map { try reader.mayHaveBlob(ofByteCount: $0) }
    }
    #expect(answers == [true, false, true])
  }

  @Test func whenABlobWasMadeIsKnownToTheSecond() throws {
    let catalog = try Catalog(path: path, creating: true)
    try catalog.write { try $0.addBlobs([loose(digest(1))], created: 5_999_999_999) }
    let counts = try catalog.read { reader in
      try [5_000_000_000, 5_000_000_001].map {
        try reader.unneededBlobs(removedBefore: .max, createdBefore: $0).count
      }
    }
    #expect(counts == [0, 1])
  }

  @Test func aCatalogOfBeforeKeepsItsBlobs() throws {
    try makeCatalogOfBefore()
    let catalog = try Catalog(path: path, creating: false)
    #expect(try catalog.integrityProblems().isEmpty)
    try catalog.read { reader in
      let states = try (1...3).map { try reader.state(of: digest($0)) }
      #expect(states == [.live, .condemned, .corrupt])
      let packed = try #require(try reader.blob(digest(2)))
      #expect(packed.pack == PackPlace(name: "p", offset: 80))
      #expect(packed.coding == .raw && packed.storedByteCount == 100)
      #expect(try reader.storedBlobs().map(\.verified) == [nil, 9])
      #expect(try reader.isNeeded(digest(3), includingCondemned: false))
    }
    #expect(throws: CatalogError.self) { try catalog.write { try $0.forget(digest(3)) } }
  }

  @Test func twoMayBringACatalogOfBeforeUpToDateAtOnce() throws {
    try makeCatalogOfBefore()
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      do { _ = try Catalog(path: path, creating: false) } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 }.isEmpty)
  }

  /// As the second step left it, of three blobs: a version needs the third.
  private func makeCatalogOfBefore() throws {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    var migrator = DatabaseMigrator()
    for step in Migrations.all.prefix(2) {
      migrator.registerMigration(step.name) { db in try db.execute(sql: step.sql) }
    }
    try migrator.migrate(queue)
    func hex(_ seed: UInt8) -> String { "x'\(digest(seed))'" }
    try queue.write { db in
      try db.execute(
        sql: """
          PRAGMA application_id = \(0x7267_7374);
          INSERT INTO pack VALUES (1, 'p', 200);
          INSERT INTO blob VALUES
            (1, \(hex(1)), 100, 'live', 1, 0, 7, NULL),
            (2, \(hex(2)), 100, 'condemned', 1, 80, 7, NULL),
            (3, \(hex(3)), 100, 'corrupt', NULL, NULL, 7, 9);
          INSERT INTO model VALUES (1, 'm', 1, 7);
          INSERT INTO layout VALUES (1, zeroblob(32));
          INSERT INTO version VALUES (1, 1, 1, zeroblob(32), zeroblob(32), 1, 7, NULL, 'h5',
            'a.h5', 1, NULL, NULL, 0, 0, 0, 0, NULL, 0, NULL);
          INSERT INTO version_part VALUES (1, 3);
          """)
    }
  }
}
