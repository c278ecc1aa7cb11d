import Checksums

/// The index of a TensorFlow checkpoint, with sound blocks and checksums whatever its entries are.
public enum TableWriter {
  private static let magic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]

  /// A table of one data block. Entries stand in the order of their keys.
  public static func table(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
    let sorted = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    var table: [UInt8] = []
    let data = append(block(sorted), to: &table)
    let metaindex = append(block([]), to: &table)
    let index = append(block([(key: sorted.last?.key ?? [], value: data)]), to: &table)
    let handles = metaindex + index
    return table + handles + [UInt8](repeating: 0, count: 40 - handles.count) + magic
  }

  private static func block(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
    var block: [UInt8] = []
    for (key, value) in entries {
      block.append(0)
      block.append(varint: UInt64(key.count))
      block.append(varint: UInt64(value.count))
      block += key + value
    }
    // One restart, at the first entry: the others share no byte of their keys all the same.
    block.append(littleEndian: UInt32(0))
    block.append(littleEndian: UInt32(1))
    return block
  }

  /// Adds a block with its trailer; returns its handle.
  private static func append(_ block: [UInt8], to table: inout [UInt8]) -> [UInt8] {
    var handle: [UInt8] = []
    handle.append(varint: UInt64(table.count))
    handle.append(varint: UInt64(block.count))
    table += block + [0]
    table.append(littleEndian: CRC32C.masked(CRC32C.of(block + [0])))
    return handle
  }

  /// The same table with the checksum that each block has now, as far as its blocks can be found.
  public static func mended(_ table: [UInt8]) -> [UInt8] {
    guard table.count >= 48 else { return table }
    var table = table
    var footer = table[(table.count - 48)...]
    mend(handle(&footer), of: &table)
    let index = handle(&footer)
    if let index, index.upperBound <= table.count {
      // The entries of the index are handles of data blocks.
      var rest = table[index]
      for _ in 0..<100 {
        guard number(&rest) != nil, let key = number(&rest), let value = number(&rest),
          key <= UInt64(rest.count)
        else { break }
        rest = rest.dropFirst(Int(key))
        guard value <= UInt64(rest.count) else { break }
        var content = rest.prefix(Int(value))
        mend(handle(&content), of: &table)
        rest = rest.dropFirst(Int(value))
      }
    }
    mend(index, of: &table)
    return table
  }

  private static func handle(_ bytes: inout ArraySlice<UInt8>) -> Range<Int>? {
    guard let offset = number(&bytes), let size = number(&bytes), offset < 1 << 32,
      size < 1 << 32
    else { return nil }
    return Int(offset)..<Int(offset + size)
  }

  private static func mend(_ block: Range<Int>?, of table: inout [UInt8]) {
    guard let block, block.upperBound + 5 <= table.count else { return }
    let crc = CRC32C.of(Array(table[block.lowerBound...block.upperBound]))
    var bytes: [UInt8] = []
    bytes.append(littleEndian: CRC32C.masked(crc))
    table.replaceSubrange((block.upperBound + 1)..<(block.upperBound + 5), with: bytes)
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 63, let byte = bytes.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
