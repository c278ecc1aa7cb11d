public import Digests
public import Files

/// What can be wrong with a store. System calls fail as `SystemCallError`.
public enum StoreError: Error, Hashable, Sendable {
  /// The folder has no file `format`.
  case notAStore(path: String)
  /// The store is of a format that this program does not know.
  case unknownFormat(path: String, found: String, known: String)
  /// A blob's file or pack is not there.
  case blobMissing(Digest, path: String)
  /// A blob's file could not be read.
  case blobUnreadable(Digest, SystemCallError)
  /// A blob's bytes are not those of its name.
  case blobDamaged(Digest, path: String, found: Digest)
  /// A blob's file or place in a pack has another length.
  case blobLengthWrong(Digest, path: String, expected: UInt64, found: UInt64)
  /// A blob that should be small says that it is not.
  case blobTooLong(Digest, byteCount: UInt64, limit: UInt64)
  /// A coded blob cannot be decoded.
  case blobUndecodable(Digest, path: String, CodingDefect)
  /// A blob is coded against another one, `base`, and that one is what is wrong: as `cause` says.
  indirect case baseDamaged(Digest, base: Digest, cause: StoreError)
  /// A pack's header, footer or trailer is not as written.
  case packDamaged(path: String, defect: PackDefect)
  /// The file system does not keep locks that die with their process.
  case unsafeFileSystem(path: String, kind: String)
}

/// What is wrong with a pack.
public enum PackDefect: String, Error, Hashable, Sendable {
  case tooShort = "too short"
  case wrongMagic = "not a pack"
  case footerDamaged = "the footer's digest does not match"
  case entryOutside = "an entry lies outside"
  case entryMalformed = "an entry contradicts itself"
  case bytesBetween = "it has bytes that no entry names"
}
