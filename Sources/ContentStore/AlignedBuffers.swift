import Synchronization

/// Page-aligned buffers, reused: filling fresh memory costs as much as writing it.
final class AlignedBuffers: Sendable {
  /// Four mebibytes: the size at which direct writes are fastest.
  static let byteCount = 4 << 20
  static let alignment = 4096

  private struct Buffer: @unchecked Sendable {
    // Owned by the pool or by the one borrower that took it out.
    let bytes: UnsafeMutableRawBufferPointer
  }

  private let free = Mutex<[Buffer]>([])

  deinit {
    free.withLock { $0.forEach { $0.bytes.deallocate() } }
  }

  /// A buffer that is the caller's until it is given back.
  func take() -> UnsafeMutableRawBufferPointer {
    free.withLock { $0.popLast() }?.bytes
      ?? .allocate(byteCount: Self.byteCount, alignment: Self.alignment)
  }

  func giveBack(_ buffer: UnsafeMutableRawBufferPointer) {
    let buffer = Buffer(bytes: buffer)
    free.withLock { $0.append(buffer) }
  }
}
