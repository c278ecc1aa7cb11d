import TensorFlowGraph

/// `GRUCell`.
/// keras/src/layers/rnn/gru.py of https://github.com/keras-team/keras
struct GatedRecurrentCell: RecurrentCell {
  private let weights: CellWeights
  /// Whether the reset gate takes effect after the product with the recurrent kernel, which cuDNN
  /// has made the default.
  private let resetsAfter: Bool
  private let inputBias: Tensor?
  private let recurrentBias: Tensor?
  /// The recurrent kernel of the update and the reset gate, and that of the candidate, where the
  /// reset gate comes first.
  private let parts: (gates: Tensor, candidate: Tensor)?

  init(_ layer: Layer, in graph: GraphBuilder) throws(CompileError) {
    let weights = try CellWeights(of: layer, gates: 3, in: graph)
    // Keras before 2.1.3 did not write the field, and had one bias.
    let resetsAfter = try layer.settings.flag(
      "reset_after", default: weights.bias.map { $0.rank == 2 } ?? true)
    let size = weights.units * 3
    try weights.checkBias(resetsAfter ? [2, size] : [size])
    self.init(
      weights, resetsAfter: resetsAfter,
      inputBias: weights.bias.map { resetsAfter ? graph.slice($0, [.index(0)]) : $0 },
      recurrentBias: resetsAfter ? weights.bias.map { graph.slice($0, [.index(1)]) } : nil,
      in: graph)
  }

  /// The cell of a `CuDNNGRU`, whose bias is that of the inputs and then that of the state.
  init(cuDNN layer: Layer, in graph: GraphBuilder) throws(CompileError) {
    let weights = try CellWeights(of: layer, gates: 3, in: graph)
    let size = weights.units * 3
    try weights.checkBias([size * 2])
    self.init(
      weights, resetsAfter: true,
      inputBias: weights.bias.map { graph.slice($0, [.range(0, size)]) },
      recurrentBias: weights.bias.map { graph.slice($0, [.range(size, nil)]) }, in: graph)
  }

  private init(
    _ weights: CellWeights, resetsAfter: Bool, inputBias: Tensor?, recurrentBias: Tensor?,
    in graph: GraphBuilder
  ) {
    (self.weights, self.resetsAfter) = (weights, resetsAfter)
    (self.inputBias, self.recurrentBias) = (inputBias, recurrentBias)
    let (kernel, border) = (weights.recurrentKernel, weights.units * 2)
    parts =
      resetsAfter
      ? nil
      : (
        graph.slice(kernel, [.all, .range(0, border)]),
        graph.slice(kernel, [.all, .range(border, nil)])
      )
  }

  var kind: ElementKind { weights.kernel.kind }
  var stateSizes: [Int] { [weights.units] }
  var outputState: Int { 0 }

  func project(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    try weights.project(inputs, bias: inputBias, in: graph)
  }

  func step(
    _ projected: Tensor, _ states: [Tensor], in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    let state = states[0]
    let inputs = graph.split(projected, into: 3, along: -1)
    let recurrent = recurrentGates(state, in: graph)
    let update = try gate(graph.plus(inputs[0], recurrent[0]), in: graph)
    let reset = try gate(graph.plus(inputs[1], recurrent[1]), in: graph)
    let fromState =
      if let parts {
        graph.matmul(graph.multiply(reset, state), parts.candidate)
      } else {
        graph.multiply(reset, recurrent[2])
      }
    let candidate = try weights.activate(
      graph.plus(inputs[2], fromState), by: "activation", default: "tanh", in: graph)
    let rest = graph.binary(.sub, graph.scalar(1, like: update), update)
    return [graph.plus(graph.multiply(update, state), graph.multiply(rest, candidate))]
  }

  /// What the state gives to the update gate, the reset gate and, where that resets after, the
  /// candidate.
  private func recurrentGates(_ state: Tensor, in graph: GraphBuilder) -> [Tensor] {
    if let parts { return graph.split(graph.matmul(state, parts.gates), into: 2, along: -1) }
    let product = graph.matmul(state, weights.recurrentKernel)
    return graph.split(
      recurrentBias.map { graph.plus(product, $0) } ?? product, into: 3, along: -1)
  }

  private func gate(_ x: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    try weights.activate(x, by: "recurrent_activation", default: "sigmoid", in: graph)
  }
}
