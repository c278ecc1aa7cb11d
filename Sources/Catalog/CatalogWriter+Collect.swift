public import Digests
import Foundation
import GRDB

extension CatalogWriter {
  /// Forgets a removed version for good. Its model keeps its last number.
  public func purge(_ version: VersionRecord) throws {
    try db.cachedStatement(
      sql: "DELETE FROM version WHERE id = ?"
    ).execute(arguments: [version.rowID.value])
  }

  /// Forgets the layouts that no version has any more.
  public func purgeLayouts() throws {
    try db.execute(
      sql: "DELETE FROM layout WHERE id NOT IN (SELECT layout_id FROM version)")
  }

  /// Marks blobs as on their way out.
  public func condemn(_ digests: [Digest]) throws {
    let update = try db.cachedStatement(
      sql: "UPDATE blob SET absence = 'condemned' WHERE \(CatalogReader.isBlob("?1"))")
    for digest in digests { try update.execute(arguments: [digest.data]) }
  }

  /// Takes blobs back into the store.
  public func reprieve(_ digest: Digest) throws {
    try db.cachedStatement(
      sql: "UPDATE blob SET absence = NULL WHERE \(CatalogReader.isBlob("?1"))"
    ).execute(arguments: [digest.data])
  }

  /// Forgets a blob that no version needs.
  public func forget(_ digest: Digest) throws {
    try db.cachedStatement(
      sql: "DELETE FROM blob WHERE \(CatalogReader.isBlob("?1"))"
    ).execute(arguments: [digest.data])
  }

  /// Forgets a pack that no blob is in.
  public func forgetPack(named name: String) throws {
    try db.cachedStatement(
      sql: "DELETE FROM pack WHERE name = ?"
    ).execute(arguments: [name])
  }

  /// Records that a blob now lies elsewhere, or in another form.
  ///
  /// - Returns: `false` when it was no longer where it was: nothing is then recorded.
  @discardableResult
  public func move(_ old: BlobRecord, to new: NewBlob) throws -> Bool {
    try requireBase(of: new, isNew: reader.state(of: new.digest) == nil)
    try db.cachedStatement(
      sql: """
        UPDATE blob SET pack_id = (SELECT id FROM pack WHERE name = ?1), pack_offset = ?2,
          coded_byte_count = ?3, base_id = \(CatalogReader.blobID("?4")),
          generation = ?5
        WHERE \(CatalogReader.isBlob("?6")) AND absence IS NULL AND pack_offset IS ?8
          AND pack_id IS (SELECT id FROM pack WHERE name = ?7)
        """
    ).execute(arguments: [
      new.pack?.name, new.pack.map { Int64(clamping: $0.offset) },
      new.codedByteCount.map { Int64(clamping: $0) }, new.base?.data, new.generation,
      old.digest.data, old.pack?.name, old.pack.map { Int64(clamping: $0.offset) },
    ])
    return db.changesCount > 0
  }

  /// Records that the bytes of blobs were read and found right, if they are still where they were.
  public func setVerified(_ blobs: [BlobRecord], at time: Int64) throws {
    let update = try db.cachedStatement(
      sql: """
        UPDATE blob SET verified = ?4, absence = NULL
        WHERE absence IS NOT 'condemned' AND \(Self.isAtPlace)
        """)
    for blob in blobs { try update.execute(arguments: Self.place(of: blob) + [time]) }
  }

  /// Records that blobs are not what their names say, if they are still where they were. They count
  /// as absent until put again.
  public func setCorrupt(_ blobs: [BlobRecord]) throws {
    let update = try db.cachedStatement(
      sql: "UPDATE blob SET absence = 'corrupt' WHERE absence IS NULL AND \(Self.isAtPlace)")
    for blob in blobs { try update.execute(arguments: Self.place(of: blob)) }
  }

  private static let isAtPlace = """
    \(CatalogReader.isBlob("?1")) AND pack_offset IS ?2
    AND pack_id IS (SELECT id FROM pack WHERE name = ?3)
    """

  private static func place(of blob: BlobRecord) -> StatementArguments {
    [blob.digest.data, blob.pack.map { Int64(clamping: $0.offset) }, blob.pack?.name]
  }
}
