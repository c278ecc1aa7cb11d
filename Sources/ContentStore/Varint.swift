/// Numbers in as few bytes as they need, seven bits in each, the lowest first: unsigned LEB128.
enum Varint {
  private static let mostByteCount = 10

  static func encoded(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// Takes the number that some bytes begin with; `nil` when there is none, or it has more bytes
  /// than it needs.
  static func taken(from bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for place in 0..<mostByteCount {
      guard let byte = bytes.popFirst() else { return nil }
      let part = UInt64(byte & 0x7F)
      // Of the last byte there is one bit left.
      guard place < mostByteCount - 1 || part <= 1 else { return nil }
      value |= part << (7 * UInt64(place))
      if byte < 0x80 { return part == 0 && place > 0 ? nil : value }
    }
    return nil
  }
}
