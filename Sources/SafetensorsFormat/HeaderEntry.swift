import StrictJSON
import Tensors

extension Header.Entry {
  /// The types that we have, by the format's names.
  /// https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs
  private static let dtypes: [String: DType] = [
    "BOOL": .bool, "U8": .uint8, "I8": .int8, "F8_E5M2": .float8E5M2, "F8_E4M3": .float8E4M3FN,
    "I16": .int16, "U16": .uint16, "F16": .float16, "BF16": .bfloat16,
    "I32": .int32, "U32": .uint32, "F32": .float32, "C64": .complex64,
    "F64": .float64, "I64": .int64, "U64": .uint64,
  ]

  /// Those that the format has besides: narrower than a byte, or 8-bit numbers of other kinds.
  private static let otherTypes = [
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
  ]

  /// Reads a tensor's description. Keys that the format does not have are left aside, as its own
  /// library leaves them.
  init(name: String, value: JSONValue, file: String) throws(SafetensorsError) {
    guard let type = value["dtype"]?.string else {
      throw Self.malformed(file, name, "a dtype")
    }
    guard let dtype = Self.dtypes[type] else {
      guard let bitWidth = Self.otherTypes[type] else {
        throw .malformed(file: file, location: name, expected: "a dtype", found: type)
      }
      let count = Self.naturals(in: value["shape"]).flatMap { Shape($0)?.elementCount } ?? 0
      guard count % 8 * bitWidth % 8 == 0 else {
        throw Self.malformed(file, name, "elements that fill their last byte")
      }
      throw .unsupportedType(file: file, tensor: name, type: type)
    }
    guard let dimensions = Self.naturals(in: value["shape"]), let shape = Shape(dimensions) else {
      throw Self.malformed(file, name, "a shape of numbers below 2^63")
    }
    guard let offsets = Self.naturals(in: value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw Self.malformed(file, name, "two data_offsets below 2^63") }
    guard let byteCount = shape.byteCount(of: dtype) else {
      throw Self.malformed(file, name, "a shape of fewer than 2^63 bytes")
    }
    guard byteCount == offsets[1] - offsets[0] else {
      throw .sizeMismatch(
        file: file, tensor: name, expected: UInt64(byteCount),
        found: UInt64(offsets[1] - offsets[0]))
    }
    self.name = name
    self.dtype = dtype
    self.shape = shape
    begin = UInt64(offsets[0])
    end = UInt64(offsets[1])
  }

  private static func malformed(
    _ file: String, _ tensor: String, _ expected: String
  ) -> SafetensorsError {
    .malformed(file: file, location: tensor, expected: expected, found: "another value")
  }

  /// The elements of an array of integers, none of which is negative or spelled as one.
  private static func naturals(in value: JSONValue?) -> [Int]? {
    guard let elements = value?.array else { return nil }
    let numbers = elements.compactMap { element -> Int? in
      guard case .number(let text) = element, !text.hasPrefix("-") else { return nil }
      return Int(text)
    }
    return numbers.count == elements.count ? numbers : nil
  }
}

extension Header.Entry {
  /// In the order of their bytes. Tensors without any come before one that begins where they are.
  func precedes(_ other: Header.Entry) -> Bool {
    if begin != other.begin { return begin < other.begin }
    if end != other.end { return end < other.end }
    return name.utf8.lexicographicallyPrecedes(other.name.utf8)
  }
}
