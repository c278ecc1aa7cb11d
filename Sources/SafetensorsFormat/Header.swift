import Files
import StrictJSON
import Tensors

/// The checked header of a file.
/// https://github.com/huggingface/safetensors#format
struct Header {
  private static let metadataKey = "__metadata__"
  /// What `__metadata__` may say of who wrote the file.
  private static let producerKeys: Set<String> = [
    "format", "framework", "keras_version", "producer", "safetensors_version",
    "tensorflow_version", "torch_version", "transformers_version",
  ]

  /// A tensor's place in the header.
  struct Entry {
    let name: String
    let dtype: DType
    let shape: Shape
    /// In bytes from the end of the header.
    let begin: UInt64
    let end: UInt64
  }

  let file: FileSlice
  let producers: [String: String]
  /// In the order of their bytes, which they share out among them.
  let entries: [Entry]
  /// Where the header ends, in bytes of the file.
  private let dataStart: UInt64

  init(of file: FileSlice) throws(SafetensorsError) {
    self.file = file
    let text = try HeaderText(of: file)
    dataStart = text.end
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: text.bytes) } catch {
      throw .badJSON(file: file.name, error)
    }
    guard var members = json.object else {
      throw .malformed(
        file: file.name, location: "header", expected: "an object", found: "another value")
    }
    producers = try Self.producers(in: members.removeValue(forKey: Self.metadataKey), of: file)
    var entries: [Entry] = []
    for (name, value) in members {
      entries.append(try Entry(name: name, value: value, file: file.name))
    }
    self.entries = entries.sorted { $0.precedes($1) }
    try checkSpans(in: file.byteCount - dataStart)
  }

  /// The metadata's texts of which we know what they mean.
  private static func producers(
    in metadata: JSONValue?, of file: FileSlice
  ) throws(SafetensorsError) -> [String: String] {
    guard let metadata else { return [:] }
    var texts: [String: String] = [:]
    for (key, value) in metadata.object ?? ["": .null] {
      guard let text = value.string else {
        throw .malformed(
          file: file.name, location: metadataKey, expected: "an object of strings",
          found: "another value")
      }
      if producerKeys.contains(key) { texts[key] = text }
    }
    return texts
  }

  /// The tensors lie one behind the other, from the header to the end of the file.
  private func checkSpans(in byteCount: UInt64) throws(SafetensorsError) {
    var position: UInt64 = 0
    for entry in entries {
      guard entry.begin == position else {
        throw .notContiguous(
          file: file.name, tensor: entry.name, expected: position, found: entry.begin)
      }
      guard entry.end <= byteCount else {
        throw .truncated(
          file: file.name, needed: dataStart.saturated(adding: entry.end),
          available: file.byteCount)
      }
      position = entry.end
    }
    guard position == byteCount else {
      throw .trailingBytes(file: file.name, count: byteCount - position)
    }
  }

  /// The tensors as variables, in the order of their bytes.
  func variables(place: Int) throws(SafetensorsError) -> [Variable] {
    var variables: [Variable] = []
    for entry in entries {
      guard
        let slice = file.slice(at: dataStart + entry.begin, byteCount: entry.end - entry.begin),
        let extent = ByteExtent(offset: slice.offset, length: slice.byteCount)
      else {
        throw .truncated(
          file: file.name, needed: dataStart.saturated(adding: entry.end),
          available: file.byteCount)
      }
      variables.append(
        Variable(
          path: entry.name, containerPath: entry.name, role: .weight, dtype: entry.dtype,
          shape: entry.shape, bytes: .source(file: place, extent)))
    }
    return variables
  }
}

/// The text of a header as it stands in a file.
private struct HeaderText {
  let bytes: [UInt8]
  /// Where the tensors' bytes begin.
  let end: UInt64

  init(of file: FileSlice) throws(SafetensorsError) {
    let prefix = try Self.read(file, at: 0, count: 8)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= SafetensorsFile.headerByteCountLimit else {
      throw .headerTooLong(
        file: file.name, allowed: SafetensorsFile.headerByteCountLimit, found: length)
    }
    end = 8 + length
    let text = try Self.read(file, at: 8, count: Int(length))
    // JSON may have space around it; here it may only be padded, with blanks, at its end.
    guard text.first == UInt8(ascii: "{"),
      let last = text.last(where: { $0 != UInt8(ascii: " ") }), last == UInt8(ascii: "}")
    else {
      throw .malformed(
        file: file.name, location: "header", expected: "an object, then only blanks",
        found: "other bytes")
    }
    bytes = text
  }

  private static func read(
    _ file: FileSlice, at start: UInt64, count: Int
  ) throws(SafetensorsError) -> [UInt8] {
    let end = start + UInt64(count)
    guard end <= file.byteCount else {
      throw .truncated(file: file.name, needed: end, available: file.byteCount)
    }
    do throws(SystemCallError) { return try file.bytes(at: start, count: count) } catch {
      throw .unreadable(error)
    }
  }
}

extension UInt64 {
  fileprivate func saturated(adding other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
