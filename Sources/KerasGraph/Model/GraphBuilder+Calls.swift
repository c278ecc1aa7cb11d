import KerasDialects
import StrictJSON
import TensorFlowGraph
import Tensors

/// How many models and wrappers are within each other, and how many nodes a graph has.
private enum Limit {
  static let depth = 64
  static let nodes = 1_000_000
}

/// Compiles the calls of layers, models among them.
extension GraphBuilder {
  /// What a layer gives for what it is called with.
  func call(_ call: Call) throws(CompileError) -> CallValue {
    let layer = call.layer
    guard library.depth < Limit.depth else {
      throw .tooLarge(location: layer.location, limit: Limit.depth)
    }
    guard library.nodeCount < Limit.nodes else {
      throw .tooLarge(location: layer.location, limit: Limit.nodes)
    }
    try call.refuseTraining()
    library.note(call)
    return try library.deeper { () throws(CompileError) in
      layer.isModel ? try network(layer, call) : try LayerCalls.apply(call, in: self)
    }
  }

  /// What a layer gives for one tensor: a part of another layer, say.
  func call(_ layer: Layer, on input: Tensor) throws(CompileError) -> CallValue {
    try call(Call(layer: layer, arguments: [.tensor(input)], keywords: [:]))
  }

  /// What a model gives for what it is called with.
  private func network(_ model: Layer, _ call: Call) throws(CompileError) -> CallValue {
    guard model.isOfKeras else {
      throw .unknownLayer(location: model.location, className: model.className)
    }
    if model.settings["input_layers"] == nil {
      var value = call.arguments.first ?? .list([])
      for layer in try Network.sequence(of: model) {
        value =
          layer.className == "InputLayer"
          ? try fitted(value, to: layer)
          : try self.call(Call(layer: layer, arguments: [value], keywords: [:]))
      }
      return value
    }
    let network = try Network(of: model)
    var inputs = try network.inputs(from: call.arguments.first ?? .list([]), call)
    for reference in network.graph.inputs.tensors {
      let node = Network.Node(reference)
      guard let value = inputs[node] else { continue }
      inputs[node] = try fitted(value, to: try network.inputLayer(reference))
    }
    return try outputs(of: network, for: inputs)
  }

  /// A tensor as an input of a model within another takes it: of its type, with or without a last
  /// axis of 1. `_standardize_inputs` of keras/src/models/functional.py,
  /// `_conform_to_reference_input` of tf_keras/src/engine/functional.py
  private func fitted(_ value: CallValue, to layer: Layer) throws(CompileError) -> CallValue {
    guard let tensor = value.tensor, layer.className == "InputLayer" else { return value }
    let input = try ModelEnds.input(layer)
    let rank = input.shape.count
    var result = tensor
    if tensor.rank == rank + 1, tensor.dimension(-1) == 1 {
      result = squeeze(tensor, [-1])
    } else if tensor.rank + 1 == rank, input.shape.last == 1 {
      result = expand(tensor, at: -1)
    }
    if result.kind != input.kind {
      guard ![result.kind, input.kind].contains(.string) else {
        throw .unfittingInput(
          location: layer.location, expected: input.kind.name, found: result.kind.name)
      }
      result = cast(result, to: input.kind)
    }
    // Keras 2 loses the mask of what it changes.
    let isKept = layer.dialect == .keras3 || result == tensor
    return .tensor(result.masked(by: isKept ? tensor.mask : nil))
  }

  /// Evaluates the calls that a network's outputs need, each after those that it needs itself.
  private func outputs(
    of network: Network, for inputs: [Network.Node: CallValue]
  ) throws(CompileError) -> CallValue {
    var results = inputs
    var pending = network.graph.outputs.tensors.reversed().map(Network.Node.init)
    var waiting: Set<Network.Node> = []
    while let node = pending.last {
      guard results[node] == nil else {
        pending.removeLast()
        continue
      }
      let call = try network.call(node)
      let missing = call.tensors.map(Network.Node.init).filter { results[$0] == nil }
      guard missing.isEmpty else {
        guard waiting.insert(node).inserted else {
          throw network.model.settings.malformed(
            "layers", "calls that do not need their own results")
        }
        pending += missing.reversed()
        continue
      }
      results[node] = try self.call(network.resolved(call, of: node, results))
      pending.removeLast()
    }
    return try network.value(of: network.graph.outputs, results)
  }
}
