/// Writes the fields of a protobuf message. As in proto3, numbers and texts that are the default
/// are left out; messages are not.
/// https://protobuf.dev/programming-guides/encoding/
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  /// A number of any width; a signed one is sign-extended first.
  mutating func append(_ value: UInt64, number: UInt64) {
    guard value != 0 else { return }
    append(member: value, number: number)
  }

  mutating func append(_ text: String, number: UInt64) {
    guard !text.isEmpty else { return }
    append(member: text, number: number)
  }

  /// A message.
  mutating func append(_ message: [UInt8], number: UInt64) {
    append(number << 3 | 2)
    append(UInt64(message.count))
    bytes += message
  }

  /// A number of 32 bits in 4 bytes.
  mutating func append(fixed value: UInt32, number: UInt64) {
    guard value != 0 else { return }
    append(number << 3 | 5)
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// Numbers in one field, without which there are none.
  mutating func append(packed values: [UInt64], number: UInt64) {
    guard !values.isEmpty else { return }
    var packed = WireWriter()
    for value in values { packed.append(value) }
    append(packed.bytes, number: number)
  }

  /// Real numbers in one field, without which there are none.
  mutating func append(packed values: [Float], number: UInt64) {
    guard !values.isEmpty else { return }
    append(
      values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) },
      number: number)
  }

  // MARK: Members

  // The chosen member of a `oneof` and the elements of a list are there when they are the default,
  // too.

  mutating func append(member value: UInt64, number: UInt64) {
    append(number << 3)
    append(value)
  }

  mutating func append(member flag: Bool, number: UInt64) {
    append(member: flag ? UInt64(1) : 0, number: number)
  }

  mutating func append(member value: Float, number: UInt64) {
    append(number << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func append(member text: String, number: UInt64) {
    append(Array(text.utf8), number: number)
  }

  // MARK: Maps

  /// A map, an entry for each key, in the order of the keys' bytes.
  mutating func append(map: [(key: String, value: [UInt8])], number: UInt64) {
    let sorted = map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (key, value) in sorted {
      var entry = WireWriter()
      entry.append(member: key, number: 1)
      entry.append(value, number: 2)
      append(entry.bytes, number: number)
    }
  }

  // MARK: Numbers

  /// Seven bits to a byte, the lowest first.
  static func varint(_ number: UInt64) -> [UInt8] {
    var writer = WireWriter()
    writer.append(number)
    return writer.bytes
  }

  private mutating func append(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
