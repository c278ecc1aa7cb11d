import HDF5Format
import StrictJSON
import Tensors

// An HDF5 file to be laid out, as a worker is told of it: which tensors it will have, and not what
// they are.

extension HDF5Blueprint {
  var json: JSONValue {
    ["groups": .array(groups.map(\.json)), "datasets": .array(datasets.map(\.json))]
  }

  /// A blueprint whose tensors are named by their places in it.
  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "blueprint")
    self.init()
    groups = try members.list("groups") { value throws(ReaderError) in try Group(value) }
    datasets = try members.list("datasets") { value throws(ReaderError) in try Dataset(value) }
    try members.finish()
  }
}

extension HDF5Blueprint.Group {
  fileprivate var json: JSONValue {
    ["path": .string(path), "attributes": .array(attributes.map(\.json))]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "group")
    self.init(try members.text("path"), attributes: try members.attributes())
    try members.finish()
  }
}

extension HDF5Blueprint.Dataset {
  fileprivate var json: JSONValue {
    [
      "path": .string(tensor.name), "dtype": .string(tensor.dtype.rawValue),
      "shape": .array(tensor.shape.dimensions.map { .integer($0) }),
      "attributes": .array(attributes.map(\.json)),
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "dataset")
    let tensor = TensorToWrite(
      name: try members.text("path"), dtype: try members.word("dtype"),
      shape: try members.shape("shape"), content: .literal([]))
    guard let tensor else { throw .malformedAnswer(.badMember("shape")) }
    self.init(tensor, attributes: try members.attributes())
    try members.finish()
  }
}

extension Members {
  fileprivate mutating func attributes() throws(ReaderError) -> [HDF5Blueprint.Attribute] {
    try list("attributes") { value throws(ReaderError) in try HDF5Blueprint.Attribute(value) }
  }
}

extension HDF5Blueprint.Attribute {
  private enum Kind: String {
    case string, strings
    case fixedStrings = "fixed-strings"
  }

  fileprivate var json: JSONValue {
    let (kind, texts): (Kind, [String]) =
      switch value {
      case .string(let text): (.string, [text])
      case .strings(let list): (.strings, list)
      case .fixedStrings(let list): (.fixedStrings, list)
      }
    return [
      "name": .string(name), "kind": .string(kind.rawValue),
      "texts": .array(texts.map { .string($0) }),
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "attribute")
    let name = try members.text("name")
    let kind: Kind = try members.word("kind")
    let texts = try members.list("texts") { value throws(ReaderError) in
      guard let text = value.string else { throw .malformedAnswer(.badMember("texts")) }
      return text
    }
    try members.finish()
    switch kind {
    case .string:
      guard texts.count == 1 else { throw .malformedAnswer(.badMember("texts")) }
      self.init(name, .string(texts[0]))
    case .strings: self.init(name, .strings(texts))
    case .fixedStrings: self.init(name, .fixedStrings(texts))
    }
  }
}

extension HDF5Skeleton {
  var json: JSONValue {
    // libhdf5's addresses stay below 2^63.
    [
      "byteCount": .integer(Int(clamping: byteCount)),
      "offsets": .array(offsets.map { $0.map { .integer(Int(clamping: $0)) } ?? .null }),
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "layout")
    self.init(
      byteCount: UInt64(try members.count("byteCount")),
      offsets: try members.list("offsets") { value throws(ReaderError) in
        value.isNull ? nil : UInt64(try Members.count(value, "offsets"))
      })
    try members.finish()
  }
}
