import Glibc

/// A file for bytes that a reader has to make because they lie nowhere as they are: inflated,
/// put together from parts, byte-swapped. It only grows, and what is in it can be read back.
public final class Spool {
  /// How many bytes are in it.
  public private(set) var byteCount: UInt64 = 0

  private let descriptor: Int32
  private var room: UInt64 = 0
  private let grant: (UInt64) throws -> Void

  /// - Parameters:
  ///   - descriptor: open for reading and writing, empty; it stays the caller's.
  ///   - grant: is asked before so many more bytes are made, and throws when that is too much.
  public init(descriptor: Int32, grant: @escaping (UInt64) throws -> Void = { _ in }) {
    self.descriptor = descriptor
    self.grant = grant
  }

  /// Asks for room: to be called with the length that a source declares, before a byte of it is
  /// made.
  public func reserve(_ byteCount: UInt64) throws {
    try grant(byteCount)
    room += byteCount
  }

  /// Adds bytes at the end, within what was reserved.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
    guard UInt64(bytes.count) <= room else {
      throw SystemCallError("pwrite", "spool", code: EFBIG)
    }
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      done += try retrying("pwrite", "spool") {
        pwrite(descriptor, rest.baseAddress, rest.count, off_t(byteCount) + off_t(done))
      }
    }
    byteCount += UInt64(bytes.count)
    room -= UInt64(bytes.count)
  }

  /// What was added since it had so many bytes.
  public func slice(from start: UInt64, name: String) -> FileSlice {
    FileSlice(
      descriptor: descriptor, name: name, offset: min(start, byteCount),
      byteCount: byteCount - min(start, byteCount))
  }
}
