import GRDB

/// Where the journal that belongs to a catalog ends.
public struct JournalEnd: Hashable, Sendable {
  public var byteCount: UInt64
  /// Of the last line; empty without lines.
  public var chain: String

  public init(byteCount: UInt64, chain: String) {
    self.byteCount = byteCount
    self.chain = chain
  }
}

extension CatalogReader {
  /// Where the journal ends that leads to this state.
  public func journalEnd() throws -> JournalEnd {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT byte_count, chain FROM journal_end"))
    else {
      throw CatalogError.damagedRow(table: "journal_end", detail: "none")
    }
    return JournalEnd(byteCount: UInt64(clamping: row[0] as Int64), chain: row[1])
  }

  /// Every version, removed ones too, oldest first.
  public func versionsInOrderOfCommit() throws -> [VersionRecord] {
    try versions(where: "ORDER BY version.id")
  }

  /// The highest number that each model ever gave, and when it was last committed to.
  public func lastNumbers() throws -> [(name: String, number: Int, used: Int64)] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT name, last_number, used FROM model ORDER BY id")
    ).map {
      ($0[0], $0[1], $0[2])
    }
  }
}

extension CatalogWriter {
  /// Records where the journal ends once this transaction is on the disk.
  public func setJournalEnd(_ end: JournalEnd) throws {
    try db.cachedStatement(
      sql: "UPDATE journal_end SET byte_count = ?, chain = ?"
    ).execute(arguments: [Int64(clamping: end.byteCount), end.chain])
  }

  /// Makes sure that a model's numbers up to this one are not given again.
  public func raiseLastNumber(of model: String, to number: Int, used: Int64) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO model (name, last_number, used) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET last_number = max(last_number, ?2)
        """
    ).execute(arguments: [model, number, used])
  }

  /// Takes all tags and metrics of a version away.
  public func removeDetails(of version: VersionRecord) throws {
    for table in ["tag", "metric", "export"] {
      try db.cachedStatement(
        sql: "DELETE FROM \(table) WHERE version_id = ?"
      ).execute(arguments: [version.rowID.value])
    }
  }
}
