import TensorFlowGraph

/// What a recurrent layer does at each step.
///
/// A cell reads its weights when it is made, so that a loop over the steps only captures them.
protocol RecurrentCell {
  /// The kind in which it computes.
  var kind: ElementKind { get }
  /// The last dimension of each of its states.
  var stateSizes: [Int] { get }
  /// Which of the states is also what the cell gives.
  var outputState: Int { get }

  /// The part of the computation that needs no state: of one step, or of all at once.
  ///
  /// - Parameter inputs: the batch and what follows it, in a sequence the steps before that.
  func project(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor

  /// The states after a step.
  ///
  /// - Parameters:
  ///   - projected: what ``project(_:in:)`` gave, of this step.
  ///   - states: as many as ``stateSizes``.
  func step(
    _ projected: Tensor, _ states: [Tensor], in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor]
}

/// The cells that Keras ships.
enum RecurrentCells {
  /// - Parameter layer: the cell as a layer: `LSTMCell`, `StackedRNNCells`, …
  static func cell(
    _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> any RecurrentCell {
    guard layer.isOfKeras else {
      throw .unknownLayer(location: layer.location, className: layer.className)
    }
    return switch layer.className {
    case "LSTMCell": try LongShortTermMemoryCell(layer, in: graph)
    case "GRUCell": try GatedRecurrentCell(layer, in: graph)
    case "SimpleRNNCell": try SimpleRecurrentCell(layer, in: graph)
    case "StackedRNNCells": try StackedCells(layer, in: graph)
    default: throw .unknownLayer(location: layer.location, className: layer.className)
    }
  }
}

/// The matrices of a cell, for all its gates side by side.
struct CellWeights {
  let layer: Layer
  let units: Int
  /// For the inputs; the last dimension is that of all gates.
  let kernel: Tensor
  /// For the state.
  let recurrentKernel: Tensor
  let bias: Tensor?

  /// - Parameters:
  ///   - gates: how many there are.
  ///   - units: the field that says the size of one.
  ///   - rank: of the kernels.
  init(
    of layer: Layer, gates: Int, units field: String = "units", rank: Int = 2,
    in graph: GraphBuilder
  ) throws(CompileError) {
    self.layer = layer
    units = try layer.settings.requiredInteger(field)
    guard units > 0 else { throw layer.settings.malformed(field, "a positive integer") }
    kernel = try layer.read("kernel", rank: rank, in: graph)
    recurrentKernel = try layer.read("recurrent_kernel", rank: rank, in: graph)
    let hasBias = try layer.settings.flag("use_bias", default: true)
    bias = hasBias ? try layer.read("bias", in: graph) : nil
    try check(kernel, "kernel", [nil, units * gates])
    try check(recurrentKernel, "recurrent_kernel", [units, units * gates])
  }

  /// Checks the last dimensions of a kernel; `nil` for any.
  private func check(
    _ weight: Tensor, _ name: String, _ shape: [Int?]
  ) throws(CompileError) {
    let sizes = zip(weight.shape.suffix(2), shape)
    guard weight.kind.isFloating, sizes.allSatisfy({ $1 == nil || $0 == $1 }) else {
      throw unfitting(name, shape)
    }
  }

  func checkBias(_ shape: [Int]) throws(CompileError) {
    guard let bias, bias.kind != kernel.kind || bias.shape != shape else { return }
    throw unfitting("bias", shape)
  }

  private func unfitting(_ weight: String, _ shape: [Int?]) -> CompileError {
    let sizes = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
    return .missingWeight(location: layer.location, weight: "\(weight) of floats, (\(sizes))")
  }

  /// Inputs in the kind of the weights, if they have as many features as the kernel takes.
  func fitting(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    let features = kernel.dimension(-2)
    guard inputs.dimension(-1) == nil || inputs.dimension(-1) == features else {
      throw .unfittingInput(
        location: layer.location, expected: "\(features ?? 0) features",
        found: "\(inputs.dimension(-1) ?? 0)")
    }
    return graph.cast(inputs, to: kernel.kind)
  }

  /// `inputs · kernel + bias` for all gates.
  func project(
    _ inputs: Tensor, bias: Tensor?, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let product = graph.matmul(try fitting(inputs, in: graph), kernel)
    return bias.map { graph.plus(product, $0) } ?? product
  }

  /// Applies the activation that a field says.
  ///
  /// - Parameter name: Keras' default, where the field is absent.
  func activate(
    _ x: Tensor, by field: String, default name: String, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard layer.settings.json[field] == nil else {
      return try Activation.apply(field, of: layer, to: x, in: graph)
    }
    return Activation.named(name, x, layer.dialect, in: graph) ?? x
  }
}
