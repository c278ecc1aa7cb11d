import Glibc

/// A stretch of a file that somebody else keeps open. Reading it moves nothing and locks nothing.
public struct FileSlice: Hashable, Sendable {
  public let descriptor: Int32
  /// What to call it in messages.
  public let name: String
  /// Where it begins in the file.
  public let offset: UInt64
  public let byteCount: UInt64

  /// A file, or a stretch of it that is known to lie in the file.
  public init(descriptor: Int32, name: String, offset: UInt64 = 0, byteCount: UInt64) {
    self.descriptor = descriptor
    self.name = name
    self.offset = offset
    self.byteCount = byteCount
  }

  /// A part of it; `nil` when that does not lie in it whole.
  public func slice(at start: UInt64, byteCount: UInt64) -> FileSlice? {
    guard start <= self.byteCount, byteCount <= self.byteCount - start else { return nil }
    return FileSlice(
      descriptor: descriptor, name: name, offset: offset + start, byteCount: byteCount)
  }

  /// Fills the buffer from an offset in the slice; an end before that is an error (`EIO`).
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at start: UInt64
  ) throws(SystemCallError) {
    guard slice(at: start, byteCount: UInt64(buffer.count)) != nil else {
      throw SystemCallError("pread", name, code: EIO)
    }
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try retrying("pread", name) {
        pread(descriptor, rest.baseAddress, rest.count, off_t(offset + start) + off_t(done))
      }
      guard count > 0 else { throw SystemCallError("pread", name, code: EIO) }
      done += count
    }
  }

  /// Some of its bytes, which must be there: check a length that a file declares against
  /// `byteCount` before it is asked for.
  public func bytes(at start: UInt64, count: Int) throws(SystemCallError) -> [UInt8] {
    guard slice(at: start, byteCount: UInt64(max(0, count))) != nil else {
      throw SystemCallError("pread", name, code: EIO)
    }
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    var failure: SystemCallError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(SystemCallError) { try read(into: buffer, at: start) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Lends all of its bytes in order, at most a megabyte at a time.
  public func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(min(byteCount, 1 << 20)), alignment: 64)
    defer { buffer.deallocate() }
    var done: UInt64 = 0
    while done < byteCount {
      let count = Int(min(UInt64(buffer.count), byteCount - done))
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      try read(into: piece, at: done)
      try body(UnsafeRawBufferPointer(piece))
      done += UInt64(count)
    }
  }
}

extension OpenFile {
  /// All of the file, as long as it now is.
  public func slice() throws(SystemCallError) -> FileSlice {
    FileSlice(descriptor: descriptor, name: path, byteCount: try status().byteCount)
  }
}
