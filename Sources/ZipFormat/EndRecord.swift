import Files

/// What the records behind the central directory say: the end record, and those of zip64.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.14 to 4.3.16
struct EndRecord {
  static let byteCount = 22
  static let locatorByteCount: UInt64 = 20
  static let zip64ByteCount: UInt64 = 56

  var memberCount: UInt64
  var directoryByteCount: UInt64
  /// Where the central directory begins; before it are the members.
  var directoryStart: UInt64

  /// Finds the one end record that reaches to the end of the file.
  init(of file: FileSlice) throws(ZipError) {
    let found = try EndSearch(file: file).position()
    self = try EndRecord(at: found, in: file)
    let directoryEnd = try extend(of: found, in: file) ?? found
    guard memberCount <= ZipLimits.members else {
      throw .limitExceeded(
        location: "end record", .members, allowed: ZipLimits.members, found: memberCount)
    }
    guard directoryByteCount <= ZipLimits.directoryBytes else {
      throw .limitExceeded(
        location: "end record", .directoryBytes, allowed: ZipLimits.directoryBytes,
        found: directoryByteCount)
    }
    let (sum, overflow) = directoryStart.addingReportingOverflow(directoryByteCount)
    guard !overflow, sum <= directoryEnd else {
      throw .malformed(
        location: "end record", expected: "a central directory that ends at \(directoryEnd)",
        found: overflow ? "more than 64 bits" : "\(sum)")
    }
    // Python takes what is missing as the length of something that stands before the archive.
    guard sum == directoryEnd else {
      throw .ambiguous(
        location: "end record", .strayBytes(at: sum, count: directoryEnd - sum))
    }
  }

  /// Reads the record at an offset, whose bytes are there.
  init(at position: UInt64, in file: FileSlice) throws(ZipError) {
    var record = try file.record(at: position, count: Self.byteCount, location: "end record")
    try record.expect(.endRecord)
    let disks: [UInt16] = [try record.next(), try record.next()]
    let onThisDisk: UInt16 = try record.next()
    let count: UInt16 = try record.next()
    guard disks == [0, 0], onThisDisk == count else {
      throw .unsupported(location: "end record", .severalDisks)
    }
    memberCount = UInt64(count)
    directoryByteCount = UInt64(try record.next(UInt32.self))
    directoryStart = UInt64(try record.next(UInt32.self))
  }

  /// Takes the numbers of zip64's end record, when there is one, and returns where that begins.
  private mutating func extend(of end: UInt64, in file: FileSlice) throws(ZipError) -> UInt64? {
    let location = "zip64 end record"
    let (locatorStart, isShort) = end.subtractingReportingOverflow(Self.locatorByteCount)
    if isShort { return nil }
    var locator = try file.record(
      at: locatorStart, count: Int(Self.locatorByteCount), location: "zip64 locator")
    guard try locator.next(UInt32.self) == Signature.zip64Locator.rawValue else { return nil }
    let disk: UInt32 = try locator.next()
    let start: UInt64 = try locator.next()
    let disks: UInt32 = try locator.next()
    guard disk == 0, disks == 1 else { throw .unsupported(location: location, .severalDisks) }
    // Python looks for it right before its locator, others where the locator says.
    guard locatorStart >= Self.zip64ByteCount, start == locatorStart - Self.zip64ByteCount else {
      throw .ambiguous(location: location, .zip64(field: "offset"))
    }
    var record = try file.record(
      at: start, count: Int(Self.zip64ByteCount), location: location)
    try record.expect(.zip64EndRecord)
    guard try record.next(UInt64.self) == Self.zip64ByteCount - 12 else {
      throw .ambiguous(location: location, .zip64(field: "length"))
    }
    // The versions of zip that wrote it and that it needs.
    _ = try record.take(4)
    try takeNumbers(from: &record, location: location)
    return start
  }

  private mutating func takeNumbers(
    from record: inout ByteCursor, location: String
  ) throws(ZipError) {
    let diskNumbers: [UInt32] = [try record.next(), try record.next()]
    let onThisDisk: UInt64 = try record.next()
    let count: UInt64 = try record.next()
    guard diskNumbers == [0, 0], onThisDisk == count else {
      throw .unsupported(location: location, .severalDisks)
    }
    let byteCount: UInt64 = try record.next()
    let start: UInt64 = try record.next()
    guard memberCount == count || memberCount == UInt64(UInt16.max) else {
      throw .ambiguous(location: location, .zip64(field: "number of members"))
    }
    for (field, short, long) in [
      ("directory's length", directoryByteCount, byteCount),
      ("directory's offset", directoryStart, start),
    ] where short != long && short != UInt64(UInt32.max) {
      throw .ambiguous(location: location, .zip64(field: field))
    }
    (memberCount, directoryByteCount, directoryStart) = (count, byteCount, start)
  }
}

/// Looks for the end record: it is followed by a comment of up to 65,535 bytes.
struct EndSearch {
  let file: FileSlice

  func position() throws(ZipError) -> UInt64 {
    let count = Int(min(file.byteCount, UInt64(EndRecord.byteCount + Int(UInt16.max))))
    let start = file.byteCount - UInt64(count)
    var cursor = try file.record(at: start, count: count, location: "end record")
    let tail = Array(try cursor.take(count))
    let found = Self.records(in: tail)
    let fitting = found.filter { $0.end == tail.count }
    guard let record = fitting.first else {
      if let last = found.last, last.end < tail.count,
        try isEnd(at: start + UInt64(last.start))
      {
        throw .ambiguous(location: "end record", .bytesAfterEnd)
      }
      throw try missing()
    }
    // Some readers take the last that fits the end of the file, some the last signature.
    guard fitting.count == 1, found.last?.start == record.start else {
      throw .ambiguous(location: "end record", .severalEndRecords)
    }
    return start + UInt64(record.start)
  }

  /// All that looks like an end record, with where the comment behind it ends.
  private static func records(in tail: [UInt8]) -> [(start: Int, end: Int)] {
    let signature = Signature.endRecord.bytes
    guard tail.count >= EndRecord.byteCount else { return [] }
    return (0...(tail.count - EndRecord.byteCount)).compactMap { start in
      guard tail[start] == signature[0], tail[start..<start + 4].elementsEqual(signature) else {
        return nil
      }
      let comment = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
      return (start, start + EndRecord.byteCount + comment)
    }
  }

  /// Whether a record in the middle of the file has its central directory right before it.
  private func isEnd(at position: UInt64) throws(ZipError) -> Bool {
    do throws(ZipError) {
      let record = try EndRecord(at: position, in: file)
      return record.directoryStart + record.directoryByteCount == position
    } catch .unsupported { return false }
  }

  private func missing() throws(ZipError) -> ZipError {
    guard ZipArchive.isZip(file) else { return .notZip }
    return .truncated(salvageable: try LocalHeader.wholeMembers(of: file))
  }
}
