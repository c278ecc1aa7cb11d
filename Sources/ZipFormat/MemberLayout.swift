import Files

/// Where the members lie. Each is a local header, its data and perhaps a data descriptor; together
/// they fill the file from its beginning to the central directory.
struct MemberLayout {
  let file: FileSlice
  let directoryStart: UInt64

  /// The members, in the order of the entries.
  func members(of entries: [DirectoryEntry]) throws(ZipError) -> [ZipMember] {
    let order = entries.indices.sorted { entries[$0].headerStart < entries[$1].headerStart }
    var members = [ZipMember?](repeating: nil, count: entries.count)
    var position: UInt64 = 0
    for (rank, index) in order.enumerated() {
      let entry = entries[index]
      guard entry.headerStart == position else {
        throw .ambiguous(
          location: entry.name,
          entry.headerStart < position
            ? .overlap(at: entry.headerStart)
            : .strayBytes(at: position, count: entry.headerStart - position))
      }
      let isLast = rank + 1 == order.count
      let limit = isLast ? directoryStart : entries[order[rank + 1]].headerStart
      members[index] = try member(of: entry, limit: limit)
      position = limit
    }
    guard position == directoryStart else {
      throw .ambiguous(
        location: "central directory", .strayBytes(at: position, count: directoryStart - position))
    }
    return members.compactMap { $0 }
  }

  /// Reads what lies from a member's beginning to `limit`, where the next thing begins.
  private func member(of entry: DirectoryEntry, limit: UInt64) throws(ZipError) -> ZipMember {
    guard limit <= directoryStart else {
      throw .ambiguous(location: entry.name, .overlap(at: directoryStart))
    }
    let header = try LocalHeader(
      of: file, at: entry.headerStart, limit: limit, location: entry.name)
    try header.check(against: entry)
    guard entry.storedByteCount <= limit - header.end,
      let data = file.slice(at: header.end, byteCount: entry.storedByteCount)
    else { throw .ambiguous(location: entry.name, .overlap(at: limit)) }
    try checkEnd(of: entry, at: header.end + entry.storedByteCount, limit: limit)
    return ZipMember(
      name: entry.name, byteCount: entry.byteCount, crc32: entry.crc32, data: data,
      isStored: entry.method == .stored)
  }

  /// Behind the data stands nothing, or a data descriptor: its signature, which may be missing,
  /// the CRC, and the lengths in 32 or 64 bits.
  private func checkEnd(
    of entry: DirectoryEntry, at end: UInt64, limit: UInt64
  ) throws(ZipError) {
    guard entry.flags.contains(.dataDescriptor) else {
      guard end == limit else {
        throw .ambiguous(location: entry.name, .strayBytes(at: end, count: limit - end))
      }
      return
    }
    guard [12, 16, 20, 24].contains(limit - end) else {
      throw .ambiguous(location: entry.name, .dataDescriptor)
    }
    let count = Int(limit - end)
    var record = try file.record(at: end, count: count, location: entry.name)
    if count % 8 == 0 { try record.expect(.dataDescriptor) }
    let crc32: UInt32 = try record.next()
    let isLong = count >= 20
    let lengths =
      isLong
      ? [try record.next(UInt64.self), try record.next(UInt64.self)]
      : [UInt64(try record.next(UInt32.self)), UInt64(try record.next(UInt32.self))]
    guard crc32 == entry.crc32, lengths == [entry.storedByteCount, entry.byteCount] else {
      throw .ambiguous(location: entry.name, .dataDescriptor)
    }
  }
}
