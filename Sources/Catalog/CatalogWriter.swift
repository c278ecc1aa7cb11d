import Digests
import Foundation
import GRDB
import Tensors

/// Changes to the catalog, within one transaction. Valid only inside the closure that got it.
public struct CatalogWriter {
  let db: Database

  static let nanosecondsPerSecond: Int64 = 1_000_000_000

  /// The same state, for reading.
  public var reader: CatalogReader { CatalogReader(db: db) }

  /// The number that the next version of a model gets.
  public func nextNumber(of model: String) throws -> Int {
    let last = try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT last_number FROM model WHERE name = ?"), arguments: [model])
    return (last ?? 0) + 1
  }

  /// Records that these blobs are in the store. A base must have a row, or stand before what is
  /// coded against it.
  public func addBlobs(_ blobs: [NewBlob], created: Int64) throws {
    let columns = """
      byte_count, absence, pack_id, pack_offset, created, verified, coded_byte_count, base_id,
      generation
      """
    let values = """
      ?2, NULL, (SELECT id FROM pack WHERE name = ?3), ?4, ?5, NULL, ?6,
      \(CatalogReader.blobID("?7")), ?8
      """
    let insert = try db.cachedStatement(
      sql: "INSERT INTO blob (digest, \(columns)) VALUES (?1, \(values))")
    let update = try db.cachedStatement(
      sql: "UPDATE blob SET (\(columns)) = (\(values)) WHERE \(CatalogReader.isBlob("?1"))")
    for blob in blobs {
      let state = try reader.state(of: blob.digest)
      // Another writer may have put it meanwhile: nothing is recorded then.
      guard state != .live else { continue }
      try requireBase(of: blob, isNew: state == nil)
      try (state == nil ? insert : update).execute(arguments: [
        blob.digest.data, Int64(clamping: blob.byteCount), blob.pack?.name,
        blob.pack.map { Int64(clamping: $0.offset) }, created / Self.nanosecondsPerSecond,
        blob.codedByteCount.map { Int64(clamping: $0) }, blob.base?.data, blob.generation,
      ])
    }
  }

  /// A base without a row, or one that is itself coded against the blob, would make a blob of one
  /// that cannot be read.
  ///
  /// - Parameter isNew: whether the blob has no row yet.
  func requireBase(of blob: NewBlob, isNew: Bool) throws {
    guard let base = blob.base else { return }
    let isFit =
      try isNew
      ? reader.state(of: base) != nil
      : reader.blob(base).map { !$0.chain.contains { $0.digest == blob.digest } } ?? false
    guard isFit else { throw CatalogError.unfitBase(blob.digest, base: base) }
  }

  /// Records a pack that is in the store.
  public func addPack(named name: String, byteCount: UInt64) throws {
    try db.cachedStatement(
      sql: "INSERT OR IGNORE INTO pack (name, byte_count) VALUES (?, ?)"
    ).execute(arguments: [name, Int64(clamping: byteCount)])
  }

  /// Adds a version under a number. Its blobs must have been added.
  public func add(_ version: NewVersion, number: Int) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO model (name, last_number, used) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET last_number = max(last_number, ?2), used = max(used, ?3)
        """
    ).execute(arguments: [version.model, number, version.created])
    let layoutID = try addLayout(version.layout, version.variables)
    try db.cachedStatement(
      sql: """
        INSERT INTO version (model_id, number, digest, weights_id, layout_id, created, message,
          format, source_name, source_bytes, optimizer, step, tensor_count, tensor_bytes,
          new_tensor_count, new_bytes, changed_count, finding_count)
        VALUES ((SELECT id FROM model WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
          ?, ?, ?)
        """
    ).execute(arguments: [
      version.model, number, version.id.data, version.weightsID.data, layoutID, version.created,
      version.message, version.format, version.sourceName, Int64(clamping: version.sourceBytes),
      version.optimizer, version.step,
      version.variables.count, version.tensorByteCount, version.newTensorCount,
      Int64(clamping: version.newBytes), version.changedCount, version.findingCount,
    ])
    try addDetails(of: version, rowID: db.lastInsertedRowID)
  }

  private func addLayout(_ digest: Digest, _ slots: [VariableSlot]) throws -> Int64 {
    let known = try Int64.fetchOne(
      db.cachedStatement(
        sql: "SELECT id FROM layout WHERE digest = ?"), arguments: [digest.data])
    if let known { return known }
    try db.cachedStatement(
      sql: "INSERT INTO layout (digest) VALUES (?)"
    ).execute(arguments: [digest.data])
    let layoutID = db.lastInsertedRowID
    let insert = try db.cachedStatement(
      sql: "INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    for (ordinal, slot) in slots.enumerated() {
      try insert.execute(arguments: [
        layoutID, ordinal, slot.path, slot.containerPath, slot.role.rawValue,
        slot.optimizerSlot?.name, slot.optimizerSlot?.weightPath, slot.dtype.rawValue,
        slot.shape.dimensions.map(String.init).joined(separator: ","),
      ])
    }
    return layoutID
  }

  private func addDetails(of version: NewVersion, rowID: Int64) throws {
    let variable = try db.cachedStatement(
      sql: """
        INSERT INTO version_variable
        VALUES (?1, ?2, \(CatalogReader.blobID("?3")))
        """)
    for (ordinal, tensor) in version.tensors.enumerated() {
      try variable.execute(arguments: [rowID, ordinal, tensor.data])
    }
    let part = try db.cachedStatement(
      sql: """
        INSERT INTO version_part
        VALUES (?1, \(CatalogReader.blobID("?2")))
        """)
    for digest in Set(version.parts) { try part.execute(arguments: [rowID, digest.data]) }
    let parent = try db.cachedStatement(sql: "INSERT INTO parent VALUES (?, ?, ?, ?)")
    for (ordinal, edge) in version.parents.enumerated() {
      try parent.execute(arguments: [rowID, ordinal, edge.version.data, edge.relation.rawValue])
    }
    for (key, value) in version.tags { try setTag(key, to: value, rowID: rowID) }
    for (name, value) in version.metrics { try setMetric(name, to: value, rowID: rowID) }
  }

  /// Sets a tag, over what it was.
  public func setTag(_ key: String, to value: String, of version: VersionRecord) throws {
    try setTag(key, to: value, rowID: version.rowID.value)
  }

  private func setTag(_ key: String, to value: String, rowID: Int64) throws {
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO tag VALUES (?, ?, ?)"
    ).execute(arguments: [rowID, key, value])
  }

  /// Takes a tag away; `false` when there was none.
  public func removeTag(_ key: String, of version: VersionRecord) throws -> Bool {
    try db.cachedStatement(
      sql: "DELETE FROM tag WHERE version_id = ? AND key = ?"
    ).execute(arguments: [version.rowID.value, key])
    return db.changesCount > 0
  }

  /// Sets a metric, over what it was.
  public func setMetric(_ name: String, to value: String, of version: VersionRecord) throws {
    try setMetric(name, to: value, rowID: version.rowID.value)
  }

  private func setMetric(_ name: String, to value: String, rowID: Int64) throws {
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO metric VALUES (?, ?, ?)"
    ).execute(arguments: [rowID, name, value])
  }

  /// Points a name of the version's model at the version, and records the move.
  ///
  /// - Returns: the number that it pointed at; `nil` when the name is new.
  public func setAlias(_ name: String, to version: VersionRecord, at time: Int64) throws -> Int? {
    let before = try reader.version(alias: name, of: version.model)?.number
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO alias VALUES ((SELECT id FROM model WHERE name = ?), ?, ?)
        """
    ).execute(arguments: [version.model, name, version.rowID.value])
    try recordMove(of: name, in: version.model, from: before, to: version.number, at: time)
    return before
  }

  /// Takes a name away, and records that; `false` when there was none.
  public func removeAlias(_ name: String, of model: String, at time: Int64) throws -> Bool {
    let before = try reader.version(alias: name, of: model)?.number
    guard let before else { return false }
    try db.cachedStatement(
      sql: "DELETE FROM alias WHERE name = ? AND model_id = (SELECT id FROM model WHERE name = ?)"
    ).execute(arguments: [name, model])
    try recordMove(of: name, in: model, from: before, to: nil, at: time)
    return true
  }

  private func recordMove(of name: String, in model: String, from: Int?, to: Int?, at time: Int64)
    throws
  {
    try db.cachedStatement(
      sql: """
        INSERT INTO alias_move (model_id, name, moved, from_number, to_number)
        VALUES ((SELECT id FROM model WHERE name = ?), ?, ?, ?, ?)
        """
    ).execute(arguments: [model, name, time, from, to])
  }

  /// Records what an export wrote, over what it wrote before.
  public func setExport(_ export: ExportRecord, of version: VersionRecord) throws {
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO export VALUES (?, ?, ?, ?)"
    ).execute(arguments: [version.rowID.value, export.name, export.digest.data, export.exported])
  }

  /// Marks a version as removed, or with `nil` as not.
  public func setRemoved(_ time: Int64?, of version: VersionRecord) throws {
    try db.cachedStatement(
      sql: "UPDATE version SET removed = ? WHERE id = ?"
    ).execute(arguments: [time, version.rowID.value])
  }
}

extension NewVersion {
  fileprivate var tensorByteCount: Int64 {
    variables.reduce(0) { $0 + Int64(clamping: $1.shape.byteCount(of: $1.dtype) ?? 0) }
  }
}
