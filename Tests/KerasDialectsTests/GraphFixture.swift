import Foundation
import KerasDialects
import StrictJSON
import Tensors

/// `graphs.json`: models that tf_keras and Keras 3 wrote, and what their graphs say.
enum GraphFixture {
  static let names = ["nested", "structures", "states", "attention", "masked", "operations"]

  static func configuration(_ name: String, _ dialect: Dialect) throws -> KerasConfiguration {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/graphs.json")
    let models = try JSONValue(parsing: Data(contentsOf: file))
    guard let model = models[name]?[dialect.rawValue] else { throw Missing(name: name) }
    return KerasConfiguration(model: model, training: nil, dialect: dialect)
  }

  struct Missing: Error {
    var name: String
  }
}

/// What the calls of a model's layers are, whoever wrote them.
struct Connections: Equatable {
  /// By layer, for every call the tensors that it gets, in their order: `dense 0 0`.
  var calls: [String: [[String]]] = [:]
  var inputs: [String]
  var outputs: [String]

  /// - Parameter layers: only these are looked at.
  init(of model: JSONValue, layers known: Set<String>) {
    let config = model["config"]
    for layer in config?["layers"]?.array ?? [] {
      guard let name = layer["name"]?.string, known.contains(name) else { continue }
      calls[name] = (layer["inbound_nodes"]?.array ?? []).map {
        Self.tensors(in: $0).filter { known.contains(String($0.prefix { $0 != " " })) }
      }
    }
    inputs = Self.tensors(in: config?["input_layers"] ?? .null)
    outputs = Self.tensors(in: config?["output_layers"] ?? .null)
  }

  static func names(in model: JSONValue) -> Set<String> {
    Set((model["config"]?["layers"]?.array ?? []).compactMap { $0["name"]?.string })
  }

  /// All `["layer", call, output, …]` in a value.
  private static func tensors(in json: JSONValue) -> [String] {
    switch json {
    case .array(let parts):
      if parts.count >= 3, let layer = parts[0].string, let call = parts[1].integer,
        let output = parts[2].integer
      {
        return ["\(layer) \(call) \(output)"] + (parts.count > 3 ? tensors(in: parts[3]) : [])
      }
      return parts.flatMap(tensors)
    case .object(let members):
      if let arguments = members["args"], let keywords = members["kwargs"] {
        return tensors(in: arguments) + tensors(in: keywords)
      }
      return members.sorted { $0.key < $1.key }.flatMap { tensors(in: $0.value) }
    default: return []
    }
  }
}
