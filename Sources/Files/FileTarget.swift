import CLinux
import Glibc
import Synchronization

/// A file that several threads write at once, each at its own offsets. The file that it was made
/// of must stay open meanwhile.
///
/// They take turns: the kernel lets one at a time write to a file, and lets the others spin.
public final class FileTarget: Sendable {
  private let descriptor: Int32
  private let path: String
  private let turn = Mutex(())

  public init(_ file: borrowing OpenFile) {
    descriptor = file.descriptor
    path = file.path
  }

  /// Writes all bytes at an offset.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemCallError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      done += try retrying("pwrite", path) {
        turn.withLock { _ in
          pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
        }
      }
    }
  }

  /// Copies bytes of a file to an offset, within the kernel. `false` where it cannot do that: the
  /// bytes are then to be written.
  public func copy(
    _ count: Int, from source: borrowing OpenFile, at sourceOffset: UInt64, to offset: UInt64
  ) -> Bool {
    var (from, to, rest) = (Int(sourceOffset), Int(offset), count)
    while rest > 0 {
      let input = source.descriptor
      let copied = turn.withLock { _ in
        copy_file_range(input, &from, descriptor, &to, UInt(rest), 0)
      }
      guard copied > 0 else { return false }
      rest -= copied
    }
    return true
  }
}
