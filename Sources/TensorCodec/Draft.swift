/// Coded bytes as they are being written. The memory is enough for every chunk.
struct Draft {
  private let memory: ScratchMemory
  private(set) var byteCount = 0

  init() throws(CodecError) {
    // What a compressor may write before it turns out longer than what it was given.
    memory = try ScratchMemory(
      byteCount: Compressor.largestFrame(of: Chunk.byteCount) + Planes.largestMaskByteCount + 1024)
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<byteCount]) }

  /// What is not written yet.
  var free: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory.bytes[byteCount...])
  }

  mutating func clear() { byteCount = 0 }

  /// Takes in what was written into `free`.
  mutating func advance(by count: Int) { byteCount += count }

  /// Where a part's frame is written, behind its head.
  var freeForFrame: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: free[PartForm.frameHeadByteCount...])
  }

  /// Takes in a frame that was written into `freeForFrame`, with its head.
  mutating func appendFrame(byteCount: Int) {
    let head = byteCount << PartForm.bitCount | Int(PartForm.frame.rawValue)
    for place in 0..<PartForm.frameHeadByteCount {
      append(UInt8(truncatingIfNeeded: head >> (8 * place)))
    }
    advance(by: byteCount)
  }

  mutating func append(_ byte: UInt8) {
    memory.bytes[byteCount] = byte
    byteCount += 1
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    free.copyMemory(from: bytes)
    byteCount += bytes.count
  }
}
