/// Writes the fields of a protobuf message. As in proto3, numbers and texts that are the default
/// are left out; messages are not.
/// https://protobuf.dev/programming-guides/encoding/
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  /// A number of any width; a signed one is sign-extended first.
  mutating func append(_ value: UInt64, number: UInt64) {
    guard value != 0 else { return }
    bytes += Self.varint(number << 3)
    bytes += Self.varint(value)
  }

  mutating func append(_ text: String, number: UInt64) {
    guard !text.isEmpty else { return }
    append(Array(text.utf8), number: number)
  }

  /// A message.
  mutating func append(_ message: [UInt8], number: UInt64) {
    bytes += Self.varint(number << 3 | 2)
    bytes += Self.varint(UInt64(message.count))
    bytes += message
  }

  /// A number of 32 bits in 4 bytes.
  mutating func append(fixed value: UInt32, number: UInt64) {
    guard value != 0 else { return }
    bytes += Self.varint(number << 3 | 5)
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// Seven bits to a byte, the lowest first.
  static func varint(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
