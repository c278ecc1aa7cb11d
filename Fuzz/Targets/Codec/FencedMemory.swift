import Glibc
import TensorCodec

/// Memory behind which lies a page that ends the process when it is touched.
struct FencedMemory: @unchecked Sendable {
  // libFuzzer calls from one thread only.
  static let coded = FencedMemory()
  static let base = FencedMemory()
  static let chunk = FencedMemory()

  private static let byteCount = 2 * Chunk.byteCount
  private let end: UnsafeMutableRawPointer

  private init() {
    let fence = 1 << 16
    let start = mmap(
      nil, Self.byteCount + fence, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start, start != MAP_FAILED, mprotect(start + Self.byteCount, fence, PROT_NONE) == 0
    else { fatalError("mmap: errno \(errno)") }
    end = start + Self.byteCount
  }

  /// The last bytes of it, which are what they were before.
  func last(_ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: end - count, count: count)
  }

  func filled(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let memory = last(bytes.count)
    memory.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(memory)
  }
}
