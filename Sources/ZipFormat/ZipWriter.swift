import Checksums
public import Tensors

/// A member of an archive that is written.
public struct ZipMemberToWrite: Hashable, Sendable {
  /// A relative path, with `/` between folders.
  public var name: String
  public var content: FileLayout
  /// Whether the header before the data has lengths of 64 bits even where 32 would do, as NumPy
  /// writes all members.
  public var hasLongHeader: Bool

  public init(name: String, content: FileLayout, hasLongHeader: Bool = false) {
    self.name = name
    self.content = content
    self.hasLongHeader = hasLongHeader
  }
}

/// Writes zip archives whose members are stored as they are, byte for byte as Python's zipfile
/// does for members of 1980-01-01, the first day that there is in zip.
/// https://github.com/python/cpython/blob/main/Lib/zipfile/__init__.py
public enum ZipWriter {
  /// The archive of some members, in their order. Fields of 64 bits are where Python has them:
  /// from 2 GiB on, though those of 32 bits would do up to 4.
  ///
  /// - Throws: `ZipError.unsafePath`, `.ambiguous` or `.limitExceeded` for what `ZipArchive`
  ///   would not read; what `checksum` throws.
  public static func layout(
    of members: [ZipMemberToWrite], checksum: TensorChecksum
  ) throws -> FileLayout {
    guard UInt64(members.count) <= ZipLimits.members else {
      throw ZipError.limitExceeded(
        location: "central directory", .members, allowed: ZipLimits.members,
        found: UInt64(members.count))
    }
    try checkNames(of: members)
    var archive = FileLayout()
    var directory: [UInt8] = []
    for member in members {
      let header = MemberHeader(
        member, crc32: try crc32(of: member.content, checksum), start: archive.byteCount)
      archive.append(header.local)
      archive.append(member.content)
      directory += header.directoryEntry
    }
    guard UInt64(directory.count) <= ZipLimits.directoryBytes else {
      throw ZipError.limitExceeded(
        location: "central directory", .directoryBytes, allowed: ZipLimits.directoryBytes,
        found: UInt64(directory.count))
    }
    let end = DirectoryEnd(
      memberCount: UInt64(members.count), start: archive.byteCount,
      byteCount: UInt64(directory.count))
    archive.append(directory)
    archive.append(end.bytes)
    return archive
  }

  private static func checkNames(of members: [ZipMemberToWrite]) throws(ZipError) {
    for member in members {
      _ = try MemberName.decode(Array(member.name.utf8)[...], isUTF8: true)
      // That would be a folder.
      guard !member.name.hasSuffix("/") else { throw .unsafePath(name: member.name, .empty) }
    }
    try MemberName.checkDistinct(members.map(\.name))
  }

  private static func crc32(
    of content: FileLayout, _ checksum: TensorChecksum
  ) throws -> UInt32 {
    var crc: UInt32 = 0
    for piece in content.pieces {
      let next =
        switch piece.content {
        case .bytes(let bytes): CRC32.of(bytes)
        case .tensor(let tensor): try checksum(tensor, .crc32)
        }
      crc = CRC32.joined(crc, next, byteCount: piece.byteCount)
    }
    return crc
  }
}
