import HDF5Format
import StrictJSON
import Tensors

/// An HDF5 tree as `Fixtures/h5dump.py` writes it. That libhdf5 says the same, HDF5Format's tests
/// check; here it need not be linked.
struct TreeJSON {
  let root: HDF5Group

  init(_ json: JSONValue) throws { root = try Self.group(json) }

  private struct Unexpected: Error {
    let json: JSONValue
  }

  private static func group(_ json: JSONValue) throws -> HDF5Group {
    HDF5Group(
      attributes: try attributes(json["attributes"]),
      groups: try (json["groups"]?.object ?? [:]).mapValues(group),
      datasets: try (json["datasets"]?.object ?? [:]).mapValues(dataset))
  }

  private static func attributes(_ json: JSONValue?) throws -> [String: HDF5Attribute] {
    (json?.object ?? [:]).mapValues { value in
      if let text = value.string { return .string(text) }
      if let texts = value.array { return .strings(texts.compactMap(\.string)) }
      return .unread
    }
  }

  private static func dataset(_ json: JSONValue) throws -> HDF5Dataset {
    guard let dimensions = json["shape"]?.array?.compactMap(\.integer),
      let shape = Shape(dimensions), let type = json["type"]?.string
    else { throw Unexpected(json: json) }
    return HDF5Dataset(
      elements: elements(type), shape: shape, storage: try storage(json["storage"] ?? .null),
      attributes: try attributes(json["attributes"]))
  }

  private static func elements(_ type: String) -> HDF5Elements {
    if let dtype = DType(rawValue: type) { return .numbers(dtype) }
    if type.hasPrefix("opaque"), let width = Int(type.dropFirst(6)) {
      return .opaque(byteWidth: width)
    }
    return .other(type)
  }

  private static func storage(_ json: JSONValue) throws -> HDF5Storage {
    switch json {
    case .string("none"): return .none
    case .string("encoded"): return .encoded
    default:
      let numbers = (json.array ?? []).compactMap(\.integer).compactMap(UInt64.init(exactly:))
      guard numbers.count == 2, let extent = ByteExtent(offset: numbers[0], length: numbers[1])
      else { throw Unexpected(json: json) }
      return .contiguous(extent)
    }
  }
}
