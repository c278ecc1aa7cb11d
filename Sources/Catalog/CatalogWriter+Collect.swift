public import Digests
import Foundation
import GRDB

extension CatalogWriter {
  /// Forgets a removed version for good. Its model keeps its last number.
  public func purge(_ version: VersionRecord) throws {
    try db.execute(sql: "DELETE FROM version WHERE id = ?", arguments: [version.rowID.value])
  }

  /// Forgets the layouts that no version has any more.
  public func purgeLayouts() throws {
    try db.execute(
      sql: "DELETE FROM layout WHERE id NOT IN (SELECT layout_id FROM version)")
  }

  /// Marks blobs as on their way out.
  public func condemn(_ digests: [Digest]) throws {
    let update = try db.cachedStatement(sql: "UPDATE blob SET state = 'condemned' WHERE digest = ?")
    for digest in digests { try update.execute(arguments: [digest.data]) }
  }

  /// Takes blobs back into the store.
  public func reprieve(_ digest: Digest) throws {
    try db.execute(
      sql: "UPDATE blob SET state = 'live' WHERE digest = ?", arguments: [digest.data])
  }

  /// Forgets a blob that no version needs.
  public func forget(_ digest: Digest) throws {
    try db.execute(sql: "DELETE FROM blob WHERE digest = ?", arguments: [digest.data])
  }

  /// Forgets a pack that no blob is in.
  public func forgetPack(named name: String) throws {
    try db.execute(sql: "DELETE FROM pack WHERE name = ?", arguments: [name])
  }

  /// Records that a blob that lay in one pack now lies elsewhere.
  public func move(_ digest: Digest, from pack: String, to place: PackPlace) throws {
    try db.execute(
      sql: """
        UPDATE blob SET pack_id = (SELECT id FROM pack WHERE name = ?), pack_offset = ?
        WHERE digest = ? AND pack_id = (SELECT id FROM pack WHERE name = ?)
        """, arguments: [place.name, Int64(clamping: place.offset), digest.data, pack])
  }

  /// Records that the bytes of blobs were read and found right.
  public func setVerified(_ digests: [Digest], at time: Int64) throws {
    let update = try db.cachedStatement(
      sql: "UPDATE blob SET verified = ?, state = 'live' WHERE digest = ? AND state <> 'condemned'")
    for digest in digests { try update.execute(arguments: [time, digest.data]) }
  }

  /// Records that blobs are not what their names say. They count as absent until put again.
  public func setCorrupt(_ digests: [Digest]) throws {
    let update = try db.cachedStatement(
      sql: "UPDATE blob SET state = 'corrupt' WHERE digest = ? AND state = 'live'")
    for digest in digests { try update.execute(arguments: [digest.data]) }
  }
}
