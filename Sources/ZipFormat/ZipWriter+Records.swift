import Tensors

/// The largest number for which Python writes 32 bits.
private let largestShort: UInt64 = (1 << 31) - 1

/// The versions of the format that a reader must know: 2.0, and 4.5 for zip64.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.4.3
private enum Version {
  static let plain: UInt16 = 20
  static let zip64: UInt16 = 45
}

/// What both headers of a member say.
struct MemberHeader {
  private let name: [UInt8]
  private let flags: MemberFlags
  private let crc32: UInt32
  private let byteCount: UInt64
  private let start: UInt64
  private let hasLongLengths: Bool

  /// - Parameter start: where the member begins in the archive.
  init(_ member: ZipMemberToWrite, crc32: UInt32, start: UInt64) {
    name = Array(member.name.utf8)
    flags = name.allSatisfy { $0 < 0x80 } ? [] : .utf8
    self.crc32 = crc32
    byteCount = member.content.byteCount
    self.start = start
    hasLongLengths = member.hasLongHeader || byteCount > largestShort
  }

  /// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3.7
  var local: [UInt8] {
    var record = Record(.localHeader)
    record.append(hasLongLengths ? Version.zip64 : Version.plain)
    appendCommon(to: &record, isLong: hasLongLengths)
    appendLengths(
      to: &record, extra: hasLongLengths ? Self.extraField([byteCount, byteCount]) : [])
    return record.bytes
  }

  /// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3.12
  var directoryEntry: [UInt8] {
    let hasLongSize = byteCount > largestShort
    let hasLongStart = start > largestShort
    let long = (hasLongSize ? [byteCount, byteCount] : []) + (hasLongStart ? [start] : [])
    let extra = long.isEmpty ? [] : Self.extraField(long)
    let version = hasLongLengths || !long.isEmpty ? Version.zip64 : Version.plain
    var record = Record(.directoryEntry)
    // The upper byte is the writer's system, Unix.
    record.append(version | 3 << 8)
    record.append(version)
    appendCommon(to: &record, isLong: hasLongSize)
    record.append(UInt16(truncatingIfNeeded: name.count))
    record.append(UInt16(truncatingIfNeeded: extra.count))
    // No comment, the first disk, no attributes of the writer's system.
    record.append([0, 0, 0, 0, 0, 0])
    // The mode that zipfile gives members that come of no file.
    record.append(UInt32(0o600) << 16)
    record.append(hasLongStart ? .max : UInt32(truncatingIfNeeded: start))
    record.append(name + extra)
    return record.bytes
  }

  /// Flags, method, time, date, CRC and both lengths.
  private func appendCommon(to record: inout Record, isLong: Bool) {
    record.append(flags.rawValue)
    record.append(DirectoryEntry.Method.stored.rawValue)
    record.append(UInt16(0))
    // Years from 1980, months and days from 1.
    record.append(UInt16(1 << 5 | 1))
    record.append(crc32)
    let short = isLong ? .max : UInt32(truncatingIfNeeded: byteCount)
    record.append(short)
    record.append(short)
  }

  private func appendLengths(to record: inout Record, extra: [UInt8]) {
    record.append(UInt16(truncatingIfNeeded: name.count))
    record.append(UInt16(truncatingIfNeeded: extra.count))
    record.append(name + extra)
  }

  /// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.5.3
  private static func extraField(_ numbers: [UInt64]) -> [UInt8] {
    var field = Record()
    field.append(UInt16(1))
    field.append(UInt16(truncatingIfNeeded: 8 * numbers.count))
    for number in numbers { field.append(number) }
    return field.bytes
  }
}

/// What stands behind the central directory.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.14 to 4.3.16
struct DirectoryEnd {
  let memberCount: UInt64
  /// Of the directory.
  let start: UInt64
  let byteCount: UInt64

  var bytes: [UInt8] {
    let isLong =
      memberCount > UInt64(UInt16.max) || start > largestShort || byteCount > largestShort
    var record = Record(.endRecord)
    // Two numbers of disks.
    record.append(UInt32(0))
    let count = UInt16(clamping: memberCount)
    record.append(count)
    record.append(count)
    record.append(UInt32(clamping: byteCount))
    record.append(UInt32(clamping: start))
    // No comment.
    record.append(UInt16(0))
    return (isLong ? zip64 : []) + record.bytes
  }

  private var zip64: [UInt8] {
    var record = Record(.zip64EndRecord)
    // What follows this number.
    record.append(EndRecord.zip64ByteCount - 12)
    record.append(Version.zip64)
    record.append(Version.zip64)
    // Two numbers of disks.
    record.append(UInt64(0))
    for number in [memberCount, memberCount, byteCount, start] { record.append(number) }
    var locator = Record(.zip64Locator)
    locator.append(UInt32(0))
    locator.append(start + byteCount)
    // One disk.
    locator.append(UInt32(1))
    return record.bytes + locator.bytes
  }
}

/// The little-endian bytes of a record.
private struct Record {
  private(set) var bytes: [UInt8] = []

  init() {}

  init(_ signature: Signature) { bytes = signature.bytes }

  mutating func append(_ more: [UInt8]) { bytes += more }

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}
