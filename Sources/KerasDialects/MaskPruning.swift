import StrictJSON

/// Keras 3 writes the masks that layers make and pass on by themselves into the graph, as
/// operations and `mask` arguments. Both generations make them again when they build the model, and
/// only `.keras` archives of Keras 3 can hold the operations.
struct MaskPruning {
  private let graph: ModelGraph
  /// The layers of `graph` that compute masks which some layer makes by itself.
  private var automatic: Set<String> = []

  init(_ graph: ModelGraph) {
    self.graph = graph
    let operations = graph.layers.filter(OperatorTranslator.isOperation)
    let masks = Self.masks(of: graph)
    automatic = Set(
      operations.filter { operation in
        operation.className == "NotEqual" && !operation.calls.isEmpty
          && operation.calls.allSatisfy { Self.comparison($0).map(masks.contains) ?? false }
      }.map(\.name))
    addDerived(from: operations)
  }

  /// The graph without these masks.
  var pruned: ModelGraph {
    guard !automatic.isEmpty else { return graph }
    var result = graph
    for index in graph.layers.indices where !automatic.contains(graph.layers[index].name) {
      result.layers[index].calls = graph.layers[index].calls.map(withoutMasks)
    }
    let used = stillUsed(in: result)
    result.layers.removeAll { automatic.contains($0.name) && !used.contains($0.name) }
    return result
  }

  /// A tensor and what it is compared with.
  private struct Comparison: Hashable {
    var layer: String
    var call: Int
    var output: Int
    var value: Double

    init(_ tensor: TensorReference, _ value: Double) {
      (layer, call, output) = (tensor.layer, tensor.call, tensor.output)
      self.value = value
    }
  }

  /// The comparisons that the model's own layers make.
  private static func masks(of graph: ModelGraph) -> Set<Comparison> {
    var masks: Set<Comparison> = []
    for layer in graph.layers {
      let value: Double? =
        switch layer.className {
        case "Embedding": layer.config["mask_zero"] == true ? 0 : nil
        case "Masking": layer.config["mask_value"]?.double
        default: nil
        }
      guard let value else { continue }
      for case .tensor(let input)? in layer.calls.map(\.arguments.first) {
        masks.insert(Comparison(input, value))
      }
    }
    return masks
  }

  private static func comparison(_ call: LayerCall) -> Comparison? {
    guard call.arguments.count == 2, case .tensor(let tensor) = call.arguments[0],
      let value = call.arguments[1].constant?.double
    else { return nil }
    return Comparison(tensor, value)
  }

  /// Adds the operations that compute with nothing but such masks.
  private mutating func addDerived(from operations: [GraphLayer]) {
    var missing: [String: Int] = [:]
    var consumers: [String: [String]] = [:]
    for operation in operations where !automatic.contains(operation.name) {
      let sources = Set(operation.calls.flatMap(\.tensors).map(\.layer))
      guard !sources.isEmpty else { continue }
      missing[operation.name] = sources.count
      for source in sources { consumers[source, default: []].append(operation.name) }
    }
    var frontier = Array(automatic)
    while let mask = frontier.popLast() {
      for consumer in consumers[mask] ?? [] {
        let left = (missing[consumer] ?? 0) - 1
        missing[consumer] = left
        if left == 0, automatic.insert(consumer).inserted { frontier.append(consumer) }
      }
    }
  }

  private func withoutMasks(_ call: LayerCall) -> LayerCall {
    var call = call
    call.keywords = call.keywords.filter { name, value in
      let tensors = value.tensors
      let isMask = name == "mask" || name.hasSuffix("_mask")
      return !isMask || tensors.isEmpty || !tensors.allSatisfy { automatic.contains($0.layer) }
    }
    return call
  }

  /// Those of the masks that something else than a mask argument needs.
  private func stillUsed(in graph: ModelGraph) -> Set<String> {
    let calls = Dictionary(graph.layers.map { ($0.name, $0.calls) }) { first, _ in first }
    var used: Set<String> = []
    var frontier = (graph.outputs.tensors + graph.inputs.tensors).map(\.layer)
    for layer in graph.layers where !automatic.contains(layer.name) {
      frontier += layer.calls.flatMap(\.tensors).map(\.layer)
    }
    while let name = frontier.popLast() {
      guard automatic.contains(name), used.insert(name).inserted else { continue }
      frontier += (calls[name] ?? []).flatMap(\.tensors).map(\.layer)
    }
    return used
  }
}
