import Files

/// The header before a member's data, which repeats the central directory.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3.7
struct LocalHeader {
  private static let fixedByteCount = 30

  let flags: MemberFlags
  let method: UInt16
  let crc32: UInt32
  let storedByteCount: UInt64
  let byteCount: UInt64
  let rawName: ArraySlice<UInt8>
  /// Where the member's data begins.
  let end: UInt64

  /// Reads the header at an offset. It has to end by `limit`, where something else begins.
  init(of file: FileSlice, at start: UInt64, limit: UInt64, location: String) throws(ZipError) {
    guard start <= limit, limit - start >= UInt64(Self.fixedByteCount) else {
      throw .ambiguous(location: location, .overlap(at: limit))
    }
    var record = try file.record(at: start, count: Self.fixedByteCount, location: location)
    try record.expect(.localHeader)
    // The version of zip that is needed.
    _ = try record.take(2)
    flags = MemberFlags(rawValue: try record.next())
    method = try record.next()
    // Time and date.
    _ = try record.take(4)
    crc32 = try record.next()
    let sizes: [UInt32] = [try record.next(), try record.next()]
    let lengths = [Int(try record.next(UInt16.self)), Int(try record.next(UInt16.self))]
    let nameStart = start + UInt64(Self.fixedByteCount)
    let end = nameStart + UInt64(lengths[0] + lengths[1])
    guard end <= limit else { throw .ambiguous(location: location, .overlap(at: limit)) }
    var rest = try file.record(
      at: nameStart, count: lengths[0] + lengths[1], location: location)
    rawName = try rest.take(lengths[0])
    var extra = try ExtraFields(try rest.take(lengths[1]), location: location)
    byteCount = try extra.resolve(sizes[1])
    storedByteCount = try extra.resolve(sizes[0])
    try extra.checkUsed()
    try extra.check(name: rawName)
    self.end = end
  }

  /// Throws when it says otherwise than the central directory.
  func check(against entry: DirectoryEntry) throws(ZipError) {
    guard rawName.elementsEqual(entry.name.utf8) else {
      throw entry.differs(
        in: "name", entry.name, String(decoding: rawName, as: UTF8.self))
    }
    guard flags == entry.flags else {
      throw entry.differs(in: "flags", "\(entry.flags.rawValue)", "\(flags.rawValue)")
    }
    guard method == entry.method.rawValue else {
      throw entry.differs(in: "method", "\(entry.method.rawValue)", "\(method)")
    }
    // A writer that could not seek back left zeros here, and put the numbers behind the data.
    let isLater = flags.contains(.dataDescriptor)
    for (field, central, local) in [
      ("CRC", UInt64(entry.crc32), UInt64(crc32)),
      ("stored length", entry.storedByteCount, storedByteCount),
      ("length", entry.byteCount, byteCount),
    ] where local != central && !(isLater && local == 0) {
      throw entry.differs(in: field, "\(central)", "\(local)")
    }
  }
}

extension DirectoryEntry {
  fileprivate func differs(in field: String, _ central: String, _ local: String) -> ZipError {
    .ambiguous(location: name, .localHeader(field: field, central: central, local: local))
  }
}

extension LocalHeader {
  /// What can be told of an archive without an end: the members, from the first on, whose data is
  /// all there. It stops where a header does not tell how long the data is.
  static func wholeMembers(of file: FileSlice) throws(ZipError) -> [String] {
    var names: [String] = []
    var start: UInt64 = 0
    while UInt64(names.count) < ZipLimits.members {
      do throws(ZipError) {
        let header = try LocalHeader(
          of: file, at: start, limit: file.byteCount, location: "member \(names.count + 1)")
        let name = try MemberName.decode(
          header.rawName, isUTF8: header.flags.contains(.utf8))
        guard !header.flags.contains(.dataDescriptor),
          file.slice(at: header.end, byteCount: header.storedByteCount) != nil
        else { return names }
        names.append(name)
        start = header.end + header.storedByteCount
      } catch .unreadable(let error) {
        throw .unreadable(error)
      } catch {
        return names
      }
    }
    return names
  }
}
