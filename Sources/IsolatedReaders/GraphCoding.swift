import StrictJSON
import Tensors

// What a snapshot says of graphs and checksums, as a worker sends it.

extension TensorFlowGraph {
  var json: JSONValue {
    [
      "file": .integer(file), "tags": .array(tags.map { .string($0) }),
      "signatures": .array(signatures.map(\.json)),
      "operations": .object(operations.mapValues { .integer($0) }),
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "graph")
    self.init(
      file: try members.count("file"),
      tags: try members.list("tags") { value throws(ReaderError) in
        guard let tag = value.string else { throw .malformedAnswer(.badMember("tags")) }
        return tag
      },
      signatures: try members.list("signatures") { value throws(ReaderError) in
        try Signature(value)
      },
      operations: try members.countsByName("operations"))
    try members.finish()
  }
}

extension Signature {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "method": .string(method),
      "inputs": .array(inputs.map(\.json)), "outputs": .array(outputs.map(\.json)),
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "signature")
    func endpoints(_ key: String) throws(ReaderError) -> [Endpoint] {
      try members.list(key) { value throws(ReaderError) in try Endpoint(value) }
    }
    self.init(
      name: try members.text("name"), method: try members.text("method"),
      inputs: try endpoints("inputs"), outputs: try endpoints("outputs"))
    try members.finish()
  }
}

extension Signature.Endpoint {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "dtype": .string(dtype),
      "shape": shape.map { .array($0.map { $0.map { .integer($0) } ?? .null }) } ?? .null,
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "endpoint")
    self.init(
      name: try members.text("name"), dtype: try members.text("dtype"),
      shape: try members.optional("shape") { value throws(ReaderError) in
        guard let dimensions = value.array else { throw .malformedAnswer(.badMember("shape")) }
        var shape: [Int?] = []
        for dimension in dimensions {
          shape.append(dimension.isNull ? nil : try Members.count(dimension, "shape"))
        }
        return shape
      })
    try members.finish()
  }
}

extension Checksum {
  var json: JSONValue {
    [
      "algorithm": .string(algorithm.rawValue), "value": .integer(UInt64(value)),
      "file": .integer(file), "offset": .integer(extent.offset),
      "length": .integer(extent.length), "name": .string(name),
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "checksum")
    guard let value = UInt32(exactly: try members.count("value")) else {
      throw .malformedAnswer(.badMember("value"))
    }
    self.init(
      algorithm: try members.word("algorithm"), value: value, file: try members.count("file"),
      extent: try members.extent(), name: try members.text("name"))
    try members.finish()
  }
}
