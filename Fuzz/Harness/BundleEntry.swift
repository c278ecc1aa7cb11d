import Checksums

/// The value of a tensor in a checkpoint's index, `BundleEntryProto`.
public enum BundleEntry {
  /// The value with the right checksum of the bytes that it means, if there are such; the last of
  /// a field that is there twice counts.
  public static func mended(_ value: [UInt8], shard: [UInt8]) -> [UInt8] {
    var rest = value[...]
    var numbers: [UInt64: UInt64] = [:]
    while let tag = varint(&rest) {
      switch tag & 7 {
      case 0: numbers[tag >> 3] = varint(&rest)
      case 2: rest = rest.dropFirst(Int(clamping: varint(&rest) ?? 0))
      case 5: rest = rest.dropFirst(4)
      default: return value
      }
    }
    let offset = numbers[4] ?? 0
    let size = numbers[5] ?? 0
    guard offset <= UInt64(shard.count), size <= UInt64(shard.count) - offset else { return value }
    return value + checksum(of: Array(shard[Int(offset)..<Int(offset + size)]))
  }

  /// The value for a tensor of one string, and that string's bytes as a shard has them.
  public static func string(_ text: [UInt8]) -> (value: [UInt8], shard: [UInt8]) {
    var length: [UInt8] = []
    length.append(littleEndian: UInt32(text.count))
    var head: [UInt8] = []
    head.append(littleEndian: CRC32C.masked(CRC32C.of(length)))
    var shard: [UInt8] = []
    shard.append(varint: UInt64(text.count))
    shard += head + text
    // The type is string, and the shape has no dimensions.
    var value: [UInt8] = [0x08, 7, 0x12, 0, 0x28]
    value.append(varint: UInt64(shard.count))
    return (value + checksum(of: length + head + text), shard)
  }

  /// The field `crc32c`.
  private static func checksum(of bytes: [UInt8]) -> [UInt8] {
    var field: [UInt8] = [0x35]
    field.append(littleEndian: CRC32C.masked(CRC32C.of(bytes)))
    return field
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 70, let byte = bytes.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
