import GRDB
public import Tensors

/// What one model needs.
public struct ModelUsage: Hashable, Sendable {
  public let model: String
  public let versionCount: Int
  /// Bytes of the files that were committed.
  public let fileBytes: UInt64
  /// Bytes of the blobs that its versions need, each counted once.
  public let storedBytes: UInt64
}

/// What variables of one role need.
public struct RoleUsage: Hashable, Sendable {
  public let role: Role
  /// Bytes of the tensors of all versions.
  public let tensorBytes: UInt64
  /// Bytes of their blobs, each counted once.
  public let storedBytes: UInt64
}

/// What one version has for itself.
public struct VersionUsage: Hashable, Sendable {
  public let version: VersionRecord
  /// Bytes of blobs that no other version needs: what deleting it would free.
  public let ownBytes: UInt64
}

extension CatalogReader {
  // Every blob that a version needs, as rows (version_id, blob_id).
  private static let needs = """
    (SELECT version_id, blob_id FROM version_variable
     UNION SELECT version_id, blob_id FROM version_part)
    """

  /// Bytes of the blobs that only this version needs.
  public func ownByteCount(of version: VersionRecord) throws -> UInt64 {
    let bytes = try Int64.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(byte_count), 0) FROM blob WHERE id IN (
          SELECT blob_id FROM version_variable WHERE version_id = ?1
          UNION SELECT blob_id FROM version_part WHERE version_id = ?1)
        AND NOT EXISTS (SELECT 1 FROM version_variable
          WHERE blob_id = blob.id AND version_id <> ?1)
        AND NOT EXISTS (SELECT 1 FROM version_part
          WHERE blob_id = blob.id AND version_id <> ?1)
        """, arguments: [version.rowID.value])
    return UInt64(clamping: bytes ?? 0)
  }

  /// What each model needs, by name.
  public func modelUsage() throws -> [ModelUsage] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT model.name AS model, count(*) AS versions, sum(source_bytes) AS files,
          (SELECT sum(byte_count) FROM blob WHERE id IN (
            SELECT blob_id FROM \(Self.needs) WHERE version_id IN (
              SELECT id FROM version AS own WHERE own.model_id = model.id))) AS stored
        FROM version JOIN model ON model.id = version.model_id
        GROUP BY model.id ORDER BY model.name
        """
    ).map {
      ModelUsage(
        model: $0["model"], versionCount: $0["versions"],
        fileBytes: UInt64(clamping: $0["files"] as Int64? ?? 0),
        storedBytes: UInt64(clamping: $0["stored"] as Int64? ?? 0))
    }
  }

  /// What each role needs, of one model or of all.
  public func roleUsage(of model: String?) throws -> [RoleUsage] {
    try Row.fetchAll(
      db,
      sql: """
        WITH filled AS (
          SELECT slot.role AS role, blob.id AS blob_id, blob.byte_count AS byte_count
          FROM version JOIN slot ON slot.layout_id = version.layout_id
          JOIN version_variable AS v ON v.version_id = version.id AND v.ordinal = slot.ordinal
          JOIN blob ON blob.id = v.blob_id JOIN model ON model.id = version.model_id
          WHERE ?1 IS NULL OR model.name = ?1)
        SELECT role, sum(byte_count) AS logical,
          (SELECT sum(byte_count) FROM
            (SELECT DISTINCT blob_id, byte_count FROM filled AS f WHERE f.role = filled.role))
            AS stored
        FROM filled GROUP BY role ORDER BY logical DESC
        """, arguments: [model]
    ).compactMap { row in
      Role(rawValue: row["role"]).map {
        RoleUsage(
          role: $0, tensorBytes: UInt64(clamping: row["logical"] as Int64),
          storedBytes: UInt64(clamping: row["stored"] as Int64))
      }
    }
  }

  /// What deleting each version would free, newest first; of one model, or of all.
  public func versionUsage(of model: String?, limit: Int?) throws -> [VersionUsage] {
    try versions(of: model, limit: limit).map {
      VersionUsage(version: $0, ownBytes: try ownByteCount(of: $0))
    }
  }
}
