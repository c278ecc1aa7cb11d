import Checksums
import Files
import Tensors

/// How TensorFlow stores strings: a varint with the length of each; the masked CRC-32C of the
/// lengths, taken over each as u32, or as u64 when it is larger; the strings' bytes. The entry's
/// own CRC is over the lengths as those numbers, the stored CRC and the strings.
/// tensorflow/core/util/tensor_bundle/tensor_bundle.cc of
/// https://github.com/tensorflow/tensorflow
extension TensorBundle {
  /// The elements of a tensor of strings, held against their checksums.
  public func strings(of entry: Entry) throws -> [[UInt8]] {
    try stringSlices(of: entry).map { slice in
      try slice.bytes(at: 0, count: Int(slice.byteCount))
    }
  }

  /// Where the elements of a tensor of strings lie, held against their checksums.
  func stringSlices(of entry: Entry) throws -> [FileSlice] {
    guard entry.elements == .strings, let part = entry.parts.first,
      let count = entry.shape.elementCount
    else {
      throw TensorFlowFormatError.malformed(
        location: "\(name) \(entry.key)", expected: "strings", found: "\(entry.elements)")
    }
    let file = try file(of: part, entry)
    // A length takes a byte at least.
    guard UInt64(count) <= file.byteCount else {
      throw TensorFlowFormatError.sizeMismatch(
        key: entry.key, expected: UInt64(count), found: file.byteCount)
    }
    try check(UInt64(count), UInt64(limits.strings), .strings, entry)
    try check(file.byteCount, limits.stringBytes, .messageBytes, entry)
    var lengths = try StringLengths(file, count: count, key: entry.key)
    try lengths.verify(entryCRC: part.crc32c)
    return try lengths.slices()
  }

  private func check(
    _ found: UInt64, _ allowed: UInt64, _ limit: TensorFlowFormatError.Limit, _ entry: Entry
  ) throws {
    guard found <= allowed else {
      throw TensorFlowFormatError.limitExceeded(
        location: "\(name) \(entry.key)", limit, allowed: allowed, found: found)
    }
  }
}

/// What stands before the bytes of strings.
private struct StringLengths {
  private let file: FileSlice
  private let key: String
  private var lengths: [UInt64] = []
  private var crc = CRC32C()
  /// Where the lengths end.
  private let end: UInt64

  init(_ file: FileSlice, count: Int, key: String) throws {
    self.file = file
    self.key = key
    let source = try WireSource(file)
    var position: UInt64 = 0
    for _ in 0..<count {
      let length = try Self.varint(source, &position, key)
      lengths.append(length)
      crc.update(littleEndian: length)
    }
    end = position
  }

  private static func varint(
    _ source: WireSource, _ position: inout UInt64, _ key: String
  ) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      let byte = try source.byte(at: position)
      position += 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw TensorFlowFormatError.malformed(
      location: "\(source.name) \(key)", expected: "a length of 64 bits", found: "more")
  }

  /// Checks both checksums.
  mutating func verify(entryCRC: UInt32) throws {
    guard let stored = file.slice(at: end, byteCount: 4) else {
      throw TensorFlowFormatError.truncated(
        location: "\(file.name) \(key)", needed: end + 4, available: file.byteCount)
    }
    let bytes = try stored.bytes(at: 0, count: 4)
    let expected = CRC32C.unmasked(littleEndian(bytes[...]))
    try check(expected, crc.value)
    bytes.withUnsafeBytes { crc.update($0) }
    try file.slice(at: end + 4, byteCount: file.byteCount - end - 4)?.forEachPiece {
      crc.update($0)
    }
    try check(entryCRC, crc.value)
  }

  private func check(_ expected: UInt32, _ found: UInt32) throws {
    guard expected == found else {
      throw TensorFlowFormatError.checksumMismatch(
        location: "\(file.name) \(key)", expected: expected, found: found)
    }
  }

  /// The strings, which take all bytes that are left.
  func slices() throws -> [FileSlice] {
    var position = end + 4
    let slices = try lengths.map { length in
      guard let slice = file.slice(at: position, byteCount: length) else {
        throw TensorFlowFormatError.truncated(
          location: "\(file.name) \(key)", needed: length, available: file.byteCount - position)
      }
      position += length
      return slice
    }
    guard position == file.byteCount else {
      throw TensorFlowFormatError.sizeMismatch(
        key: key, expected: position, found: file.byteCount)
    }
    return slices
  }
}

extension CRC32C {
  fileprivate mutating func update(littleEndian length: UInt64) {
    let count = length <= UInt64(UInt32.max) ? 4 : 8
    withUnsafeBytes(of: length.littleEndian) { bytes in
      update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }
}
