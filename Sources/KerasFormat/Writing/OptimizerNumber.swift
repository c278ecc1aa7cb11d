import Tensors

/// The bytes of single numbers: little-endian, as blobs have them.
enum OptimizerNumber {
  /// An integer, also one that was saved as a floating-point number, as Keras 1 did.
  static func integer(_ bytes: [UInt8], as dtype: DType) -> Int64? {
    guard bytes.count == dtype.byteWidth else { return nil }
    let bits = bits(bytes)
    return switch dtype {
    case .int8: Int64(Int8(truncatingIfNeeded: bits))
    case .int16: Int64(Int16(truncatingIfNeeded: bits))
    case .int32: Int64(Int32(truncatingIfNeeded: bits))
    case .int64: Int64(truncatingIfNeeded: bits)
    case .uint8, .uint16, .uint32, .uint64: Int64(exactly: bits)
    default: real(bytes, as: dtype).flatMap { Int64(exactly: $0) }
    }
  }

  /// A floating-point number.
  static func real(_ bytes: [UInt8], as dtype: DType) -> Double? {
    guard bytes.count == dtype.byteWidth else { return nil }
    let bits = bits(bytes)
    return switch dtype {
    case .float16: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: Double(bitPattern: bits)
    default: nil
    }
  }

  static func bytes(_ value: Int64) -> [UInt8] { bytes(UInt64(bitPattern: value), count: 8) }

  static func bytes(_ value: Int32) -> [UInt8] {
    bytes(UInt64(UInt32(bitPattern: value)), count: 4)
  }

  /// A number in a floating-point type, rounded to it; `nil` for other types.
  static func bytes(_ value: Double, as dtype: DType) -> [UInt8]? {
    switch dtype {
    case .float16: bytes(UInt64(Float16(value).bitPattern), count: 2)
    case .bfloat16: bytes(UInt64(bfloat16(Float(value))), count: 2)
    case .float32: bytes(UInt64(Float(value).bitPattern), count: 4)
    case .float64: bytes(value.bitPattern, count: 8)
    default: nil
    }
  }

  /// Rounds to the nearest, ties to even, as TensorFlow does.
  private static func bfloat16(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7FC0 }
    let bits = value.bitPattern
    let rounding = 0x7FFF + (bits >> 16 & 1)
    return UInt16(truncatingIfNeeded: (bits &+ rounding) >> 16)
  }

  private static func bits(_ bytes: [UInt8]) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ bits: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
  }

  /// Nadam's product of momentums after some steps, in float32 as Keras 3 makes it step by step
  /// (`_backend_update_step` of keras/src/optimizers/nadam.py).
  static func momentumProduct(beta: Double, steps: Int64) -> Float {
    var product: Float = 1
    var decay = 1.0
    // After these, `0.5 * 0.96 ** t` is nothing beside 1.
    let slow = min(max(0, steps), 1000)
    for _ in 0..<slow {
      decay *= 0.96
      product = product * Float(beta) * (1 - 0.5 * Float(decay))
    }
    var power = 1.0
    var square = Double(Float(beta))
    var rest = max(0, steps) - slow
    while rest > 0 {
      if rest & 1 == 1 { power *= square }
      square *= square
      rest >>= 1
    }
    return Float(Double(product) * power)
  }
}
