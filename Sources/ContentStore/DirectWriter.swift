import CLinux
import Digests
import Files
import Glibc
import Synchronization

/// Page-aligned buffers, reused: filling fresh memory costs as much as writing it.
final class AlignedBuffers: Sendable {
  /// Four mebibytes: the size at which direct writes are fastest.
  static let byteCount = 4 << 20
  static let alignment = 4096

  private struct Buffer: @unchecked Sendable {
    // Owned by the pool or by the one borrower that took it out.
    let base: UnsafeMutableRawPointer
  }

  private let free = Mutex<[Buffer]>([])

  deinit {
    free.withLock { $0.forEach { $0.base.deallocate() } }
  }

  /// Lends a buffer for the duration of a call.
  func withBuffer<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    let buffer =
      free.withLock { $0.popLast() }
      ?? Buffer(
        base: .allocate(byteCount: Self.byteCount, alignment: Self.alignment))
    defer { free.withLock { $0.append(buffer) } }
    return try body(UnsafeMutableRawBufferPointer(start: buffer.base, count: Self.byteCount))
  }
}

/// Writes a new file past the page cache, from one buffer, hashing what it writes.
struct DirectWriter: ~Copyable {
  private let file: OpenFile
  private let isDirect: Bool
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  private var flushed: UInt64 = 0

  /// Makes the file, which must not be there. The buffer is one of `AlignedBuffers`.
  init(creating path: String, buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
    self.buffer = buffer
    do {
      file = try OpenFile(path, flags: flags | O_DIRECT_FLAG, mode: 0o444)
      isDirect = true
    } catch  where error.code == EINVAL {
      // The file system has no direct writes (tmpfs, say). The name may have been made already.
      try Folder.remove(path)
      file = try OpenFile(path, flags: flags, mode: 0o444)
      isDirect = false
    }
  }

  /// Takes bytes in, at most a buffer's rest at a time, and shows each piece as it was copied.
  mutating func append(
    _ bytes: UnsafeRawBufferPointer, copied: (UnsafeRawBufferPointer) -> Void
  ) throws(SystemCallError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = min(rest.count, buffer.count - filled)
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<(filled + count)])
      piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      copied(UnsafeRawBufferPointer(piece))
      filled += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if filled == buffer.count { try flush() }
    }
  }

  private mutating func flush() throws(SystemCallError) {
    let blocks = (filled + AlignedBuffers.alignment - 1) / AlignedBuffers.alignment
    let count = isDirect ? blocks * AlignedBuffers.alignment : filled
    try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    flushed += UInt64(filled)
    filled = 0
  }

  /// Writes the rest. `WriteSession.publish` makes it durable.
  consuming func finish() throws(SystemCallError) {
    if filled > 0 {
      let isPadded = isDirect && filled % AlignedBuffers.alignment != 0
      try flush()
      // A direct write ends on a block; what was written past the end is cut off again.
      if isPadded { try file.truncate(to: flushed) }
    }
  }
}
