import Checksums
import Files

/// The file that a checkpoint's index is: LevelDB's table of sorted keys.
///
///     data blocks   metaindex block   index block   footer
///
///     footer: varint offset and size of the metaindex, the same of the index, zeros up to 40
///             bytes, and the magic number
///     block:  entries, u32 places of those whose keys are whole, u32 their number;
///             after its size: u8 compression, u32 masked CRC-32C of all before it
///     entry:  varint bytes that the key shares with the one before, varint bytes that it does
///             not, varint bytes of the value, the rest of the key, the value
///
/// https://github.com/google/leveldb/blob/main/doc/table_format.md and
/// https://github.com/tensorflow/tensorflow/blob/master/third_party/xla/xla/tsl/lib/io/format.h
struct SortedTable {
  static let footerBytes = 48
  static let magic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]

  private let file: FileSlice
  private let limits: TensorFlowLimits
  private let index: Block

  /// Reads the footer and the index.
  init(_ file: FileSlice, limits: TensorFlowLimits) throws {
    self.file = file
    self.limits = limits
    let footer = UInt64(Self.footerBytes)
    guard file.byteCount >= footer else {
      throw TensorFlowFormatError.truncated(
        location: file.name, needed: footer, available: file.byteCount)
    }
    let bytes = try file.bytes(at: file.byteCount - footer, count: Self.footerBytes)
    guard bytes.suffix(8).elementsEqual(Self.magic) else {
      throw TensorFlowFormatError.malformed(
        location: "\(file.name) footer", expected: "the magic number of a table",
        found: bytes.suffix(8).map { String($0, radix: 16) }.joined(separator: " "))
    }
    var cursor = TableCursor(bytes.prefix(40), location: "\(file.name) footer")
    // Of the metaindex TensorFlow writes and reads nothing.
    _ = try Handle(&cursor)
    index = try Self.block(try Handle(&cursor), of: file, limits: limits)
  }

  /// Calls for each entry in order. A block at a time is in memory.
  func forEachEntry(_ body: ([UInt8], ArraySlice<UInt8>) throws -> Void) throws {
    var last: [UInt8]?
    var lastOfIndex: [UInt8]?
    try index.forEachEntry { separator, value in
      try Self.check(separator, follows: lastOfIndex, in: index)
      lastOfIndex = separator
      var cursor = TableCursor(value, location: index.location)
      let block = try Self.block(try Handle(&cursor), of: file, limits: limits)
      try block.forEachEntry { key, value in
        try Self.check(key, follows: last, in: block)
        last = key
        try body(key, value)
      }
      // The key of the index is the block's last, or one that follows it.
      if let last, separator.lexicographicallyPrecedes(last) {
        throw block.malformed("keys up to that of the index", "a later one")
      }
    }
  }

  private static func check(_ key: [UInt8], follows last: [UInt8]?, in block: Block) throws {
    if let last, !last.lexicographicallyPrecedes(key) {
      throw block.malformed("keys in ascending order", "\(String(decoding: key, as: UTF8.self))")
    }
  }

  /// Where a block lies.
  private struct Handle {
    let offset: UInt64
    let size: UInt64

    init(_ cursor: inout TableCursor) throws {
      offset = try cursor.varint()
      size = try cursor.varint()
    }
  }

  private static func block(
    _ handle: Handle, of file: FileSlice, limits: TensorFlowLimits
  ) throws -> Block {
    let location = "\(file.name) block at \(handle.offset)"
    let available = file.byteCount - min(file.byteCount, handle.offset)
    let (needed, overflow) = handle.size.addingReportingOverflow(5)
    guard !overflow, needed <= available else {
      throw TensorFlowFormatError.truncated(
        location: location, needed: overflow ? .max : needed, available: available)
    }
    guard needed <= limits.blockBytes else {
      throw TensorFlowFormatError.limitExceeded(
        location: location, .blockBytes, allowed: limits.blockBytes, found: needed)
    }
    let bytes = try file.bytes(at: handle.offset, count: Int(needed))
    let checked = bytes.dropLast(4)
    let expected = CRC32C.unmasked(littleEndian(bytes.suffix(4)))
    let found = checked.withUnsafeBytes { CRC32C.of($0) }
    guard expected == found else {
      throw TensorFlowFormatError.malformed(
        location: location, expected: "bytes of CRC-32C \(String(expected, radix: 16))",
        found: "bytes of \(String(found, radix: 16))")
    }
    switch checked.last {
    case 0: return try Block(checked.dropLast(), location: location, limits: limits)
    case 1: throw TensorFlowFormatError.unsupported(location: location, .snappy)
    default:
      throw TensorFlowFormatError.malformed(
        location: location, expected: "a compression of 0 or 1",
        found: "\(checked.last ?? 0)")
    }
  }
}

/// A block of a table, in memory.
private struct Block {
  let location: String
  private let entries: ArraySlice<UInt8>
  private let restarts: ArraySlice<UInt8>
  private let limits: TensorFlowLimits

  init(_ bytes: ArraySlice<UInt8>, location: String, limits: TensorFlowLimits) throws {
    self.location = location
    self.limits = limits
    guard bytes.count >= 8 else {
      throw TensorFlowFormatError.truncated(
        location: location, needed: 8, available: UInt64(bytes.count))
    }
    let count = Int(littleEndian(bytes.suffix(4)))
    guard count >= 1, count <= (bytes.count - 4) / 4 else {
      throw TensorFlowFormatError.malformed(
        location: location, expected: "1 to \((bytes.count - 4) / 4) restarts", found: "\(count)")
    }
    let middle = bytes.endIndex - 4 - 4 * count
    entries = bytes[..<middle]
    restarts = bytes[middle..<(bytes.endIndex - 4)]
  }

  func malformed(_ expected: String, _ found: String) -> TensorFlowFormatError {
    .malformed(location: location, expected: expected, found: found)
  }

  /// Calls for each entry. Every place that the block lists must be of one with a whole key.
  func forEachEntry(_ body: ([UInt8], ArraySlice<UInt8>) throws -> Void) throws {
    var cursor = TableCursor(entries, location: location)
    var restarts = restarts
    var key: [UInt8] = []
    if entries.isEmpty {
      guard littleEndian(restarts) == 0, restarts.count == 4 else {
        throw malformed("a restart at 0", "another")
      }
      return
    }
    while !cursor.isAtEnd {
      let isRestart = !restarts.isEmpty && Int(littleEndian(restarts)) == cursor.offset
      if isRestart { restarts = restarts.dropFirst(4) }
      let shared = try cursor.varint()
      let rest = try cursor.count()
      let value = try cursor.count()
      guard shared <= UInt64(isRestart ? 0 : key.count) else {
        throw malformed("at most \(isRestart ? 0 : key.count) shared bytes", "\(shared)")
      }
      key.removeSubrange(Int(shared)...)
      key += try cursor.take(rest)
      guard UInt64(key.count) <= limits.nameBytes else {
        throw TensorFlowFormatError.limitExceeded(
          location: location, .keyBytes, allowed: limits.nameBytes, found: UInt64(key.count))
      }
      try body(key, try cursor.take(value))
    }
    guard restarts.isEmpty else {
      throw malformed("restarts at entries in order", "one at \(littleEndian(restarts))")
    }
  }
}

/// Reads the numbers of a table from bytes.
struct TableCursor {
  private var rest: ArraySlice<UInt8>
  private let start: Int
  private let location: String

  init(_ bytes: ArraySlice<UInt8>, location: String) {
    rest = bytes
    start = bytes.startIndex
    self.location = location
  }

  var isAtEnd: Bool { rest.isEmpty }
  /// The bytes before it.
  var offset: Int { rest.startIndex - start }

  /// A number of at most 64 bits, seven to a byte, the lowest first.
  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst() {
      if shift == 63, byte > 1 {
        throw TensorFlowFormatError.malformed(
          location: location, expected: "a varint of 64 bits", found: "more")
      }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw TensorFlowFormatError.truncated(location: location, needed: 1, available: 0)
  }

  /// A number of bytes that must be there.
  mutating func count() throws -> Int {
    let number = try varint()
    guard let count = Int(exactly: number), count <= rest.count else {
      throw TensorFlowFormatError.truncated(
        location: location, needed: number, available: UInt64(rest.count))
    }
    return count
  }

  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count <= rest.count else {
      throw TensorFlowFormatError.truncated(
        location: location, needed: UInt64(count), available: UInt64(rest.count))
    }
    let taken = rest.prefix(count)
    rest = rest.dropFirst(count)
    return taken
  }
}

/// The number in the first four bytes, or in as many as there are.
func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
}
