import Files
import Glibc

/// Takes a worker's answer out of its pipe, frame by frame, until a deadline.
struct AnswerReader: ~Copyable {
  private let descriptor: Int32
  private let path: String
  private var deadline: ContinuousClock.Instant
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  /// What of the buffer was read and not yet taken.
  private var unread = 0..<0

  /// The pipe's descriptor stays the caller's; `path` is what errors name.
  init(descriptor: Int32, path: String, wait: Duration) {
    self.descriptor = descriptor
    self.path = path
    deadline = .now + wait
  }

  deinit { buffer.deallocate() }

  /// Waits longer.
  mutating func extend(by wait: Duration) { deadline += wait }

  /// The next frame's header; `nil` when the pipe was closed instead.
  mutating func header() throws -> FrameHeader? {
    guard let first = try next(upTo: 1) else { return nil }
    var bytes = Array(first)
    try take(UInt64(FrameHeader.byteCount - 1)) { bytes += $0 }
    return try FrameHeader(parsing: bytes)
  }

  /// All of a payload.
  mutating func payload(of header: FrameHeader) throws -> [UInt8] {
    // Grown as bytes arrive: a length alone reserves nothing.
    var bytes: [UInt8] = []
    try take(header.length) { bytes += $0 }
    return bytes
  }

  /// Hands out the bytes that come next, in pieces.
  mutating func take(_ count: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var rest = count
    while rest > 0 {
      guard let bytes = try next(upTo: Int(min(rest, UInt64(buffer.count)))) else {
        throw AnswerEnded()
      }
      try body(bytes)
      rest -= UInt64(bytes.count)
    }
  }

  /// Some bytes, valid until the next call; `nil` when the pipe was closed.
  private mutating func next(upTo count: Int) throws -> UnsafeRawBufferPointer? {
    if unread.isEmpty {
      try waitForBytes()
      let received = try receive()
      guard received > 0 else { return nil }
      unread = 0..<received
    }
    let taken = unread.prefix(count)
    unread = taken.endIndex..<unread.endIndex
    return UnsafeRawBufferPointer(rebasing: buffer[taken])
  }

  private func receive() throws(SystemCallError) -> Int {
    while true {
      let received = read(descriptor, buffer.baseAddress, buffer.count)
      if received >= 0 { return received }
      let error = SystemCallError("read", path)
      guard error.code == EINTR else { throw error }
    }
  }

  private func waitForBytes() throws {
    while true {
      let rest = ContinuousClock.now.duration(to: deadline)
      // Rounded up, or the last millisecond would be spun away; and asked again after a minute.
      let milliseconds = Int32(min(max(rest, .zero), .seconds(60)) / .milliseconds(1)) + 1
      var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let answered = poll(&question, 1, milliseconds)
      if answered > 0 { return }
      let error = SystemCallError("poll", path)
      guard answered == 0 || error.code == EINTR else { throw error }
      guard rest > .zero else { throw ReaderError.timedOut }
    }
  }
}

/// The pipe was closed in the middle of an answer: how the worker ended says why.
struct AnswerEnded: Error {}
