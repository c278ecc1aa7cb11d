public import Digests
import GRDB
public import Tensors

/// What one model needs.
public struct ModelUsage: Hashable, Sendable {
  public let model: String
  public let versionCount: Int
  /// Bytes of the files that were committed.
  public let fileBytes: UInt64
  /// What the blobs that its versions need take, each counted once; what they are coded against
  /// counts where versions need it.
  public let storedBytes: UInt64
}

/// What variables of one role need.
public struct RoleUsage: Hashable, Sendable {
  public let role: Role
  /// Bytes of the tensors of all versions.
  public let tensorBytes: UInt64
  /// Bytes of their blobs, each counted once.
  public let uniqueBytes: UInt64
  /// What those take in the form in which they are kept.
  public let storedBytes: UInt64
}

/// A form in which blobs are kept.
public enum CodingKind: String, Hashable, Sendable, CaseIterable {
  /// As they are, in files of their own or in packs.
  case raw
  /// Coded by themselves.
  case alone
  /// Coded against another.
  case delta
}

/// What the blobs in one form amount to.
public struct CodingUsage: Hashable, Sendable {
  public let kind: CodingKind
  public let blobCount: Int
  public let rawBytes: UInt64
  public let storedBytes: UInt64
}

/// What one version has for itself.
public struct VersionUsage: Hashable, Sendable {
  public let version: VersionRecord
  /// Bytes of its blobs.
  public let rawBytes: UInt64
  /// What those take in the form in which they are kept.
  public let storedBytes: UInt64
  /// What blobs take that no other version needs, and nothing else is coded against: what deleting
  /// it would free.
  public let ownBytes: UInt64
}

extension CatalogReader {
  // What a blob takes in the form in which it is kept.
  private static let stored = "coalesce(coded_byte_count, byte_count)"

  private static let blobsOfVersion = """
    SELECT blob_id FROM version_variable WHERE version_id = ?1
    UNION SELECT blob_id FROM version_part WHERE version_id = ?1
    """

  /// What the blobs take that only this version needs.
  public func ownByteCount(of version: VersionRecord) throws -> UInt64 {
    let bytes = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          WITH own (id) AS (
            SELECT id FROM blob WHERE id IN (\(Self.blobsOfVersion))
            AND NOT EXISTS (SELECT 1 FROM version_variable
              WHERE blob_id = blob.id AND version_id <> ?1)
            AND NOT EXISTS (SELECT 1 FROM version_part
              WHERE blob_id = blob.id AND version_id <> ?1))
          SELECT coalesce(sum(\(Self.stored)), 0) FROM blob WHERE id IN (SELECT id FROM own)
          AND NOT EXISTS (SELECT 1 FROM blob AS dependant
            WHERE dependant.base_id = blob.id AND dependant.id NOT IN (SELECT id FROM own))
          """), arguments: [version.rowID.value])
    return UInt64(clamping: bytes ?? 0)
  }

  /// What the blobs of all versions amount to, by the form in which they are kept.
  public func codingUsage() throws -> [CodingUsage] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT CASE WHEN coded_byte_count IS NULL THEN 'raw'
              WHEN base_id IS NULL THEN 'alone' ELSE 'delta' END AS kind,
            count(*) AS blobs, sum(byte_count) AS raw, sum(\(Self.stored)) AS stored
          FROM blob WHERE absence IS NOT 'condemned' GROUP BY kind ORDER BY raw DESC
          """)
    ).compactMap { row in
      CodingKind(rawValue: row["kind"]).map {
        CodingUsage(
          kind: $0, blobCount: row["blobs"], rawBytes: UInt64(clamping: row["raw"] as Int64),
          storedBytes: UInt64(clamping: row["stored"] as Int64))
      }
    }
  }

  /// What each model needs, by name; of one model, or of all.
  public func modelUsage(of model: String?) throws -> [ModelUsage] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          WITH chosen AS (
              SELECT version.id AS id, model_id, source_bytes FROM version
              WHERE ?1 IS NULL OR model_id = (SELECT id FROM model WHERE name = ?1)),
            need AS (
              SELECT model_id, blob_id FROM chosen CROSS JOIN version_variable ON version_id = id
              UNION
              SELECT model_id, blob_id FROM chosen CROSS JOIN version_part ON version_id = id),
            stored AS (
              SELECT model_id, sum(\(Self.stored)) AS bytes FROM need JOIN blob ON blob.id = blob_id
              GROUP BY model_id)
          SELECT model.name AS model, count(*) AS versions, sum(source_bytes) AS files,
            stored.bytes AS stored
          FROM chosen JOIN model ON model.id = chosen.model_id
          JOIN stored ON stored.model_id = chosen.model_id
          GROUP BY model.id ORDER BY model.name
          """), arguments: [model]
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
      db.cachedStatement(
        sql: """
          WITH filled AS (
            SELECT slot.role AS role, blob_id, count(*) AS uses
            FROM version CROSS JOIN version_variable ON version_id = version.id
            JOIN slot ON slot.layout_id = version.layout_id
              AND slot.ordinal = version_variable.ordinal
            WHERE ?1 IS NULL OR model_id = (SELECT id FROM model WHERE name = ?1)
            GROUP BY slot.role, blob_id)
          SELECT role, sum(byte_count * uses) AS tensors, sum(byte_count) AS only,
            sum(\(Self.stored)) AS stored
          FROM filled JOIN blob ON blob.id = blob_id GROUP BY role ORDER BY tensors DESC
          """), arguments: [model]
    ).compactMap { row in
      Role(rawValue: row["role"]).map {
        RoleUsage(
          role: $0, tensorBytes: UInt64(clamping: row["tensors"] as Int64),
          uniqueBytes: UInt64(clamping: row["only"] as Int64),
          storedBytes: UInt64(clamping: row["stored"] as Int64))
      }
    }
  }

  /// What deleting each version would free, newest first; of one model, or of all.
  public func versionUsage(of model: String?, limit: Int?) throws -> [VersionUsage] {
    try versions(of: model, limit: limit).map { version in
      let sums = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT coalesce(sum(byte_count), 0) AS raw, coalesce(sum(\(Self.stored)), 0) AS stored
            FROM blob WHERE id IN (\(Self.blobsOfVersion))
            """), arguments: [version.rowID.value])
      return VersionUsage(
        version: version, rawBytes: UInt64(clamping: sums?["raw"] as Int64? ?? 0),
        storedBytes: UInt64(clamping: sums?["stored"] as Int64? ?? 0),
        ownBytes: try ownByteCount(of: version))
    }
  }
}

extension CatalogReader {
  /// What versions need that are in use, and what that is coded against: the latest of each model,
  /// and those that aliases name.
  public func hotBlobs() throws -> Set<Digest> {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          WITH RECURSIVE hot (id) AS (
            SELECT id FROM version AS newest WHERE number = (SELECT max(number) FROM version
              WHERE model_id = newest.model_id AND removed IS NULL)
            UNION SELECT version_id FROM alias),
          needed (id) AS (
            SELECT blob_id FROM version_variable WHERE version_id IN (SELECT id FROM hot)
            UNION SELECT blob_id FROM version_part WHERE version_id IN (SELECT id FROM hot)
            UNION SELECT base_id FROM blob JOIN needed ON blob.id = needed.id
              WHERE base_id IS NOT NULL)
          SELECT digest FROM blob WHERE id IN (SELECT id FROM needed)
          """))
    return Set(try rows.map { try Self.digest($0, "digest") })
  }

  /// The versions that were the first to need a blob which is not coded against another one.
  ///
  /// - Parameters:
  ///   - byteCount: what such a blob has at least.
  ///   - limit: at most so many, the newest; `nil`: all, oldest first.
  public func versionsWithBlobsByThemselves(ofAtLeast byteCount: UInt64, limit: Int?) throws
    -> [VersionRowID]
  {
    try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          WITH lonely (id) AS (
              SELECT id FROM blob WHERE base_id IS NULL AND absence IS NULL AND byte_count >= ?1),
            needing (version_id, blob_id) AS (
              SELECT version_id, blob_id FROM version_variable
                WHERE blob_id IN (SELECT id FROM lonely)
              UNION SELECT version_id, blob_id FROM version_part
                WHERE blob_id IN (SELECT id FROM lonely))
          SELECT DISTINCT min(version_id) AS first FROM needing
            JOIN version ON version.id = version_id WHERE removed IS NULL
            GROUP BY blob_id ORDER BY first \(limit == nil ? "ASC" : "DESC") LIMIT ?2
          """), arguments: [Int64(clamping: byteCount), limit ?? -1]
    ).map(VersionRowID.init)
  }

  /// The version of a row.
  public func version(_ rowID: VersionRowID) throws -> VersionRecord? {
    try versions(where: "WHERE version.id = ?", [rowID.value]).first
  }
}
