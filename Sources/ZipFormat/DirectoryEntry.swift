import Files
import Glibc

/// What the central directory says of a member.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3.12
struct DirectoryEntry {
  let name: String
  let flags: MemberFlags
  let method: Method
  let crc32: UInt32
  /// Bytes as they lie in the archive.
  let storedByteCount: UInt64
  let byteCount: UInt64
  let headerStart: UInt64

  enum Method: UInt16 {
    case stored = 0
    case deflate = 8
  }

  /// All entries, which fill the directory.
  static func all(in file: FileSlice, end: EndRecord) throws(ZipError) -> [DirectoryEntry] {
    let location = "central directory"
    guard let byteCount = Int(exactly: end.directoryByteCount) else {
      throw .malformed(location: location, expected: "a length", found: "more than 63 bits")
    }
    var directory = try file.record(at: end.directoryStart, count: byteCount, location: location)
    var entries: [DirectoryEntry] = []
    while !directory.isAtEnd {
      guard UInt64(entries.count) < end.memberCount else {
        throw .malformed(
          location: location, expected: "\(end.memberCount) entries", found: "more bytes")
      }
      entries.append(try DirectoryEntry(&directory))
    }
    guard UInt64(entries.count) == end.memberCount else {
      throw .malformed(
        location: location, expected: "\(end.memberCount) entries", found: "\(entries.count)")
    }
    return entries
  }

  private init(_ record: inout ByteCursor) throws(ZipError) {
    try record.expect(.directoryEntry)
    // The version of zip that wrote it.
    _ = try record.take(2)
    let version: UInt16 = try record.next()
    let rawFlags: UInt16 = try record.next()
    let rawMethod: UInt16 = try record.next()
    // Time and date.
    _ = try record.take(4)
    crc32 = try record.next()
    let sizes: [UInt32] = [try record.next(), try record.next()]
    let lengths = [
      Int(try record.next(UInt16.self)), Int(try record.next(UInt16.self)),
      Int(try record.next(UInt16.self)),
    ]
    let disk: UInt16 = try record.next()
    // Attributes that only the writer's system understands, then those of its file system.
    _ = try record.take(2)
    let attributes: UInt32 = try record.next()
    let start: UInt32 = try record.next()
    let rawName = try record.take(lengths[0])
    let rawExtra = try record.take(lengths[1])
    _ = try record.take(lengths[2])

    flags = MemberFlags(rawValue: rawFlags)
    name = try MemberName.decode(rawName, isUTF8: flags.contains(.utf8))
    method = try flags.checkReadable(version: version, method: rawMethod, name: name)
    var extra = try ExtraFields(rawExtra, location: name)
    byteCount = try extra.resolve(sizes[1])
    storedByteCount = try extra.resolve(sizes[0])
    headerStart = try extra.resolve(start)
    guard try extra.resolve(disk) == 0 else {
      throw .unsupported(location: name, .severalDisks)
    }
    try extra.checkUsed()
    try extra.check(name: rawName)
    try check(attributes: attributes)
    try checkSizes()
  }

  /// The upper half of the attributes is a Unix mode, or zero.
  private func check(attributes: UInt32) throws(ZipError) {
    let kind = mode_t(attributes >> 16) & S_IFMT
    guard kind == 0 || kind == (name.hasSuffix("/") ? S_IFDIR : S_IFREG) else {
      throw .unsafePath(name: name, .notAFile)
    }
  }

  private func checkSizes() throws(ZipError) {
    let isFolder = name.hasSuffix("/")
    if isFolder && byteCount > 0 {
      throw .malformed(location: name, expected: "a folder of no bytes", found: "\(byteCount)")
    }
    if method == .stored && byteCount != storedByteCount {
      throw .malformed(
        location: name, expected: "as many bytes as it stores, \(storedByteCount)",
        found: "\(byteCount)")
    }
    let (most, overflow) = storedByteCount.multipliedReportingOverflow(by: ZipLimits.expansion)
    let allowed = max(ZipLimits.expansionFloor, overflow ? .max : most)
    guard byteCount <= allowed else {
      throw .limitExceeded(location: name, .expansion, allowed: allowed, found: byteCount)
    }
  }
}

/// The general purpose flags of a member.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.4.4
struct MemberFlags: OptionSet, Hashable {
  let rawValue: UInt16

  static let encrypted = MemberFlags(rawValue: 1 << 0)
  /// How hard the writer tried.
  static let deflateLevel = MemberFlags(rawValue: 1 << 1 | 1 << 2)
  /// The sizes and the CRC stand behind the data.
  static let dataDescriptor = MemberFlags(rawValue: 1 << 3)
  static let stronglyEncrypted = MemberFlags(rawValue: 1 << 6)
  static let utf8 = MemberFlags(rawValue: 1 << 11)
  static let maskedHeaders = MemberFlags(rawValue: 1 << 13)

  /// The newest version of the format that there is.
  private static let newestVersion: UInt16 = 63

  /// Throws when the member has what we do not read.
  func checkReadable(
    version: UInt16, method: UInt16, name: String
  ) throws(ZipError) -> DirectoryEntry.Method {
    guard isDisjoint(with: [.encrypted, .stronglyEncrypted, .maskedHeaders]) else {
      throw .unsupported(location: name, .encryption)
    }
    let unread = subtracting([.deflateLevel, .dataDescriptor, .utf8])
    guard unread.isEmpty else { throw .unsupported(location: name, .flags(unread.rawValue)) }
    // The upper byte names a system, when it is not zero.
    guard version & 0xFF <= Self.newestVersion else {
      throw .unsupported(location: name, .version(version & 0xFF))
    }
    guard let known = DirectoryEntry.Method(rawValue: method) else {
      throw .unsupported(location: name, .method(method))
    }
    return known
  }
}
