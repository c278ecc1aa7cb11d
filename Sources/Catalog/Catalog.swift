import CatalogMigrations
public import Digests
import Foundation
import GRDB

/// What can be wrong with a catalog.
public enum CatalogError: Error, Hashable, Sendable {
  /// There is no file.
  case missing(path: String)
  /// The file is not a registry's catalog.
  case notACatalog(path: String, applicationID: Int)
  /// A newer program made it.
  case tooNew(path: String)
  /// SQLite did not take the journal mode that durability needs.
  case journalMode(path: String, wanted: String, got: String)
  /// This user or file system does not let it be changed.
  case readOnly(path: String)
  /// SQLite failed: busy beyond patience, damaged, no space.
  case database(path: String, code: Int32, message: String)
  /// A row says what cannot be.
  case damagedRow(table: String, detail: String)
  /// A blob cannot be coded against this one: it is not there, or is itself coded against the blob.
  case unfitBase(Digest, base: Digest)
}

/// The index of versions: SQLite through GRDB, whose only user this is. It knows nothing of blobs'
/// bytes. All of it that matters can be rebuilt from the manifests and the journal.
public struct Catalog: Sendable {
  // "rgst", in the header of the file.
  private static let applicationID = 0x7267_7374
  // Seconds that a writer waits for another.
  private static let patience = 60.0

  private let queue: DatabaseQueue
  private let path: String

  /// Opens the catalog, brings its schema up to date, and checks that commits will be durable.
  public init(path: String, creating: Bool) throws {
    self.path = path
    guard creating || FileManager.default.fileExists(atPath: path) else {
      throw CatalogError.missing(path: path)
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: Self.configuration)
      try queue.writeWithoutTransaction { db in
        try Self.prepare(db, path: path, creating: creating)
      }
      if creating { try migrate() } else { try migrateIfNeeded() }
    } catch let error as DatabaseError {
      throw Self.translate(error, path: path)
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { db in
      // WAL can corrupt when two processes reset it at once, up to SQLite 3.51.2
      // (https://sqlite.org/wal.html, "The WAL-Reset Bug"). Where the linked library has that
      // defect, the rollback journal serves; it needs EXTRA, so that its deletion is durable too.
      try db.execute(sql: "PRAGMA synchronous = \(hasSafeWAL ? "FULL" : "EXTRA")")
      try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    }
    return configuration
  }

  private static var hasSafeWAL: Bool { Database.sqliteLibVersionNumber >= 3_051_003 }
  private static var journalMode: String { hasSafeWAL ? "wal" : "delete" }

  private static func prepare(_ db: Database, path: String, creating: Bool) throws {
    if creating { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
    let found = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    guard found == applicationID else {
      throw CatalogError.notACatalog(path: path, applicationID: found)
    }
    // The mode is kept in the file, and the library may have changed since. SQLite stays in the
    // old mode without an error when it cannot change, so look at what it answers.
    var mode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
    if mode != journalMode {
      mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(journalMode)") ?? ""
    }
    guard mode == journalMode else {
      throw CatalogError.journalMode(path: path, wanted: journalMode, got: mode)
    }
  }

  private var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    for step in Migrations.all {
      migrator.registerMigration(step.name) { db in try db.execute(sql: step.sql) }
    }
    return migrator
  }

  private func migrateIfNeeded() throws {
    let migrator = migrator
    let (isUpToDate, isTooNew) = try queue.read { db in
      (try migrator.hasCompletedMigrations(db), try migrator.hasBeenSuperseded(db))
    }
    guard !isTooNew else { throw CatalogError.tooNew(path: path) }
    if !isUpToDate { try migrate() }
  }

  private func migrate() throws {
    do { try migrator.migrate(queue) } catch is DatabaseError {
      // Another process may have made the same step between the look and the deed.
      try migrator.migrate(queue)
    }
  }

  /// Reads one consistent state.
  public func read<Result>(_ body: (CatalogReader) throws -> Result) throws -> Result {
    do {
      // Not the queue's `read`: that sets `query_only` and resets it, and each time SQLite forgets
      // how all statements were prepared. That a reader only reads, its type says.
      return try queue.unsafeRead { db in
        try db.beginTransaction(.deferred)
        do {
          let result = try body(CatalogReader(db: db))
          try db.commit()
          return result
        } catch {
          // Some errors have ended it; what it is ended for is told in any case.
          if db.isInsideTransaction { try? db.rollback() }
          throw error
        }
      }
    } catch let error as DatabaseError {
      throw Self.translate(error, path: path)
    }
  }

  /// Changes the catalog in one transaction, and returns when it is on the disk. No other process
  /// writes meanwhile: the write lock is taken at the beginning (GRDB begins with IMMEDIATE). A
  /// throw changes nothing.
  public func write<Result>(_ body: (CatalogWriter) throws -> Result) throws -> Result {
    do {
      return try queue.write { db in try body(CatalogWriter(db: db)) }
    } catch let error as DatabaseError {
      throw Self.translate(error, path: path)
    }
  }

  /// What SQLite's own check finds wrong, in indexes as well: what they do not lead to would look
  /// as if nobody needed it. Empty when nothing is.
  public func integrityProblems() throws -> [String] {
    do {
      return try queue.read { db in
        let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        let broken = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { row in
          "a row of \(row["table"] as String) refers to none of \(row["parent"] as String)"
        }
        return lines + broken.prefix(20)
      }
    } catch let error as DatabaseError {
      throw Self.translate(error, path: path)
    }
  }

  private static func translate(_ error: DatabaseError, path: String) -> CatalogError {
    error.resultCode == .SQLITE_READONLY
      ? .readOnly(path: path)
      : .database(
        path: path, code: error.extendedResultCode.rawValue,
        message: error.message ?? error.resultCode.description)
  }
}
