import Catalog
import Digests
import Foundation
import GRDB
import Tensors
import Testing

@Suite struct CatalogTests {
  private let folder: URL
  private var path: String { folder.appending(path: "catalog.sqlite3").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func version(_ seed: UInt8, parents: [ParentEdge] = [], tags: [String: String] = [:])
    -> NewVersion
  {
    NewVersion(
      model: "mnist", id: digest(seed), weightsID: digest(1), layout: digest(2),
      variables: [
        VariableSlot(
          path: "dense/kernel", containerPath: "d/k", role: .weight, optimizerSlot: nil,
          dtype: .float32, shape: .scalar),
        VariableSlot(
          path: "optimizer/m/dense/kernel", containerPath: "o/m", role: .optimizer,
          optimizerSlot: OptimizerSlot(name: "m", weightPath: "dense/kernel"), dtype: .float32,
          shape: .scalar),
      ], tensors: [digest(100), digest(101)], parts: [digest(seed)], created: Int64(seed),
      message: nil, format: "h5", sourceName: "a.h5", sourceBytes: 20, optimizer: nil, step: nil,
      newTensorCount: 2, newBytes: 8, changedCount: nil, findingCount: 0, parents: parents,
      tags: tags, metrics: ["loss": "0.10"])
  }

  private func digest(_ seed: UInt8) -> Digest { Digest(of: [seed]) }

  private func catalog(with seeds: [UInt8]) throws -> Catalog {
    let catalog = try Catalog(path: path, creating: true)
    for seed in seeds { try add(version(seed), to: catalog) }
    return catalog
  }

  private func add(_ version: NewVersion, to catalog: Catalog) throws {
    try catalog.write { writer in
      try writer.addBlobs(
        (version.tensors + version.parts).map {
          NewBlob(digest: $0, byteCount: 4, pack: nil)
        }, created: version.created)
      try writer.add(version, number: writer.nextNumber(of: version.model))
    }
  }

  @Test func whatIsAddedIsFoundAgain() throws {
    let catalog = try catalog(with: [10])
    try catalog.read { reader in
      let found = try #require(try reader.latest(of: "mnist"))
      #expect(found.number == 1)
      #expect(found.id == digest(10))
      #expect(found.tensorBytes == 8)
      #expect(try reader.metrics(of: found) == ["loss": "0.10"])
      let variables = try reader.variables(of: found)
      #expect(variables.map(\.slot) == version(10).variables)
      #expect(variables.map(\.blob) == [digest(100), digest(101)])
      #expect(try reader.blobs(of: found).count == 3)
    }
  }

  @Test func numbersAreNotUsedAgain() throws {
    let catalog = try catalog(with: [10, 11])
    try catalog.write { writer in
      let latest = try #require(try writer.reader.latest(of: "mnist"))
      try writer.purge(latest)
      #expect(try writer.nextNumber(of: "mnist") == 3)
    }
  }

  @Test func aThrowChangesNothing() throws {
    struct Stop: Error {}
    let catalog = try catalog(with: [10])
    #expect(throws: Stop.self) {
      try catalog.write { writer in
        let latest = try #require(try writer.reader.latest(of: "mnist"))
        try writer.setTag("a", to: "b", of: latest)
        throw Stop()
      }
    }
    try catalog.read { reader in
      let latest = try #require(try reader.latest(of: "mnist"))
      #expect(try reader.tags(of: latest).isEmpty)
    }
  }

  @Test func everyMoveOfAnAliasIsRecorded() throws {
    let catalog = try catalog(with: [10, 11])
    try catalog.write { writer in
      let versions = try writer.reader.versions(of: "mnist", limit: nil)
      #expect(try writer.setAlias("best", to: versions[1], at: 5) == nil)
      #expect(try writer.setAlias("best", to: versions[0], at: 6) == 1)
      #expect(try writer.removeAlias("best", of: "mnist", at: 7))
      #expect(try !writer.removeAlias("best", of: "mnist", at: 8))
    }
    let moves = try catalog.read { try $0.aliasMoves(of: "mnist") }
    #expect(moves.map(\.from) == [nil, 1, 2])
    #expect(moves.map(\.to) == [1, 2, nil])
    #expect(moves.map(\.moved) == [5, 6, 7])
  }

  @Test func aBlobThatAVersionNeedsIsNotUnneeded() throws {
    let catalog = try catalog(with: [10])
    try catalog.write { writer in
      try writer.addBlobs([NewBlob(digest: digest(50), byteCount: 1, pack: nil)], created: 0)
    }
    try catalog.read { reader in
      let unneeded = try reader.unneededBlobs(removedBefore: .max, createdBefore: .max)
      #expect(unneeded.map(\.digest) == [digest(50)])
    }
    try catalog.write { writer in
      let latest = try #require(try writer.reader.latest(of: "mnist"))
      try writer.setRemoved(100, of: latest)
      #expect(try writer.reader.unneededBlobs(removedBefore: 100, createdBefore: .max).count == 1)
      #expect(try writer.reader.unneededBlobs(removedBefore: 101, createdBefore: .max).count == 4)
    }
  }

  @Test func aCondemnedBlobCountsAsAbsentUntilItIsAddedAgain() throws {
    let catalog = try catalog(with: [])
    let record = NewBlob(digest: digest(50), byteCount: 1, pack: nil)
    try catalog.write { writer in
      try writer.addBlobs([record], created: 0)
      try writer.condemn([record.digest])
      #expect(try writer.reader.state(of: record.digest) == .condemned)
      try writer.addBlobs([record], created: 1)
      #expect(try writer.reader.state(of: record.digest) == .live)
    }
  }

  @Test func aNewerSchemaIsRefused() throws {
    _ = try catalog(with: [])
    let queue = try DatabaseQueue(path: path)
    try queue.write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999-from-the-future')")
    }
    try queue.close()
    #expect(throws: CatalogError.tooNew(path: path)) { try Catalog(path: path, creating: false) }
  }

  @Test func anotherProgramsDatabaseIsRefused() throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "CREATE TABLE notes (text)") }
    try queue.close()
    #expect(throws: CatalogError.notACatalog(path: path, applicationID: 0)) {
      try Catalog(path: path, creating: false)
    }
  }

  @Test func theJournalModeIsBroughtToTheDurableOne() throws {
    _ = try catalog(with: [10])
    let durable = try journalMode(changingTo: nil)
    let other = durable == "wal" ? "delete" : "wal"
    #expect(try journalMode(changingTo: other) == other)
    let opened = try Catalog(path: path, creating: false)
    #expect(try opened.read { try $0.latest(of: "mnist") } != nil)
    #expect(try journalMode(changingTo: nil) == durable)
  }

  private func journalMode(changingTo mode: String?) throws -> String? {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.writeWithoutTransaction { db in
      try String.fetchOne(
        db, sql: "PRAGMA journal_mode" + (mode.map { " = \($0)" } ?? ""))
    }
  }

  @Test func aFileOfGarbageIsAnErrorOfTheDatabase() throws {
    try Data(repeating: 7, count: 10_000).write(to: URL(filePath: path))
    #expect {
      try Catalog(path: path, creating: false)
    } throws: { error in
      if case .database(_, let code, _)? = error as? CatalogError { code == 26 } else { false }
    }
  }
}
