public import Digests
import Foundation
import GRDB

extension CatalogReader {
  private static let blobColumns = """
    blob.digest AS digest, blob.byte_count AS byte_count, pack.name AS pack, pack_offset
    """

  private static func record(_ row: Row) throws -> BlobRecord {
    let pack: String? = row["pack"]
    let offset: Int64? = row["pack_offset"]
    var place: PackPlace?
    if let pack, let offset { place = PackPlace(name: pack, offset: UInt64(clamping: offset)) }
    return BlobRecord(
      digest: try digest(row, "digest"), byteCount: UInt64(clamping: row["byte_count"] as Int64),
      pack: place)
  }

  private func blobs(where clause: String, _ arguments: StatementArguments = []) throws
    -> [BlobRecord]
  {
    let sql = """
      SELECT \(Self.blobColumns) FROM blob LEFT JOIN pack ON pack.id = blob.pack_id \(clause)
      """
    return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(Self.record)
  }

  /// Whether a blob is in the store, and not damaged or on its way out.
  public func hasLiveBlob(_ digest: Digest) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM blob WHERE digest = ? AND state = 'live')")
    return try Bool.fetchOne(statement, arguments: [digest.data]) ?? false
  }

  /// A blob that has a row, in any state.
  public func blob(_ digest: Digest) throws -> BlobRecord? {
    try blobs(where: "WHERE digest = ?", [digest.data]).first
  }

  /// Whether any blob in the store has this length: if none has, bytes of that length are new.
  public func hasBlob(ofByteCount byteCount: UInt64) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM blob WHERE byte_count = ? AND state = 'live')")
    return try Bool.fetchOne(statement, arguments: [Int64(clamping: byteCount)]) ?? false
  }

  /// Every blob that a version needs, once.
  public func blobs(of version: VersionRecord) throws -> [BlobRecord] {
    try blobs(
      where: """
        WHERE blob.id IN (
          SELECT blob_id FROM version_variable WHERE version_id = ?1
          UNION SELECT blob_id FROM version_part WHERE version_id = ?1)
        ORDER BY blob.id
        """, [version.rowID.value])
  }

  /// Every blob but those on their way out, those whose bytes were checked longest ago first.
  public func storedBlobs() throws -> [CheckedBlob] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT \(Self.blobColumns), verified, state = 'corrupt' AS corrupt
        FROM blob LEFT JOIN pack ON pack.id = blob.pack_id
        WHERE state <> 'condemned' ORDER BY verified IS NOT NULL, verified, digest
        """
    ).map {
      CheckedBlob(
        record: try Self.record($0), verified: $0["verified"], isCorrupt: $0["corrupt"])
    }
  }

  /// The versions that need a blob, removed ones too, oldest first.
  public func versions(needing digest: Digest) throws -> [VersionRecord] {
    let ids = try Int64.fetchAll(
      db,
      sql: """
        SELECT version_id FROM version_variable JOIN blob ON blob.id = blob_id WHERE digest = ?1
        UNION SELECT version_id FROM version_part JOIN blob ON blob.id = blob_id WHERE digest = ?1
        """, arguments: [digest.data])
    return try ids.sorted().flatMap { try versions(where: "WHERE version.id = ?", [$0]) }
  }

  /// Blobs that no version needs, bar versions removed before `removedBefore`; only blobs made
  /// before `createdBefore`. Both in nanoseconds since 1970.
  public func unneededBlobs(removedBefore: Int64, createdBefore: Int64) throws -> [BlobRecord] {
    try blobs(
      where: """
        WHERE state <> 'condemned' AND blob.created < ?2 AND blob.id NOT IN (
          SELECT blob_id FROM version_variable JOIN version ON version.id = version_id
            WHERE removed IS NULL OR removed >= ?1
          UNION SELECT blob_id FROM version_part JOIN version ON version.id = version_id
            WHERE removed IS NULL OR removed >= ?1)
        ORDER BY blob.id
        """, [removedBefore, createdBefore])
  }

  /// Versions that were removed before a time.
  public func versions(removedBefore time: Int64) throws -> [VersionRecord] {
    try versions(where: "WHERE removed < ? ORDER BY version.id", [time])
  }

  /// Blobs that are on their way out.
  public func condemnedBlobs() throws -> [BlobRecord] {
    try blobs(where: "WHERE state = 'condemned' ORDER BY blob.id")
  }

  /// Whether a blob is on its way out.
  public func isCondemned(_ digest: Digest) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM blob WHERE digest = ? AND state = 'condemned')",
      arguments: [digest.data]) ?? false
  }

  /// Whether any version has a row that names the blob, removed versions too.
  public func isNeeded(_ digest: Digest) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM blob WHERE digest = ?
          AND (EXISTS (SELECT 1 FROM version_variable WHERE blob_id = blob.id)
            OR EXISTS (SELECT 1 FROM version_part WHERE blob_id = blob.id)))
        """, arguments: [digest.data]) ?? false
  }

  /// Every pack, and how much of it is in use.
  public func packs() throws -> [PackRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT name, byte_count,
          (SELECT coalesce(sum(byte_count), 0) FROM blob WHERE pack_id = pack.id) AS used
        FROM pack ORDER BY id
        """
    ).map {
      PackRecord(
        name: $0["name"], byteCount: UInt64(clamping: $0["byte_count"] as Int64),
        usedBytes: UInt64(clamping: $0["used"] as Int64))
    }
  }

  /// The live blobs in a pack.
  public func blobs(inPack name: String) throws -> [BlobRecord] {
    try blobs(where: "WHERE pack.name = ? AND state = 'live' ORDER BY pack_offset", [name])
  }

  /// Whether no blob has a row that says it is in the pack, in any state.
  public func isEmpty(pack name: String) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT NOT EXISTS (SELECT 1 FROM blob JOIN pack ON pack.id = blob.pack_id
          WHERE pack.name = ?)
        """, arguments: [name]) ?? false
  }

  /// Whether a blob has a row, in any state.
  public func knows(_ digest: Digest) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM blob WHERE digest = ?)", arguments: [digest.data])
      ?? false
  }

  /// Whether a pack has a row.
  public func knowsPack(_ name: String) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM pack WHERE name = ?)", arguments: [name]) ?? false
  }
}
