public import Files

/// What is wrong with a zip archive. A location is a member's name, or what stands outside of
/// members: `end record`, `central directory`.
public enum ZipError: Error, Hashable, Sendable {
  /// It has neither a member at its beginning nor a record at its end.
  case notZip
  /// It begins as an archive and lacks its end. These members still have all their bytes, as far
  /// as their local headers tell.
  case truncated(salvageable: [String])
  case malformed(location: String, expected: String, found: String)
  /// Readers of zip would disagree on what is in it.
  case ambiguous(location: String, Ambiguity)
  /// A name that would lead out of a folder, or that deceives the eye.
  case unsafePath(name: String, UnsafePath)
  case limitExceeded(location: String, Limit, allowed: UInt64, found: UInt64)
  case unsupported(location: String, Feature)
  /// The bytes of a member are not those that were put in.
  case checksumMismatch(member: String, expected: UInt32, found: UInt32)
  /// The system could not read the file.
  case unreadable(SystemCallError)

  /// What readers could take in more than one way.
  public enum Ambiguity: Hashable, Sendable {
    case severalEndRecords
    case bytesAfterEnd
    /// Bytes before the first member, or between two, or behind the last, that belong to none.
    case strayBytes(at: UInt64, count: UInt64)
    case overlap(at: UInt64)
    /// A second member of one name; also when only letter case or Unicode's spelling tells them
    /// apart, and when a member's name is another's folder.
    case repeatedName
    case localHeader(field: String, central: String, local: String)
    /// A data descriptor that repeats other numbers than the central directory has.
    case dataDescriptor
    /// A zip64 record that says otherwise than the record it extends.
    case zip64(field: String)
    /// A second name, in the extra field of Info-ZIP, that is not the first.
    case unicodeName
    /// The deflate stream ends before the member does.
    case bytesAfterStream(count: UInt64)
  }

  /// Why a name is refused.
  public enum UnsafePath: String, Hashable, Sendable {
    case empty = "an empty part"
    case dots = "a part that is dots"
    case absolute = "an absolute path"
    case backslash = "a backslash"
    case control = "a control character"
    case bidirectional = "a character that reverses the direction of text"
    case notUTF8 = "not UTF-8"
    case tooLong = "too long"
    case notAFile = "a symbolic link, or another thing that is neither file nor folder"
  }

  /// What is limited; the limits themselves are in `ZipLimits`.
  public enum Limit: String, Hashable, Sendable {
    case members
    case directoryBytes = "bytes of the central directory"
    case expansion = "bytes of a member that stores few"
    case contents = "bytes of a member that is read whole"
    /// More comes out of a member than it says.
    case declared = "bytes, as it declares"
  }

  /// What an archive may have and we do not read.
  public enum Feature: Hashable, Sendable {
    case encryption
    case severalDisks
    /// A compression method by its number in section 4.4.5 of APPNOTE.
    case method(UInt16)
    /// General purpose flags other than those of deflate, data descriptors and UTF-8.
    case flags(UInt16)
    /// The version of zip that a reader needs: 63 is 6.3.
    case version(UInt16)
  }
}

/// How much of an archive is taken.
public enum ZipLimits {
  public static let members: UInt64 = 65_536
  public static let directoryBytes: UInt64 = 64 << 20
  /// The bytes of a name, and of each of its parts.
  public static let nameBytes = 4096
  public static let partBytes = 255
  /// A member of more bytes than `expansionFloor` may be so many times what it is compressed.
  public static let expansion: UInt64 = 100
  public static let expansionFloor: UInt64 = 256 << 20
}
