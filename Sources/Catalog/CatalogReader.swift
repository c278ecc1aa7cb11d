public import Digests
import Foundation
import GRDB
import Tensors

/// Questions to one consistent state of the catalog. Valid only inside the closure that got it.
public struct CatalogReader {
  let db: Database

  private static let versionColumns = """
    version.id AS row_id, model.name AS model, number, digest, weights_id, created, message,
    format, source_name, source_bytes, optimizer, step, tensor_count, tensor_bytes,
    new_tensor_count, new_bytes, changed_count, finding_count, removed
    """

  func versions(where clause: String, _ arguments: StatementArguments = [])
    throws -> [VersionRecord]
  {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT \(Self.versionColumns) FROM version JOIN model ON model.id = version.model_id
          \(clause)
          """), arguments: arguments
    ).map(Self.record)
  }

  private static func record(_ row: Row) throws -> VersionRecord {
    VersionRecord(
      rowID: VersionRowID(value: row["row_id"]), model: row["model"], number: row["number"],
      id: try digest(row, "digest"), weightsID: try digest(row, "weights_id"),
      created: row["created"], message: row["message"], format: row["format"],
      sourceName: row["source_name"],
      sourceBytes: UInt64(clamping: row["source_bytes"] as Int64), optimizer: row["optimizer"],
      step: row["step"],
      tensorCount: row["tensor_count"], tensorBytes: UInt64(clamping: row["tensor_bytes"] as Int64),
      newTensorCount: row["new_tensor_count"],
      newBytes: UInt64(clamping: row["new_bytes"] as Int64), changedCount: row["changed_count"],
      findingCount: row["finding_count"], removed: row["removed"])
  }

  static func digest(_ row: Row, _ column: String) throws -> Digest {
    let data = try row.withUnsafeData(named: column) { data in data.map { Array($0) } }
    guard let bytes = data ?? nil, let digest = Digest(bytes: bytes) else {
      throw CatalogError.damagedRow(table: column, detail: "not the 32 bytes of a digest")
    }
    return digest
  }

  /// Versions, newest first; of one model, or of all.
  public func versions(of model: String?, limit: Int?, includingRemoved: Bool = false) throws
    -> [VersionRecord]
  {
    let presence = includingRemoved ? "TRUE" : "removed IS NULL"
    let count = limit.map { "LIMIT \(max(0, $0))" } ?? ""
    guard let model else {
      return try versions(
        where: "WHERE \(presence) ORDER BY created DESC, version.id DESC \(count)")
    }
    return try versions(
      where: """
        WHERE model_id = (SELECT id FROM model WHERE name = ?) AND \(presence)
        ORDER BY number DESC \(count)
        """, [model])
  }

  /// A version by model and number, removed ones too.
  public func version(_ model: String, number: Int) throws -> VersionRecord? {
    try versions(where: "WHERE model.name = ? AND number = ?", [model, number]).first
  }

  /// A version by its id, removed ones too.
  public func version(_ id: Digest) throws -> VersionRecord? {
    try versions(where: "WHERE digest = ?", [id.data]).first
  }

  /// The newest version of a model that is not removed.
  public func latest(of model: String) throws -> VersionRecord? {
    try versions(of: model, limit: 1).first
  }

  /// Versions whose id begins with these hex digits, removed ones too; at most ten.
  public func versions(idPrefix: String) throws -> [VersionRecord] {
    let low = idPrefix.padding(to: 64, with: "0")
    let high = idPrefix.padding(to: 64, with: "f")
    guard let low = Digest(parsing: low), let high = Digest(parsing: high) else { return [] }
    return try versions(
      where: "WHERE digest BETWEEN ? AND ? ORDER BY digest LIMIT 10", [low.data, high.data])
  }

  /// Versions with these weights that are not removed, oldest first; at most ten.
  public func versions(weightsID: Digest) throws -> [VersionRecord] {
    try versions(
      where: "WHERE weights_id = ? AND removed IS NULL ORDER BY version.id LIMIT 10",
      [weightsID.data])
  }

  /// The parents of a version, first parent first.
  public func parents(of version: VersionRecord) throws -> [ParentEdge] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT * FROM parent WHERE version_id = ? ORDER BY ordinal"),
      arguments: [version.rowID.value]
    ).map { row in
      guard let relation = Relation(rawValue: row["relation"]) else {
        throw CatalogError.damagedRow(table: "parent", detail: "relation")
      }
      return ParentEdge(version: try Self.digest(row, "parent_digest"), relation: relation)
    }
  }

  /// What a version is looked for by, among those that another one came from.
  public enum Trait: Hashable, Sendable {
    /// It was committed in one of these formats.
    case format(Set<String>)
    /// Its optimizer is known.
    case compiled
  }

  /// The nearest version with a trait among one and those before it by their first parents, as far
  /// back as so many.
  public func nearest(_ trait: Trait, from version: VersionRecord, within count: Int) throws
    -> VersionRecord?
  {
    let condition: String
    var arguments: StatementArguments = [version.rowID.value, count]
    switch trait {
    case .compiled: condition = "optimizer IS NOT NULL"
    case .format(let formats):
      condition = "format IN (\(formats.map { _ in "?" }.joined(separator: ", ")))"
      arguments += StatementArguments(formats.sorted())
    }
    return try versions(
      where: """
        JOIN (
          WITH RECURSIVE line (id, distance) AS (
            SELECT ?1, 0
            UNION ALL
            SELECT before.id, distance + 1 FROM line
              JOIN parent ON parent.version_id = line.id AND parent.ordinal = 0
              JOIN version AS before ON before.digest = parent.parent_digest
              WHERE distance + 1 < ?2)
          SELECT id, distance FROM line) AS line ON line.id = version.id
        WHERE \(condition) ORDER BY distance LIMIT 1
        """, arguments
    ).first
  }

  /// The versions that name this one as a parent and are not removed, oldest first.
  public func children(of version: VersionRecord) throws -> [VersionRecord] {
    try versions(
      where: """
        WHERE removed IS NULL
          AND version.id IN (SELECT version_id FROM parent WHERE parent_digest = ?)
        ORDER BY version.id
        """, [version.id.data])
  }

  /// The variables of a version in its layout's order, each with its blob.
  public func variables(of version: VersionRecord) throws -> [(slot: VariableSlot, blob: Digest)] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT slot.*, blob.digest AS digest FROM version
          JOIN slot ON slot.layout_id = version.layout_id
          JOIN version_variable AS filled
            ON filled.version_id = version.id AND filled.ordinal = slot.ordinal
          JOIN blob ON blob.id = filled.blob_id
          WHERE version.id = ? ORDER BY slot.ordinal
          """), arguments: [version.rowID.value]
    ).map { row in (try Self.slot(row), try Self.digest(row, "digest")) }
  }

  private static func slot(_ row: Row) throws -> VariableSlot {
    let spelled = (row["shape"] as String).split(separator: ",")
    let shape = spelled.compactMap { Int($0) }
    guard shape.count == spelled.count, let role = Role(rawValue: row["role"]),
      let dtype = DType(rawValue: row["dtype"]),
      let shape = Shape(shape)
    else { throw CatalogError.damagedRow(table: "slot", detail: row["path"]) }
    let name: String? = row["slot_name"]
    let weight: String? = row["slot_weight"]
    var optimizerSlot: OptimizerSlot?
    if let name, let weight { optimizerSlot = OptimizerSlot(name: name, weightPath: weight) }
    return VariableSlot(
      path: row["path"], containerPath: row["container_path"], role: role,
      optimizerSlot: optimizerSlot, dtype: dtype, shape: shape)
  }

  /// Key and value of each tag.
  public func tags(of version: VersionRecord) throws -> [String: String] {
    try pairs("SELECT key, value FROM tag WHERE version_id = ?", version)
  }

  /// Name and value of each metric, the value as it was spelled.
  public func metrics(of version: VersionRecord) throws -> [String: String] {
    try pairs("SELECT name, value FROM metric WHERE version_id = ?", version)
  }

  /// What was written of the version in other formats, by name.
  public func exports(of version: VersionRecord) throws -> [ExportRecord] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT name, digest, exported FROM export WHERE version_id = ? ORDER BY name"),
      arguments: [version.rowID.value])
    return try rows.map { row in
      ExportRecord(
        name: row["name"], digest: try Self.digest(row, "digest"), exported: row["exported"])
    }
  }

  private func pairs(_ sql: String, _ version: VersionRecord) throws -> [String: String] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: sql), arguments: [version.rowID.value])
    return Dictionary(rows.map { ($0[0] as String, $0[1] as String) }) { _, last in last }
  }

  /// The names that point at a version, sorted.
  public func aliases(of version: VersionRecord) throws -> [String] {
    try String.fetchAll(
      db.cachedStatement(
        sql: "SELECT name FROM alias WHERE version_id = ? ORDER BY name"),
      arguments: [version.rowID.value])
  }

  /// The names of a model, or of all, sorted; none that points at a removed version.
  public func aliases(in model: String?) throws -> [AliasRecord] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT model.name AS model, alias.name AS name, number FROM alias
          JOIN model ON model.id = alias.model_id JOIN version ON version.id = alias.version_id
          WHERE removed IS NULL AND (? IS NULL OR model.name = ?) ORDER BY model.name, alias.name
          """), arguments: [model, model]
    ).map { AliasRecord(model: $0["model"], name: $0["name"], number: $0["number"]) }
  }

  /// The version that a name points at.
  public func version(alias: String, of model: String) throws -> VersionRecord? {
    try versions(
      where: """
        WHERE version.id = (SELECT version_id FROM alias
          WHERE name = ? AND model_id = (SELECT id FROM model WHERE name = ?))
        """, [alias, model]
    ).first
  }

  /// Every move of a model's names, oldest first.
  public func aliasMoves(of model: String) throws -> [AliasMove] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM alias_move WHERE model_id = (SELECT id FROM model WHERE name = ?)
          ORDER BY id
          """), arguments: [model]
    ).map {
      AliasMove(
        name: $0["name"], moved: $0["moved"], from: $0["from_number"], to: $0["to_number"])
    }
  }

  /// The models, the one last used first.
  public func models() throws -> [ModelRecord] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT name, used,
            (SELECT count(*) FROM version WHERE model_id = model.id AND removed IS NULL) AS count,
            (SELECT max(number) FROM version WHERE model_id = model.id AND removed IS NULL)
              AS latest
          FROM model ORDER BY used DESC, id DESC
          """)
    ).map {
      ModelRecord(
        name: $0["name"], versionCount: $0["count"], latest: $0["latest"], used: $0["used"])
    }
  }

  /// Whether there is a model of that name.
  public func hasModel(_ name: String) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM model WHERE name = ?)"), arguments: [name]) ?? false
  }

  /// The name of the model that was committed to last.
  public func lastUsedModel() throws -> String? {
    try String.fetchOne(
      db.cachedStatement(
        sql: "SELECT name FROM model ORDER BY used DESC, id DESC LIMIT 1"))
  }
}

extension Digest {
  /// As a column holds it.
  var data: Data { Data(bytes) }
}

extension String {
  fileprivate func padding(to length: Int, with character: Character) -> String {
    self + String(repeating: character, count: Swift.max(0, length - utf8.count))
  }
}
