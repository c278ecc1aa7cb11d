import KerasDialects
import StrictJSON
import TensorFlowGraph
import Tensors

/// A functional model: its layers, ready to be called, and how they are called.
struct Network {
  /// One call of a layer.
  struct Node: Hashable {
    let layer: String
    let call: Int

    init(_ tensor: TensorReference) { (layer, call) = (tensor.layer, tensor.call) }
  }

  let model: Layer
  let graph: ModelGraph
  private let layers: [String: Layer]
  private let calls: [String: [LayerCall]]

  init(of model: Layer) throws(CompileError) {
    self.model = model
    do {
      graph = try ModelGraph(config: model.settings.json, dialect: model.dialect)
    } catch {
      throw .malformed(
        location: error.layer.map { model.inside($0) } ?? model.location, field: error.field,
        expected: "what Keras writes")
    }
    var layers: [String: Layer] = [:]
    for layer in graph.layers {
      var object = layer.object
      object["name"] = .string(layer.name)
      layers[layer.name] = try model.layer(.object(object))
    }
    self.layers = layers
    calls = Dictionary(graph.layers.map { ($0.name, $0.calls) }) { first, _ in first }
  }

  /// The layers of a `Sequential`, the input's first where it is known.
  static func sequence(of model: Layer) throws(CompileError) -> [Layer] {
    let objects = SequentialLayers(model.settings.list("layers") ?? [], dialect: model.dialect)
    var layers: [Layer] = []
    for object in objects.layers { layers.append(try model.layer(object)) }
    return layers
  }

  /// The layer that a model is called through.
  func inputLayer(_ tensor: TensorReference) throws(CompileError) -> Layer {
    guard let layer = layers[tensor.layer] else {
      throw model.settings.malformed("input_layers", "layers of the model")
    }
    return layer
  }

  /// The inputs' values of a call, with which evaluation begins.
  func inputs(
    from value: CallValue, _ call: Call
  ) throws(CompileError) -> [Node: CallValue] {
    let references = graph.inputs.tensors
    var tensors = value.tensors
    if case .members(let given) = value, case .members(let wanted) = graph.inputs {
      tensors = wanted.sorted { $0.key < $1.key }.flatMap { given[$0.key]?.tensors ?? [] }
    }
    // `model(x, y)` of Keras 1, and layers that split their arguments.
    if tensors.count < references.count { tensors = call.arguments.flatMap(\.tensors) }
    guard tensors.count == references.count else {
      throw call.unfitting("\(references.count) tensors", "\(tensors.count)")
    }
    var values: [Node: CallValue] = [:]
    for (reference, tensor) in zip(references, tensors) {
      values[Node(reference)] = .tensor(tensor)
    }
    return values
  }

  /// How a layer is called.
  func call(_ node: Node) throws(CompileError) -> LayerCall {
    guard let calls = calls[node.layer], calls.indices.contains(node.call) else {
      throw .malformed(
        location: model.inside(node.layer), field: "inbound_nodes", expected: "call \(node.call)")
    }
    return calls[node.call]
  }

  /// A call with what it is called with.
  func resolved(
    _ call: LayerCall, of node: Node, _ results: [Node: CallValue]
  ) throws(CompileError) -> Call {
    guard let layer = layers[node.layer] else {
      throw model.settings.malformed("layers", "a layer \(node.layer)")
    }
    var arguments: [CallValue] = []
    for argument in call.arguments { arguments.append(try value(of: argument, results)) }
    var keywords: [String: CallValue] = [:]
    for (name, argument) in call.keywords { keywords[name] = try value(of: argument, results) }
    return Call(layer: layer, arguments: arguments, keywords: keywords)
  }

  /// A structure of references with the tensors that they are of.
  func value(
    of argument: Argument, _ results: [Node: CallValue]
  ) throws(CompileError) -> CallValue {
    switch argument {
    case .constant(let value): return .constant(value)
    case .ellipsis: return .ellipsis
    case .tensor(let reference):
      let tensors = results[Node(reference)]?.tensors ?? []
      guard tensors.indices.contains(reference.output) else {
        throw .malformed(
          location: model.inside(reference.layer), field: "inbound_nodes",
          expected: "output \(reference.output) of \(tensors.count)")
      }
      return .tensor(tensors[reference.output])
    case .list(let elements):
      var values: [CallValue] = []
      for element in elements { values.append(try value(of: element, results)) }
      return .list(values)
    case .members(let members):
      var values: [String: CallValue] = [:]
      for (name, member) in members { values[name] = try value(of: member, results) }
      return .members(values)
    case .slice(let start, let stop, let step):
      return .slice(
        start: try value(of: start, results), stop: try value(of: stop, results),
        step: try value(of: step, results))
    }
  }
}

extension Layer {
  /// The location of a layer of this model. The whole model's name is in no location.
  func inside(_ name: String) -> String { isRoot ? name : "\(location)/\(name)" }

  /// A layer of this model.
  func layer(_ object: JSONValue) throws(CompileError) -> Layer {
    let name = object["config"]?["name"]?.string ?? object["name"]?.string ?? ""
    return try Layer(
      object, in: isRoot ? "" : location, weights: weights.parts[name] ?? LayerWeights(),
      variables: variables, dialect: dialect)
  }
}
