/// Bytes of formats that a harness puts together, so that mutations need not guess lengths and
/// checksums.
extension [UInt8] {
  /// A number in its width, the lowest byte first.
  public mutating func append(littleEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// A number with seven bits to a byte, the lowest first.
  public mutating func append(varint number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// The number in the first four bytes, or in as many as there are.
  public var littleEndian32: UInt32 { prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }
}
