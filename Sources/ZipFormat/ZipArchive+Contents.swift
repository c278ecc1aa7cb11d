import Checksums
import Files
import Glibc

extension ZipArchive {
  /// Lends a member's bytes, inflated, piece by piece, and checks their number and CRC after the
  /// last. What was lent is to be believed only when this returns.
  ///
  /// - Throws: `ZipError`, and what `body` throws.
  public func inflate(
    _ member: ZipMember, into body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var tally = Tally(member: member)
    if member.isStored {
      try member.data.forEachPiece { piece in
        try tally.add(piece)
        try body(piece)
      }
    } else {
      try inflateStream(of: member) { piece in
        try tally.add(piece)
        try body(piece)
      }
    }
    try tally.check()
  }

  /// All of a member's bytes, inflated and checked.
  ///
  /// - Parameter limit: more bytes than these are an error.
  public func contents(of member: ZipMember, limit: Int) throws -> [UInt8] {
    guard member.byteCount <= UInt64(max(0, limit)) else {
      throw ZipError.limitExceeded(
        location: member.name, .contents, allowed: UInt64(max(0, limit)), found: member.byteCount)
    }
    var bytes: [UInt8] = []
    try inflate(member) { bytes += $0 }
    return bytes
  }

  /// The first bytes of a member, inflated: at most so many. They are checked only when the member
  /// has fewer.
  public func leadingBytes(of member: ZipMember, count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      try inflate(member) { piece in
        bytes += piece.prefix(max(0, count) - bytes.count)
        if bytes.count >= count { throw Enough() }
      }
    } catch is Enough {}
    return bytes
  }

  /// Ends a decompression early.
  private struct Enough: Error {}

  private func inflateStream(
    of member: ZipMember, into body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var inflater = try Inflater(for: member)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    defer { buffer.deallocate() }
    var taken: UInt64 = 0
    try member.data.forEachPiece { piece in
      var rest = piece
      while !inflater.isAtEnd {
        let step = try inflater.step(rest, into: buffer, for: member)
        taken += UInt64(step.taken)
        rest = UnsafeRawBufferPointer(rebasing: rest[step.taken...])
        if step.made > 0 { try body(UnsafeRawBufferPointer(rebasing: buffer[..<step.made])) }
        if step.taken == 0 && step.made == 0 { break }
      }
    }
    guard inflater.isAtEnd else {
      throw ZipError.malformed(
        location: member.name, expected: "the end of the deflate stream", found: "more of it")
    }
    guard taken == member.data.byteCount else {
      throw ZipError.ambiguous(
        location: member.name, .bytesAfterStream(count: member.data.byteCount - taken))
    }
  }
}

extension Inflater {
  fileprivate init(for member: ZipMember) throws {
    do throws(Failure) { try self.init() } catch { throw error.described(for: member) }
  }

  fileprivate mutating func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    for member: ZipMember
  ) throws(ZipError) -> (taken: Int, made: Int) {
    do throws(Failure) {
      return try inflate(input, into: output)
    } catch { throw error.described(for: member) }
  }
}

extension Inflater.Failure {
  fileprivate func described(for member: ZipMember) -> ZipError {
    switch self {
    case .badData:
      .malformed(location: member.name, expected: "a deflate stream", found: "other bytes")
    case .noMemory: .unreadable(SystemCallError("inflate", member.data.name, code: ENOMEM))
    }
  }
}

/// Counts and checks what a member turns out to be.
private struct Tally {
  let member: ZipMember
  private var byteCount: UInt64 = 0
  private var crc = CRC32()

  init(member: ZipMember) { self.member = member }

  /// Takes in more bytes, no more of them than the member declares.
  mutating func add(_ piece: UnsafeRawBufferPointer) throws(ZipError) {
    byteCount += UInt64(piece.count)
    guard byteCount <= member.byteCount else {
      throw .limitExceeded(
        location: member.name, .declared, allowed: member.byteCount, found: byteCount)
    }
    crc.update(piece)
  }

  func check() throws(ZipError) {
    guard byteCount == member.byteCount else {
      throw .malformed(
        location: member.name, expected: "\(member.byteCount) bytes", found: "\(byteCount)")
    }
    guard crc.value == member.crc32 else {
      throw .checksumMismatch(member: member.name, expected: member.crc32, found: crc.value)
    }
  }
}
