import StrictJSON
import Tensors

/// What is recorded of a SavedModel's graphs, in a blob of its own: the graphs themselves are in
/// the files. Documentation/Format.md describes it.
enum GraphRecord {
  /// The text of the blob.
  static func text(of graphs: [TensorFlowGraph], in source: Source) -> String {
    JSONValue.array(
      graphs.map { graph in
        [
          "file": .string(source.files[graph.file].name),
          "tags": .array(graph.tags.map { .string($0) }),
          "signatures": .array(graph.signatures.map(\.json)),
          "operations": .object(graph.operations.mapValues { .integer($0) }),
        ]
      }
    ).canonicalText
  }
}

extension Signature {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "method": .string(method),
      "inputs": .array(inputs.map(\.json)), "outputs": .array(outputs.map(\.json)),
    ]
  }
}

extension Signature.Endpoint {
  fileprivate var json: JSONValue {
    var members: [String: JSONValue] = ["name": .string(name), "dtype": .string(dtype)]
    if let shape { members["shape"] = .array(shape.map { $0.map { .integer($0) } ?? .null }) }
    return .object(members)
  }
}
