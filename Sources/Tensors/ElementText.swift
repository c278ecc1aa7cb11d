/// The elements of tensors as JSON has numbers: as few digits as give the same element back;
/// `NaN`, `Infinity` and `-Infinity` as Python's `json` spells them; complex numbers as pairs.
public enum ElementText {
  /// The text of the element that begins at an offset.
  ///
  /// - Precondition: all its bytes are there.
  public static func text(of dtype: DType, in bytes: UnsafeRawBufferPointer, at offset: Int)
    -> String
  {
    func load<Value: FixedWidthInteger>(_ type: Value.Type, _ place: Int = 0) -> Value {
      Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: type))
    }
    func float(_ place: Int) -> String { text(Float(bitPattern: load(UInt32.self, place))) }
    func double(_ place: Int) -> String { text(Double(bitPattern: load(UInt64.self, place))) }
    return switch dtype {
    case .bool: load(UInt8.self) == 0 ? "false" : "true"
    case .int4, .int8: String(load(Int8.self))
    case .int16: String(load(Int16.self))
    case .int32: String(load(Int32.self))
    case .int64: String(load(Int64.self))
    case .uint4, .uint8: String(load(UInt8.self))
    case .uint16: String(load(UInt16.self))
    case .uint32: String(load(UInt32.self))
    case .uint64: String(load(UInt64.self))
    case .float8E4M3FN: text(float8(load(UInt8.self), mantissaBits: 3))
    case .float8E5M2: text(float8(load(UInt8.self), mantissaBits: 2))
    case .bfloat16: text(Float(bitPattern: UInt32(load(UInt16.self)) << 16))
    case .float16: text(half(load(UInt16.self)))
    case .float32: float(0)
    case .float64: double(0)
    case .complex64: "[\(float(0)), \(float(4))]"
    case .complex128: "[\(double(0)), \(double(8))]"
    }
  }

  private static func text(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value.sign == .minus ? "-Infinity" : "Infinity" }
    return value.description
  }

  /// IEEE 754 binary16. Swift has no `Float16` on every machine.
  private static func half(_ bits: UInt16) -> Float {
    small(
      sign: bits >> 15, exponent: Int(bits >> 10 & 0x1F), mantissa: Int(bits & 0x3FF),
      mantissaBits: 10, bias: 15, hasInfinity: true)
  }

  /// E4M3FN has no infinities, and one NaN of each sign; E5M2 is a short binary16.
  /// https://arxiv.org/abs/2209.05433
  private static func float8(_ bits: UInt8, mantissaBits: Int) -> Float {
    let isE5M2 = mantissaBits == 2
    let exponent = Int(bits >> UInt8(mantissaBits)) & (isE5M2 ? 0x1F : 0xF)
    let mantissa = Int(bits) & ((1 << mantissaBits) - 1)
    if !isE5M2, exponent == 15, mantissa == 7 { return .nan }
    return small(
      sign: UInt16(bits >> 7), exponent: exponent, mantissa: mantissa, mantissaBits: mantissaBits,
      bias: isE5M2 ? 15 : 7, hasInfinity: isE5M2)
  }

  private static func small(
    sign: UInt16, exponent: Int, mantissa: Int, mantissaBits: Int, bias: Int, hasInfinity: Bool
  ) -> Float {
    let unit = Float(sign: sign == 0 ? .plus : .minus, exponent: 0, significand: 1)
    if hasInfinity, exponent == 31 { return mantissa == 0 ? unit * .infinity : .nan }
    let scale = Float(sign: .plus, exponent: max(exponent, 1) - bias - mantissaBits, significand: 1)
    return unit * Float(mantissa + (exponent == 0 ? 0 : 1 << mantissaBits)) * scale
  }
}
