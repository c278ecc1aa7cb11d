import CZstd

/// How a compressor of Zstandard's looks for what repeats.
enum CompressionLevel: Hashable {
  /// Not at all: the bytes are only coded by their frequency.
  case entropyOnly
  /// A level of libzstd's.
  case level(Int32)
}

/// Makes frames of Zstandard's (RFC 8878) with one setting, one after another.
final class Compressor {
  private let context: OpaquePointer

  init(_ level: CompressionLevel) throws(CodecError) {
    guard let context = ZSTD_createCCtx() else { throw .outOfMemory }
    self.context = context
    switch level {
    case .level(let level): set(ZSTD_c_compressionLevel, level)
    case .entropyOnly:
      // The fastest strategy, with steps of a block between the places where it looks for a match.
      set(ZSTD_c_compressionLevel, -1)
      set(ZSTD_c_targetLength, Int32(ZSTD_BLOCKSIZE_MAX))
      // That level would store the bytes. A library without the setting has level 1 instead.
      if ZSTD_isError(czstd_always_code_literals(context)) != 0 {
        set(ZSTD_c_targetLength, 0)
        set(ZSTD_c_compressionLevel, 1)
      }
    }
  }

  deinit { ZSTD_freeCCtx(context) }

  /// All settings of ours are in the bounds that every library has.
  private func set(_ parameter: ZSTD_cParameter, _ value: Int32) {
    _ = ZSTD_CCtx_setParameter(context, parameter, value)
  }

  /// Makes one frame, and says how long it is; nil when it does not fit. Behind a prefix, which a
  /// decoder needs as well, what repeats in it costs little.
  func compress(
    _ bytes: UnsafeRawBufferPointer, behind prefix: UnsafeRawBufferPointer? = nil,
    into frame: UnsafeMutableRawBufferPointer
  ) -> Int? {
    if let prefix {
      // All of the prefix has to lie in the window; a level's own may be shorter.
      set(ZSTD_c_windowLog, Self.windowLog)
      guard ZSTD_isError(ZSTD_CCtx_refPrefix(context, prefix.baseAddress, prefix.count)) == 0
      else { return nil }
    }
    let count = ZSTD_compress2(
      context, frame.baseAddress, frame.count, bytes.baseAddress, bytes.count)
    return ZSTD_isError(count) == 0 ? Int(count) : nil
  }

  /// A chunk and a base's chunk.
  private static let windowLog: Int32 = 21

  /// A frame of so many bytes always fits in this.
  static func largestFrame(of byteCount: Int) -> Int { Int(ZSTD_compressBound(byteCount)) }
}

/// Decodes frames of Zstandard's, whoever made them.
final class Decompressor {
  private let context: OpaquePointer

  init() throws(CodecError) {
    guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Fills all of `bytes` from one frame. Takes no memory, whatever the frame says of itself.
  func decompress(
    _ frame: UnsafeRawBufferPointer, behind prefix: UnsafeRawBufferPointer? = nil,
    into bytes: UnsafeMutableRawBufferPointer
  ) throws(CodecError) {
    try requireOneFrame(frame)
    if let prefix {
      try check(ZSTD_DCtx_refPrefix(context, prefix.baseAddress, prefix.count))
    }
    let count = try check(
      ZSTD_decompressDCtx(context, bytes.baseAddress, bytes.count, frame.baseAddress, frame.count))
    guard count == bytes.count else {
      throw .frameLengthWrong(expected: bytes.count, found: count)
    }
  }

  /// libzstd would also decode several frames, skip some, and read formats from before version 1,
  /// by code that is little used since.
  private func requireOneFrame(_ frame: UnsafeRawBufferPointer) throws(CodecError) {
    guard frame.count >= 4 else { throw .truncated(needed: 4, available: frame.count) }
    let magic = UInt32(littleEndian: frame.loadUnaligned(as: UInt32.self))
    guard magic == ZSTD_MAGICNUMBER else { throw .frameDamaged(reason: "No frame") }
    let count = try check(ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count))
    guard count == frame.count else {
      throw .excessBytes(expected: count, available: frame.count)
    }
  }

  @discardableResult
  private func check(_ result: Int) throws(CodecError) -> Int {
    guard ZSTD_isError(result) == 0 else {
      throw .frameDamaged(reason: String(cString: ZSTD_getErrorName(result)))
    }
    return result
  }
}
