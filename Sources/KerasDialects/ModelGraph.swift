import StrictJSON

/// One call of a layer.
struct LayerCall: Hashable {
  var arguments: [Argument] = []
  var keywords: [String: Argument] = [:]

  var tensors: [TensorReference] {
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
struct GraphLayer: Hashable {
  var name: String
  /// The layer without its calls.
  var object: [String: JSONValue]
  var calls: [LayerCall]

  var className: String { object["class_name"]?.string ?? "" }
  var config: [String: JSONValue] { object["config"]?.object ?? [:] }
  var isInput: Bool { className == "InputLayer" }
}

/// A functional model apart from any generation's spelling: layers, their calls, and which tensors
/// go in and come out, in the structure that the model is called with.
struct ModelGraph: Hashable {
  var layers: [GraphLayer]
  var inputs: Argument
  var outputs: Argument

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
