import Glibc

/// Memory that is used for one chunk after another. It is not cleared.
final class ScratchMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) throws(CodecError) {
    guard let start = aligned_alloc(Self.alignment, byteCount.roundedUp(to: Self.alignment)) else {
      throw .outOfMemory
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit { free(bytes.baseAddress) }

  /// A line of the processor's cache.
  private static let alignment = 64
}

extension Int {
  /// The smallest multiple of a number that is not less. Of lengths that fit in memory only.
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
