import Glibc

/// Memory that is used for one chunk after another. It is not cleared.
final class ScratchMemory {
  let start: UnsafeMutableRawPointer
  private let byteCount: Int

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  init(byteCount: Int) throws(CodecError) {
    guard let start = aligned_alloc(Self.alignment, byteCount.roundedUp(to: Self.alignment)) else {
      throw .outOfMemory
    }
    self.start = start
    self.byteCount = byteCount
  }

  deinit { free(start) }

  /// A line of the processor's cache.
  private static let alignment = 64
}

extension Int {
  /// The smallest multiple of a number that is not less. Of lengths that fit in memory only.
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
