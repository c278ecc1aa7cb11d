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

  /// What each model needs, by name; of one model, or of all.
  public func modelUsage(of model: String?) throws -> [ModelUsage] {
    try Row.fetchAll(
      db,
      sql: """
        WITH chosen AS (
            SELECT version.id AS id, model_id, source_bytes FROM version
            WHERE ?1 IS NULL OR model_id = (SELECT id FROM model WHERE name = ?1)),
          need AS (
            SELECT model_id, blob_id FROM chosen CROSS JOIN version_variable ON version_id = id
            UNION
            SELECT model_id, blob_id FROM chosen CROSS JOIN version_part ON version_id = id),
          stored AS (
            SELECT model_id, sum(byte_count) AS bytes FROM need JOIN blob ON blob.id = blob_id
            GROUP BY model_id)
        SELECT model.name AS model, count(*) AS versions, sum(source_bytes) AS files,
          stored.bytes AS stored
        FROM chosen JOIN model ON model.id = chosen.model_id
        JOIN stored ON stored.model_id = chosen.model_id
        GROUP BY model.id ORDER BY model.name
        """, arguments: [model]
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
          SELECT slot.role AS role, blob_id, count(*) AS uses
          FROM version CROSS JOIN version_variable ON version_id = version.id
          JOIN slot ON slot.layout_id = version.layout_id
            AND slot.ordinal = version_variable.ordinal
          WHERE ?1 IS NULL OR model_id = (SELECT id FROM model WHERE name = ?1)
          GROUP BY slot.role, blob_id)
        SELECT role, sum(byte_count * uses) AS tensors, sum(byte_count) AS stored
        FROM filled JOIN blob ON blob.id = blob_id GROUP BY role ORDER BY tensors DESC
        """, arguments: [model]
    ).compactMap { row in
      Role(rawValue: row["role"]).map {
        RoleUsage(
          role: $0, tensorBytes: UInt64(clamping: row["tensors"] as Int64),
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
