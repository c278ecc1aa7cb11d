import StrictJSON
import Tensors

/// How the generations count the calls of a model in another model's graph: some begin at 1,
/// because a functional model has one call of its own.
struct CallNumbers {
  let dialect: Dialect

  /// The graph as it was read, with calls counted from 0.
  func fromZero(_ graph: ModelGraph) -> ModelGraph {
    let first = dialect == .keras3 ? [:] : firstCalls(of: graph)
    var result = graph.mapTensors { tensor in
      shifted(tensor, by: -(first[tensor.layer] ?? 0))
    }
    if dialect == .keras3 {
      let functional = Set(graph.layers.filter(Self.isFunctional).map(\.name))
      result.outputs = graph.outputs.mapTensors { tensor in
        shifted(tensor, by: functional.contains(tensor.layer) ? -1 : 0)
      }
    }
    return result
  }

  /// The graph with calls counted as the dialect does.
  func asWritten(_ graph: ModelGraph) -> ModelGraph {
    let functional = Set(graph.layers.filter(Self.isFunctional).map(\.name))
    if dialect == .keras3 {
      var result = graph
      result.outputs = graph.outputs.mapTensors { tensor in
        shifted(tensor, by: functional.contains(tensor.layer) ? 1 : 0)
      }
      return result
    }
    let sequential = Set(graph.layers.filter(Self.isBuiltSequential).map(\.name))
    return graph.mapTensors { tensor in
      let counts = functional.contains(tensor.layer) || sequential.contains(tensor.layer)
      return shifted(tensor, by: counts ? 1 : 0)
    }
  }

  private func shifted(_ tensor: TensorReference, by offset: Int) -> TensorReference {
    var tensor = tensor
    tensor.call = tensor.call.addingReportingOverflow(offset).partialValue
    return tensor
  }

  /// Every call that is written is used, so that the highest number tells where the count begins:
  /// which models have a call of their own changed between the releases of Keras 2.
  private func firstCalls(of graph: ModelGraph) -> [String: Int] {
    var numbers: [String: ClosedRange<Int>] = [:]
    let used =
      graph.layers.flatMap { $0.calls.flatMap(\.tensors) } + graph.inputs.tensors
      + graph.outputs.tensors
    for tensor in used {
      let known = numbers[tensor.layer] ?? tensor.call...tensor.call
      numbers[tensor.layer] =
        min(known.lowerBound, tensor.call)...max(known.upperBound, tensor.call)
    }
    var first: [String: Int] = [:]
    for layer in graph.layers where !layer.isInput {
      guard let range = numbers[layer.name] else { continue }
      if range.lowerBound >= 1, range.upperBound == layer.calls.count { first[layer.name] = 1 }
    }
    return first
  }

  private static func isFunctional(_ layer: GraphLayer) -> Bool {
    layer.config["input_layers"] != nil && layer.config["layers"] != nil
  }

  /// A `Sequential` with its input counts as a functional model in Keras 2.
  private static func isBuiltSequential(_ layer: GraphLayer) -> Bool {
    guard layer.config["input_layers"] == nil, let layers = layer.config["layers"]?.array else {
      return false
    }
    return layers.first?["class_name"] == "InputLayer"
  }
}
