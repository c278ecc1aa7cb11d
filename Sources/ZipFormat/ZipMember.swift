public import Files

/// A file or folder in an archive.
public struct ZipMember: Hashable, Sendable {
  /// Its path, with `/` between folders; that of a folder ends with one. Safe to join to a folder.
  public let name: String
  /// The bytes it has when inflated, as declared.
  public let byteCount: UInt64
  /// Of the bytes when inflated, as declared.
  public let crc32: UInt32
  /// The bytes as they lie in the archive.
  public let data: FileSlice
  /// Whether they lie there as they are. If not, they are a deflate stream.
  public let isStored: Bool

  /// Whether it is an entry for a folder, and has no bytes.
  public var isFolder: Bool { name.hasSuffix("/") }
}
