import Checksums
import Files

/// The index of a checkpoint whose tensors' bytes have become others, as many in the same places:
/// all that changes are checksums.
public enum BundleIndex {
  /// The index with other checksums.
  ///
  /// - Parameters:
  ///   - index: `PREFIX.index`, as some program wrote it.
  ///   - checksums: the CRC-32C of tensors' bytes by their keys, without TensorFlow's mask.
  /// - Throws: `TensorFlowFormatError` for an index that is none, a key that it does not have, or
  ///   one of a tensor in slices; `SystemCallError`.
  public static func bytes(
    of index: [UInt8], with checksums: [String: UInt32]
  ) throws -> [UInt8] {
    let file = try OpenFile.inMemory("variables.index")
    try file.write(index)
    var missing = checksums
    var writer = SortedTableWriter()
    try SortedTable(file.slice(), limits: TensorFlowLimits()).forEachEntry { key, value in
      guard let name = String(validating: key, as: UTF8.self),
        let checksum = missing.removeValue(forKey: name)
      else { return writer.append(key: key, value: Array(value)) }
      writer.append(key: key, value: try entry(value, with: checksum, of: name))
    }
    if let name = missing.keys.min() {
      throw TensorFlowFormatError.malformed(
        location: "variables.index \(name)", expected: "an entry", found: "none")
    }
    return writer.finish()
  }

  /// A `BundleEntryProto` with another checksum, in its field 6. The rest stays byte for byte.
  private static func entry(
    _ value: ArraySlice<UInt8>, with checksum: UInt32, of name: String
  ) throws -> [UInt8] {
    let location = "variables.index \(name)"
    var cursor = TableCursor(value, location: location)
    var entry = Array(value)
    var isFound = false
    while !cursor.isAtEnd {
      let tag = try cursor.varint()
      let start = cursor.offset
      _ = try cursor.take(try byteCount(ofField: tag, &cursor, location))
      switch (tag >> 3, tag & 7) {
      case (6, 5):
        let masked = withUnsafeBytes(of: CRC32C.masked(checksum).littleEndian) { Array($0) }
        entry.replaceSubrange(start..<(start + masked.count), with: masked)
        isFound = true
      case (7, _):
        throw TensorFlowFormatError.malformed(
          location: location, expected: "a tensor in one piece", found: "slices")
      default: break
      }
    }
    guard isFound else {
      throw TensorFlowFormatError.malformed(
        location: location, expected: "a checksum", found: "none")
    }
    return entry
  }

  /// The bytes of a field behind its tag, or behind its length where it has one.
  /// https://protobuf.dev/programming-guides/encoding/
  private static func byteCount(
    ofField tag: UInt64, _ cursor: inout TableCursor, _ location: String
  ) throws -> Int {
    switch tag & 7 {
    case 0:
      _ = try cursor.varint()
      return 0
    case 1: return 8
    case 2: return try cursor.count()
    case 5: return 4
    default:
      throw TensorFlowFormatError.malformed(
        location: location, expected: "a field", found: "wire type \(tag & 7)")
    }
  }
}
