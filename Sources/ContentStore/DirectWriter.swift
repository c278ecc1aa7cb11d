import CLinux
import Files
import Glibc

/// Writes a new file past the page cache, from one buffer.
struct DirectWriter: ~Copyable {
  private let path: String
  private let buffer: UnsafeMutableRawBufferPointer
  private var output: Output?
  private var filled = 0
  /// Where in the file the buffer belongs.
  private var flushed: UInt64 = 0
  /// How long the file is.
  private var written: UInt64 = 0

  private final class Output {
    let file: OpenFile
    let isDirect: Bool

    /// Makes the file, which must not be there.
    init(creating path: String, directly: Bool) throws(SystemCallError) {
      let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
      if directly {
        do {
          file = try OpenFile(path, flags: flags | O_DIRECT_FLAG, mode: 0o444)
          isDirect = true
          return
        } catch  where error.code == EINVAL {
          // The file system has no direct writes (tmpfs, say). The name may have been made already.
          try Folder.remove(path)
        }
      }
      file = try OpenFile(path, flags: flags, mode: 0o444)
      isDirect = false
    }
  }

  /// Nothing is made before the buffer, one of `AlignedBuffers`, is full, or the writer finishes.
  init(creating path: String, buffer: UnsafeMutableRawBufferPointer) {
    self.path = path
    self.buffer = buffer
  }

  /// How many bytes were taken in: where the next one goes.
  var position: UInt64 { flushed + UInt64(filled) }

  /// Takes bytes in, at most a buffer's rest at a time, and shows each piece as it was copied.
  mutating func append(
    _ bytes: UnsafeRawBufferPointer, copied: (UnsafeRawBufferPointer) -> Void = { _ in }
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
    let output = try opened(directly: true)
    let blocks = (filled + AlignedBuffers.alignment - 1) / AlignedBuffers.alignment
    let count = output.isDirect ? blocks * AlignedBuffers.alignment : filled
    try output.file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    written = max(written, flushed + UInt64(count))
    flushed += UInt64(filled)
    filled = 0
  }

  private mutating func opened(directly: Bool) throws(SystemCallError) -> Output {
    if let output { return output }
    let made = try Output(creating: path, directly: directly)
    output = made
    return made
  }

  /// Takes back all bytes from a position on.
  mutating func rewind(to position: UInt64) throws(SystemCallError) {
    if let output, position < flushed {
      // All flushes but the last are of whole blocks, so the block is there in full.
      let block = position - position % UInt64(AlignedBuffers.alignment)
      let start = UnsafeMutableRawBufferPointer(rebasing: buffer[..<AlignedBuffers.alignment])
      try output.file.read(into: start, at: block)
      guard lseek(output.file.descriptor, off_t(block), SEEK_SET) >= 0 else {
        throw SystemCallError("lseek", path)
      }
      flushed = block
    }
    filled = Int(position - flushed)
  }

  /// Writes the rest. `WriteSession.publish` makes it durable.
  ///
  /// - Parameter cachingSmall: whether a file that the buffer holds whole is written through the
  ///   page cache, which then has it for the next reader.
  mutating func finish(cachingSmall: Bool = false) throws(SystemCallError) {
    if cachingSmall { _ = try opened(directly: false) }
    if filled > 0 { try flush() }
    // A direct write ends on a block, and bytes may have been taken back: what is behind goes.
    if let output, written > flushed { try output.file.truncate(to: flushed) }
  }
}
