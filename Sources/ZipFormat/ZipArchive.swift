public import Files

/// A zip archive, of whose structure everything was checked when it was opened, and nothing of
/// its members' bytes.
///
/// Every byte of the file belongs to exactly one member, the central directory or the records at
/// the end, and what an archive says twice it says the same both times: no other reader can see
/// other members in it. Read are stored and deflated members, data descriptors and zip64, as
/// Python's zipfile writes them.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
public struct ZipArchive: Sendable {
  /// In the order of the central directory.
  public let members: [ZipMember]

  /// Whether the file begins as an archive does, be it empty.
  public static func isZip(_ file: FileSlice) -> Bool {
    // A file that is too short or cannot be read is no archive either.
    guard let start = try? file.bytes(at: 0, count: 4) else { return false }
    return start == Signature.localHeader.bytes || start == Signature.endRecord.bytes
  }

  /// Reads the central directory and all local headers.
  public init(_ file: FileSlice) throws(ZipError) {
    let end = try EndRecord(of: file)
    let entries = try DirectoryEntry.all(in: file, end: end)
    try MemberName.checkDistinct(entries.map(\.name))
    members = try MemberLayout(file: file, directoryStart: end.directoryStart).members(of: entries)
  }

  /// The member of a name.
  public func member(named name: String) -> ZipMember? { members.first { $0.name == name } }
}

extension FileSlice {
  /// Some of its bytes, which must be there; as `bytes`, with a failure as this module's error.
  func record(at start: UInt64, count: Int, location: String) throws(ZipError) -> ByteCursor {
    do throws(SystemCallError) {
      return ByteCursor(try bytes(at: start, count: count), location: location)
    } catch { throw .unreadable(error) }
  }
}
