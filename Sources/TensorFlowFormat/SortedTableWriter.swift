import Checksums

/// Writes a table of sorted keys (`SortedTable`), byte for byte as TensorFlow does.
/// third_party/xla/xla/tsl/lib/io/table_builder.cc of https://github.com/tensorflow/tensorflow
struct SortedTableWriter {
  /// A block ends with the entry that reaches so many bytes.
  private static let blockByteCount = 262_144

  private var file: [UInt8] = []
  private var block = BlockWriter(restartInterval: 16)
  private var index = BlockWriter(restartInterval: 1)
  /// Where the last block lies, as long as the index does not have it: its key there depends on
  /// the first one of the next block.
  private var pending: [UInt8]?
  private var lastKey: [UInt8] = []

  /// Adds an entry. Its key has to follow that of the one before.
  mutating func append(key: [UInt8], value: [UInt8]) {
    if let handle = pending {
      index.append(key: Self.shortSeparator(from: lastKey, to: key), value: handle)
      pending = nil
    }
    block.append(key: key, value: value)
    lastKey = key
    if block.byteCount >= Self.blockByteCount {
      pending = write(block)
      block = BlockWriter(restartInterval: 16)
    }
  }

  /// The file.
  mutating func finish() -> [UInt8] {
    if !block.isEmpty { pending = write(block) }
    // The metaindex has nothing in it.
    let metaindex = write(BlockWriter(restartInterval: 16))
    if let pending {
      index.append(key: Self.shortSuccessor(of: lastKey), value: pending)
    }
    var footer = metaindex + write(index)
    footer += repeatElement(0, count: SortedTable.footerBytes - 8 - footer.count)
    return file + footer + SortedTable.magic
  }

  /// Writes a block, its compression, which is none, and the checksum of both.
  ///
  /// - Returns: where it lies, as other blocks and the footer have it.
  private mutating func write(_ block: BlockWriter) -> [UInt8] {
    let bytes = block.bytes
    let handle = WireWriter.varint(UInt64(file.count)) + WireWriter.varint(UInt64(bytes.count))
    let checked = bytes + [0]
    file += checked
    withUnsafeBytes(of: CRC32C.masked(CRC32C.of(checked)).littleEndian) { file += $0 }
    return handle
  }

  /// A short key that is not before `key` and is before `next`.
  private static func shortSeparator(from key: [UInt8], to next: [UInt8]) -> [UInt8] {
    let shared = zip(key, next).prefix { $0 == $1 }.count
    guard shared < min(key.count, next.count), key[shared] < 0xFF, key[shared] + 1 < next[shared]
    else { return key }
    return key[..<shared] + [key[shared] + 1]
  }

  /// A short key that is not before `key`.
  private static func shortSuccessor(of key: [UInt8]) -> [UInt8] {
    guard let place = key.firstIndex(where: { $0 != 0xFF }) else { return key }
    return key[..<place] + [key[place] + 1]
  }
}

/// A block of a table. A key is stored without what it shares with the one before it, but for
/// every so many, from which reading can start.
private struct BlockWriter {
  private let restartInterval: Int
  private var entries: [UInt8] = []
  private var restarts: [UInt32] = [0]
  private var entriesSinceRestart = 0
  private var lastKey: [UInt8] = []

  init(restartInterval: Int) { self.restartInterval = restartInterval }

  var isEmpty: Bool { entries.isEmpty }

  /// Of `bytes`.
  var byteCount: Int { entries.count + 4 * restarts.count + 4 }

  var bytes: [UInt8] {
    var bytes = entries
    for number in restarts + [UInt32(truncatingIfNeeded: restarts.count)] {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    return bytes
  }

  mutating func append(key: [UInt8], value: [UInt8]) {
    var shared = 0
    if entriesSinceRestart < restartInterval {
      shared = zip(lastKey, key).prefix { $0 == $1 }.count
    } else {
      restarts.append(UInt32(truncatingIfNeeded: entries.count))
      entriesSinceRestart = 0
    }
    for length in [shared, key.count - shared, value.count] {
      entries += WireWriter.varint(UInt64(length))
    }
    entries += key[shared...]
    entries += value
    lastKey = key
    entriesSinceRestart += 1
  }
}
