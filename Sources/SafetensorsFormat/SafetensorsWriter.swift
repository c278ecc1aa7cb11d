import StrictJSON
public import Tensors

/// Writes safetensors files, byte for byte as its own library does.
/// https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs
public enum SafetensorsWriter {
  /// What cannot be written.
  public enum Failure: Error, Hashable, Sendable {
    /// The format has no name for the type.
    case unsupportedType(tensor: String, DType)
    case repeatedName(String)
    /// The format keeps this name for itself.
    case reservedName(String)
    /// More than its readers take.
    case headerTooLong(allowed: UInt64, found: UInt64)
    /// All tensors together take 64 bits of bytes or more.
    case tooLarge(tensor: String)
  }

  /// The longest header that the library reads.
  public static let headerByteCountLimit: UInt64 = 100_000_000
  private static let metadataKey = "__metadata__"

  /// The file of some tensors: the widest first, so that all are aligned, and by name within a
  /// type.
  ///
  /// - Parameter metadata: texts for `__metadata__`, left out when there are none. The library's
  ///   `save_file` of TensorFlow's and PyTorch's tensors writes their `format`.
  public static func layout(
    of tensors: [TensorToWrite], metadata: [String: String] = [:]
  ) throws(Failure) -> FileLayout {
    let entries = try sorted(tensors)
    var file = FileLayout()
    let header = try header(of: entries.map(\.tensor), types: entries.map(\.type), metadata)
    file.append(littleEndian(UInt64(header.count)))
    file.append(header)
    for entry in entries { file.append(entry.tensor) }
    return file
  }

  private static func sorted(
    _ tensors: [TensorToWrite]
  ) throws(Failure) -> [(tensor: TensorToWrite, type: SafetensorsType)] {
    var names: Set<[UInt8]> = []
    var entries: [(tensor: TensorToWrite, type: SafetensorsType)] = []
    for tensor in tensors {
      guard let type = SafetensorsType(tensor.dtype) else {
        throw .unsupportedType(tensor: tensor.name, tensor.dtype)
      }
      guard tensor.name != metadataKey else { throw .reservedName(tensor.name) }
      guard names.insert(Array(tensor.name.utf8)).inserted else {
        throw .repeatedName(tensor.name)
      }
      entries.append((tensor, type))
    }
    return entries.sorted { one, next in
      one.type == next.type
        ? one.tensor.name.utf8.lexicographicallyPrecedes(next.tensor.name.utf8)
        : one.type.rank > next.type.rank
    }
  }

  private static func header(
    of tensors: [TensorToWrite], types: [SafetensorsType], _ metadata: [String: String]
  ) throws(Failure) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = JSONValue.object(metadata.mapValues { .string($0) }).canonicalText
      members.append("\(quoted(metadataKey)):\(texts)")
    }
    var begin: UInt64 = 0
    for (tensor, type) in zip(tensors, types) {
      let (end, overflow) = begin.addingReportingOverflow(tensor.byteCount)
      guard !overflow, end < UInt64.max - headerByteCountLimit - 16 else {
        throw .tooLarge(tensor: tensor.name)
      }
      let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(tensor.name)):"
          + "{\"dtype\":\"\(type.name)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
      begin = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    // The data begins at a multiple of 8.
    text += repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    guard UInt64(text.count) <= headerByteCountLimit else {
      throw .headerTooLong(allowed: headerByteCountLimit, found: UInt64(text.count))
    }
    return text
  }

  private static func quoted(_ text: String) -> String { JSONValue.string(text).canonicalText }

  private static func littleEndian(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

/// A type of the format.
private struct SafetensorsType: Hashable {
  let name: String
  /// Tensors of higher ranks come first.
  let rank: Int

  /// `nil` when the format has none.
  init?(_ dtype: DType) {
    guard let rank = Self.names.firstIndex(where: { $0.dtype == dtype }) else { return nil }
    self.rank = rank
    name = Self.names[rank].name
  }

  /// In the order of the library's `Dtype`.
  private static let names: [(dtype: DType, name: String)] = [
    (.bool, "BOOL"), (.uint8, "U8"), (.int8, "I8"), (.float8E5M2, "F8_E5M2"),
    (.float8E4M3FN, "F8_E4M3"), (.int16, "I16"), (.uint16, "U16"), (.float16, "F16"),
    (.bfloat16, "BF16"), (.int32, "I32"), (.uint32, "U32"), (.float32, "F32"),
    (.complex64, "C64"), (.float64, "F64"), (.int64, "I64"), (.uint64, "U64"),
  ]
}
