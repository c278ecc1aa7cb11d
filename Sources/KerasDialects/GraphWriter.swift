import StrictJSON
import Tensors

/// Writes a functional model's calls as a generation does. The layers are the target's already.
struct GraphWriter {
  let target: KerasGeneration

  /// `layers`, `input_layers` and `output_layers` of a model's configuration.
  func fields(of graph: ModelGraph) -> [String: JSONValue] {
    let dialect: Dialect = target == .keras2 ? .keras2 : .keras3
    let written = CallNumbers(dialect: dialect).asWritten(graph)
    return [
      "layers": .array(written.layers.map(layer)), "input_layers": ends(written.inputs),
      "output_layers": ends(written.outputs),
    ]
  }

  private func layer(_ layer: GraphLayer) -> JSONValue {
    var object = layer.object
    let preserves = GraphReader.keepsStructure.contains(layer.className)
    object["name"] = .string(layer.name)
    object["inbound_nodes"] = .array(
      layer.calls.map { call in
        target == .keras2 ? node2(call, preservingStructure: preserves) : node3(call)
      })
    return .object(object)
  }

  private func ends(_ structure: Argument) -> JSONValue {
    if target == .keras2, case .tensor(let tensor) = structure {
      return .array([Self.triple(tensor)])
    }
    return Self.value2(structure)
  }

  private static func triple(_ tensor: TensorReference) -> JSONValue {
    [.string(tensor.layer), .integer(tensor.call), .integer(tensor.output)]
  }

  /// An argument as Keras 2 writes all but the first, and both write the ends of a model.
  private static func value2(_ argument: Argument) -> JSONValue {
    switch argument {
    case .tensor(let tensor): triple(tensor)
    case .constant(let value): value
    case .list(let elements): .array(elements.map(value2))
    case .members(let members): .object(members.mapValues(value2))
    case .slice(let start, let stop, let step):
      ["start": value2(start), "stop": value2(stop), "step": value2(step)]
    case .ellipsis: ["class_name": "__ellipsis__"]
    }
  }

  private func node2(_ call: LayerCall, preservingStructure: Bool) -> JSONValue {
    let keywords = JSONValue.object(call.keywords.mapValues(Self.value2))
    let first = call.arguments.first ?? .constant(.null)
    let inputs = Self.inputs2(first, keywords)
    if preservingStructure { return inputs }
    switch first {
    case .list, .members: return inputs
    default: return .array([inputs])
    }
  }

  private static func inputs2(_ argument: Argument, _ keywords: JSONValue) -> JSONValue {
    switch argument {
    case .list(let elements): .array(elements.map { inputs2($0, keywords) })
    case .members(let members): .object(members.mapValues { inputs2($0, keywords) })
    case .tensor(let tensor):
      [.string(tensor.layer), .integer(tensor.call), .integer(tensor.output), keywords]
    case .constant, .slice, .ellipsis:
      ["_CONSTANT_VALUE", -1, value2(argument), keywords]
    }
  }

  private func node3(_ call: LayerCall) -> JSONValue {
    [
      "args": .array(call.arguments.map(Self.value3)),
      "kwargs": .object(call.keywords.mapValues(Self.value3)),
    ]
  }

  private static func value3(_ argument: Argument) -> JSONValue {
    switch argument {
    case .constant(let value): return value
    case .list(let elements): return .array(elements.map(value3))
    case .members(let members): return .object(members.mapValues(value3))
    case .ellipsis: return ["class_name": "__ellipsis__", "config": [:]]
    case .slice(let start, let stop, let step):
      return [
        "class_name": "__slice__",
        "config": ["start": value3(start), "stop": value3(stop), "step": value3(step)],
      ]
    case .tensor(let tensor):
      // Keras 3 needs some shape and type here, and then takes those of the call that it names.
      var config: [String: JSONValue] = ["shape": [.null], "dtype": "float32"]
      config.merge(tensor.type) { $1 }
      config["keras_history"] = triple(tensor)
      return ["class_name": "__keras_tensor__", "config": .object(config)]
    }
  }
}
