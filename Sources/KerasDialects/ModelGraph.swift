public import StrictJSON
public import Tensors

/// One call of a layer.
public struct LayerCall: Hashable, Sendable {
  public var arguments: [Argument] = []
  public var keywords: [String: Argument] = [:]

  public var tensors: [TensorReference] {
    arguments.flatMap(\.tensors)
      + keywords.sorted { $0.key < $1.key }.flatMap(\.value.tensors)
  }

  func mapTensors(_ transform: (TensorReference) -> TensorReference) -> LayerCall {
    LayerCall(
      arguments: arguments.map { $0.mapTensors(transform) },
      keywords: keywords.mapValues { $0.mapTensors(transform) })
  }
}

/// A layer and how it is called in a graph.
public struct GraphLayer: Hashable, Sendable {
  public var name: String
  /// The layer without its calls.
  public var object: [String: JSONValue]
  public var calls: [LayerCall]

  public var className: String { object["class_name"]?.string ?? "" }
  public var config: [String: JSONValue] { object["config"]?.object ?? [:] }
  public var isInput: Bool { className == "InputLayer" }
}

/// A functional model apart from any generation's spelling: layers, their calls, and which tensors
/// go in and come out, in the structure that the model is called with.
public struct ModelGraph: Hashable, Sendable {
  public var layers: [GraphLayer]
  public var inputs: Argument
  public var outputs: Argument

  /// Reads what the `config` of a functional model has.
  ///
  /// - Throws: where it is not written as Keras writes it.
  public init(config: [String: JSONValue], dialect: Dialect) throws(MalformedGraph) {
    self = try GraphReader(config: config, dialect: dialect).graph()
  }

  init(layers: [GraphLayer], inputs: Argument, outputs: Argument) {
    self.layers = layers
    self.inputs = inputs
    self.outputs = outputs
  }

  func mapTensors(_ transform: (TensorReference) -> TensorReference) -> ModelGraph {
    var graph = self
    for index in graph.layers.indices {
      graph.layers[index].calls = layers[index].calls.map { $0.mapTensors(transform) }
    }
    graph.inputs = inputs.mapTensors(transform)
    graph.outputs = outputs.mapTensors(transform)
    return graph
  }

  /// The first tensor that no call in the graph gives.
  var danglingTensor: TensorReference? {
    let calls = Dictionary(layers.map { ($0.name, $0.isInput ? 1 : $0.calls.count) }) { $1 }
    let all = layers.flatMap { $0.calls.flatMap(\.tensors) } + inputs.tensors + outputs.tensors
    return all.first { tensor in
      !(0..<(calls[tensor.layer] ?? 0)).contains(tensor.call) || tensor.output < 0
    }
  }
}

/// Where a model's graph is not what Keras writes.
public struct MalformedGraph: Error, Hashable, Sendable {
  /// The layer; `nil` for the model.
  public var layer: String?
  public var field: String
}
