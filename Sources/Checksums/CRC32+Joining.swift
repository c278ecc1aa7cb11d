extension CRC32 {
  /// The CRC of bytes and others behind them, by the CRCs of both and the number of the others.
  ///
  /// To put a byte behind others multiplies their CRC, taken as a polynomial, by x to the 8th; the
  /// CRC of the bytes behind is then added. The inversions before and after cancel out.
  public static func joined(_ first: UInt32, _ second: UInt32, byteCount: UInt64) -> UInt32 {
    Polynomial.product(first, Polynomial.powerOfX(bytes: byteCount)) ^ second
  }
}

/// Polynomials over the field of two elements, modulo that of the CRC. The coefficient of the
/// highest power of x, the 31st, is the lowest bit.
private enum Polynomial {
  private static let modulus: UInt32 = 0xEDB8_8320
  private static let one: UInt32 = 1 << 31
  /// x to the 8th.
  private static let byte: UInt32 = 1 << 23

  static func product(_ one: UInt32, _ other: UInt32) -> UInt32 {
    var product: UInt32 = 0
    // `one`, times x to the power that the bit of `other` stands for.
    var shifted = one
    for bit in (0..<32).reversed() {
      if other >> UInt32(bit) & 1 == 1 { product ^= shifted }
      shifted = shifted & 1 == 1 ? shifted >> 1 ^ modulus : shifted >> 1
    }
    return product
  }

  /// x to the power of eight times a number.
  static func powerOfX(bytes count: UInt64) -> UInt32 {
    var power = one
    var square = byte
    var rest = count
    while rest > 0 {
      if rest & 1 == 1 { power = product(power, square) }
      square = product(square, square)
      rest >>= 1
    }
    return power
  }
}
