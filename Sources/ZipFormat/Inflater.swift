import CZlib

/// A running decompression of a raw deflate stream (RFC 1951), by zlib.
struct Inflater: ~Copyable {
  /// Why it cannot go on.
  enum Failure: Error {
    case badData
    case noMemory
  }

  // zlib keeps a pointer back to it, so that it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isAtEnd = false

  init() throws(Failure) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard czlib_inflate_init_raw(stream) == Z_OK else {
      stream.deallocate()
      throw .noMemory
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Inflates from the beginning of `input` to that of `output`, as much as there is and fits, up
  /// to the stream's end; says how many bytes it took and made.
  mutating func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> (taken: Int, made: Int) {
    let taken = UInt32(clamping: input.count)
    let made = UInt32(clamping: output.count)
    // It does not write to the input, though it does not declare that.
    stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
      .assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = taken
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = made
    switch CZlib.inflate(stream, Z_NO_FLUSH) {
    // It can neither take nor make more: the caller sees that by the numbers.
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isAtEnd = true
    case Z_MEM_ERROR: throw .noMemory
    default: throw .badData
    }
    return (Int(taken - stream.pointee.avail_in), Int(made - stream.pointee.avail_out))
  }
}
