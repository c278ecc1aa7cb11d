public import Digests
import Foundation
import GRDB
public import Tensors

extension CatalogReader {
  private static let blobColumns = """
    blob.id AS id, blob.digest AS digest, blob.byte_count AS byte_count, pack.name AS pack,
    pack_offset, coded_byte_count, base_id, generation
    """

  /// How a query finds a blob by its digest, which the parameter holds. The index has the first
  /// eight bytes.
  static func isBlob(_ parameter: String) -> String {
    "substr(blob.digest, 1, 8) = substr(\(parameter), 1, 8) AND blob.digest = \(parameter)"
  }

  /// The row of a blob, in a query, by its digest.
  static func blobID(_ parameter: String) -> String {
    "(SELECT id FROM blob WHERE \(isBlob(parameter)))"
  }

  private func rows(where clause: String, _ arguments: StatementArguments) throws -> [Row] {
    let sql = """
      SELECT \(Self.blobColumns), verified, absence
      FROM blob LEFT JOIN pack ON pack.id = blob.pack_id \(clause)
      """
    return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
  }

  private func blobs(where clause: String, _ arguments: StatementArguments = []) throws
    -> [BlobRecord]
  {
    let rows = try rows(where: clause, arguments)
    var chains = BlobChains(rows, in: self)
    return try rows.map { try chains.record($0) }
  }

  /// Puts records together from rows, each with the chain of its bases.
  private struct BlobChains {
    private let reader: CatalogReader
    private let rows: [Int64: Row]
    private var records: [Int64: BlobRecord] = [:]

    init(_ rows: [Row], in reader: CatalogReader) {
      self.reader = reader
      self.rows = Dictionary(rows.map { ($0["id"], $0) }) { first, _ in first }
    }

    mutating func record(_ row: Row) throws -> BlobRecord {
      // From the row to the end of its chain, and back.
      var chain = [row]
      while let base = chain.last?["base_id"] as Int64?, records[base] == nil {
        guard chain.count <= CatalogReader.longestChain else {
          throw CatalogError.damagedRow(table: "blob", detail: "bases of \(row["id"] as Int64)")
        }
        guard
          let next = try rows[base] ?? reader.rows(where: "WHERE blob.id = ?", [base]).first
        else { throw CatalogError.damagedRow(table: "blob", detail: "base \(base)") }
        chain.append(next)
      }
      var last: BlobRecord?
      for row in chain.reversed() {
        let base = last ?? (row["base_id"] as Int64?).flatMap { records[$0] }
        last = try Self.record(row, base: base)
        records[row["id"]] = last
      }
      guard let last else { throw CatalogError.damagedRow(table: "blob", detail: "no row") }
      return last
    }

    private static func record(_ row: Row, base: BlobRecord?) throws -> BlobRecord {
      let coded: Int64? = row["coded_byte_count"]
      let generation: Int = row["generation"]
      guard generation <= CatalogReader.longestChain else {
        throw CatalogError.damagedRow(table: "blob", detail: "generation \(generation)")
      }
      return BlobRecord(
        digest: try CatalogReader.digest(row, "digest"),
        byteCount: UInt64(clamping: row["byte_count"] as Int64), pack: CatalogReader.place(row),
        coding: coded.map { .coded(byteCount: UInt64(clamping: $0), base: base) } ?? .raw,
        generation: generation)
    }
  }

  /// More bases than this in a row are damage, and so are higher generations.
  private static let longestChain = 64

  /// What is known of a blob; `nil` when it has no row.
  public func state(of digest: Digest) throws -> BlobState? {
    let statement = try db.cachedStatement(
      sql: "SELECT coalesce(absence, 'live') FROM blob WHERE \(Self.isBlob("?1"))")
    guard let name = try String.fetchOne(statement, arguments: [digest.data]) else { return nil }
    guard let state = BlobState(rawValue: name) else {
      throw CatalogError.damagedRow(table: "blob", detail: "absence")
    }
    return state
  }

  /// Whether the index has a row whose digest begins as this one. The row itself is not looked at:
  /// should its digest have been damaged, that does not hide it.
  public func knowsOneLike(_ digest: Digest) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (SELECT 1 FROM blob WHERE substr(blob.digest, 1, 8) = substr(?1, 1, 8))
        """)
    return try Bool.fetchOne(statement, arguments: [digest.data]) ?? false
  }

  /// A blob that has a row, in any state.
  public func blob(_ digest: Digest) throws -> BlobRecord? {
    try blobs(where: "WHERE \(Self.isBlob("?1"))", [digest.data]).first
  }

  /// Where a blob's row says that it is, in any state, and how many bytes it takes there; `nil`
  /// without a row. What it is coded against is not looked at.
  public func extent(of digest: Digest) throws -> (pack: PackPlace?, byteCount: UInt64)? {
    let statement = try db.cachedStatement(
      sql: """
        SELECT pack.name AS pack, pack_offset,
          coalesce(coded_byte_count, blob.byte_count) AS stored
        FROM blob LEFT JOIN pack ON pack.id = blob.pack_id WHERE \(Self.isBlob("?1"))
        """)
    guard let row = try Row.fetchOne(statement, arguments: [digest.data]) else { return nil }
    return (Self.place(row), UInt64(clamping: row["stored"] as Int64))
  }

  /// The place in a row that has `pack` and `pack_offset`.
  private static func place(_ row: Row) -> PackPlace? {
    guard let pack: String = row["pack"], let offset: Int64 = row["pack_offset"] else {
      return nil
    }
    return PackPlace(name: pack, offset: UInt64(clamping: offset))
  }

  // Blobs from this length on are in the index of lengths.
  private static let indexedByteCount: UInt64 = 128 << 10

  /// Whether a blob in the store may have this length: if none has, bytes of that length are new.
  /// Of short ones it is not known, and always `true`.
  public func mayHaveBlob(ofByteCount byteCount: UInt64) throws -> Bool {
    guard byteCount >= Self.indexedByteCount else { return true }
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (SELECT 1 FROM blob WHERE byte_count = ?
          AND byte_count >= \(Self.indexedByteCount) AND absence IS NULL)
        """)
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
    let rows = try rows(
      where: "WHERE absence IS NOT 'condemned' ORDER BY verified IS NOT NULL, verified, digest", [])
    var chains = BlobChains(rows, in: self)
    return try rows.map {
      CheckedBlob(
        record: try chains.record($0), verified: $0["verified"],
        isCorrupt: ($0["absence"] as String?) == BlobState.corrupt.rawValue)
    }
  }

  /// The versions that need a blob, removed ones too, oldest first.
  public func versions(needing digest: Digest) throws -> [VersionRecord] {
    let ids = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT version_id FROM version_variable JOIN blob ON blob.id = blob_id
            WHERE \(Self.isBlob("?1"))
          UNION SELECT version_id FROM version_part JOIN blob ON blob.id = blob_id
            WHERE \(Self.isBlob("?1"))
          """), arguments: [digest.data])
    return try ids.sorted().flatMap { try versions(where: "WHERE version.id = ?", [$0]) }
  }

  // What versions need, but for those removed before ?1, and what that is coded against.
  private static let needed = """
    WITH RECURSIVE named (id) AS (
      SELECT blob_id FROM version_variable JOIN version ON version.id = version_id
        WHERE removed IS NULL OR removed >= ?1
      UNION SELECT blob_id FROM version_part JOIN version ON version.id = version_id
        WHERE removed IS NULL OR removed >= ?1),
    needed (id) AS (
      SELECT id FROM named
      UNION SELECT base_id FROM blob JOIN needed ON blob.id = needed.id
        WHERE base_id IS NOT NULL)
    """

  // Than the time ?2. Rows have full seconds.
  private static let isOlder = "created * \(CatalogWriter.nanosecondsPerSecond) < ?2"

  /// Blobs that no version needs, bar versions removed before `removedBefore`, and that nothing
  /// which one needs is coded against; only blobs made before `createdBefore`. Both in nanoseconds
  /// since 1970.
  public func unneededBlobs(removedBefore: Int64, createdBefore: Int64) throws -> [BlobRecord] {
    try blobs(
      withIDs: """
        \(Self.needed)
        SELECT id FROM blob WHERE absence IS NOT 'condemned' AND \(Self.isOlder)
          AND id NOT IN (SELECT id FROM needed)
        ORDER BY id
        """, [removedBefore, createdBefore])
  }

  /// Blobs that stay only because what versions need is coded against them, with the same limits.
  public func outlivedBases(removedBefore: Int64, createdBefore: Int64) throws -> [BlobRecord] {
    try blobs(
      withIDs: """
        \(Self.needed)
        SELECT id FROM blob WHERE absence IS NULL AND \(Self.isOlder)
          AND id IN (SELECT id FROM needed) AND id NOT IN (SELECT id FROM named)
        ORDER BY id
        """, [removedBefore, createdBefore])
  }

  private func blobs(withIDs sql: String, _ arguments: StatementArguments) throws -> [BlobRecord] {
    let ids = try Int64.fetchAll(
      db.cachedStatement(
        sql: sql), arguments: arguments)
    var chains = BlobChains([], in: self)
    return try ids.compactMap { id in
      try rows(where: "WHERE blob.id = ?", [id]).first.map { try chains.record($0) }
    }
  }

  /// Blobs that are coded against another one, in any state but condemned.
  public func dependants(of digest: Digest) throws -> [BlobRecord] {
    try blobs(
      where: """
        WHERE absence IS NOT 'condemned'
          AND base_id = \(Self.blobID("?1"))
        ORDER BY blob.id
        """, [digest.data])
  }

  /// Versions that were removed before a time.
  public func versions(removedBefore time: Int64) throws -> [VersionRecord] {
    try versions(where: "WHERE removed < ? ORDER BY version.id", [time])
  }

  /// Blobs that are on their way out, each before those that it is coded against.
  public func condemnedBlobs() throws -> [BlobRecord] {
    try blobs(where: "WHERE absence = 'condemned' ORDER BY blob.id").map { ($0, $0.chain.count) }
      .sorted { $0.1 > $1.1 }.map(\.0)
  }

  /// How many blobs stand in the longest row of those of which each is coded against the one
  /// before, the first of them against this one: itself included.
  public func dependantDepth(of digest: Digest) throws -> Int {
    let depth = try Int.fetchOne(
      db.cachedStatement(
        sql: """
          WITH RECURSIVE above (id, depth) AS (
            SELECT id, 1 FROM blob WHERE \(Self.isBlob("?1"))
            UNION SELECT blob.id, depth + 1 FROM blob JOIN above ON base_id = above.id
              WHERE depth < ?2)
          SELECT max(depth) FROM above
          """), arguments: [digest.data, Self.longestChain])
    return depth ?? 0
  }

  /// The type of the elements of a tensor's blob; `nil` for what is no tensor.
  public func dtype(of digest: Digest) throws -> DType? {
    try String.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT slot.dtype FROM blob JOIN version_variable ON blob_id = blob.id
          JOIN version ON version.id = version_id
          JOIN slot ON slot.layout_id = version.layout_id
            AND slot.ordinal = version_variable.ordinal
          WHERE \(Self.isBlob("?1")) LIMIT 1
          """), arguments: [digest.data]
    ).flatMap(DType.init(rawValue:))
  }

  /// Whether any version has a row that names the blob, removed versions too, or another blob is
  /// coded against it.
  ///
  /// - Parameter includingCondemned: whether one that is on its way out counts as such a blob.
  public func isNeeded(_ digest: Digest, includingCondemned: Bool) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM blob WHERE \(Self.isBlob("?1"))
            AND (EXISTS (SELECT 1 FROM version_variable WHERE blob_id = blob.id)
              OR EXISTS (SELECT 1 FROM version_part WHERE blob_id = blob.id)
              OR EXISTS (SELECT 1 FROM blob AS dependant WHERE dependant.base_id = blob.id
                AND (?2 OR dependant.absence IS NOT 'condemned'))))
          """), arguments: [digest.data, includingCondemned]) ?? false
  }

  /// Every pack, and how much of it is in use.
  public func packs() throws -> [PackRecord] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT name, pack.byte_count AS byte_count, count(blob.id) AS blobs,
            coalesce(sum(coalesce(coded_byte_count, blob.byte_count)), 0) AS used
          FROM pack LEFT JOIN blob ON blob.pack_id = pack.id GROUP BY pack.id ORDER BY pack.id
          """)
    ).map {
      PackRecord(
        name: $0["name"], byteCount: UInt64(clamping: $0["byte_count"] as Int64),
        blobCount: $0["blobs"], usedBytes: UInt64(clamping: $0["used"] as Int64))
    }
  }

  /// The live blobs in a pack.
  public func blobs(inPack name: String) throws -> [BlobRecord] {
    try blobs(where: "WHERE pack.name = ? AND absence IS NULL ORDER BY pack_offset", [name])
  }

  /// Whether no blob has a row that says it is in the pack, in any state.
  public func isEmpty(pack name: String) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT NOT EXISTS (SELECT 1 FROM blob JOIN pack ON pack.id = blob.pack_id
            WHERE pack.name = ?)
          """), arguments: [name]) ?? false
  }

  /// Whether a blob has a row that says that it has a file of its own, in any state.
  public func isLoose(_ digest: Digest) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM blob WHERE \(Self.isBlob("?1")) AND pack_id IS NULL)"),
      arguments: [digest.data]) ?? false
  }

  /// Whether a pack has a row.
  public func knowsPack(_ name: String) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM pack WHERE name = ?)"), arguments: [name]) ?? false
  }
}
