import TensorFlowGraph
import Tensors

/// `LSTMCell`. The states are what it gave last and its memory.
/// keras/src/layers/rnn/lstm.py of https://github.com/keras-team/keras
struct LongShortTermMemoryCell: RecurrentCell {
  private let weights: CellWeights
  private let bias: Tensor?

  init(_ layer: Layer, in graph: GraphBuilder) throws(CompileError) {
    weights = try CellWeights(of: layer, gates: 4, in: graph)
    bias = weights.bias
    try weights.checkBias([weights.units * 4])
  }

  /// The cell of a `CuDNNLSTM`, whose bias is that of the inputs and then that of the state.
  init(cuDNN layer: Layer, in graph: GraphBuilder) throws(CompileError) {
    let weights = try CellWeights(of: layer, gates: 4, in: graph)
    let size = weights.units * 4
    self.weights = weights
    try weights.checkBias([size * 2])
    bias = weights.bias.map {
      graph.plus(graph.slice($0, [.range(0, size)]), graph.slice($0, [.range(size, nil)]))
    }
  }

  var kind: ElementKind { weights.kernel.kind }
  var stateSizes: [Int] { [weights.units, weights.units] }
  var outputState: Int { 0 }

  func project(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    try weights.project(inputs, bias: bias, in: graph)
  }

  func step(
    _ projected: Tensor, _ states: [Tensor], in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    let recurrent = graph.matmul(states[0], weights.recurrentKernel)
    return try weights.remember(graph.plus(projected, recurrent), states[1], in: graph)
  }
}

extension CellWeights {
  /// The states that the gates of a long short-term memory make.
  ///
  /// - Parameters:
  ///   - gates: input, forget, memory and output gate along the last axis, before activation.
  ///   - memory: the second state before the step.
  func remember(
    _ gates: Tensor, _ memory: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    func activated(_ x: Tensor) throws(CompileError) -> Tensor {
      try activate(x, by: "activation", default: "tanh", in: graph)
    }
    func gate(_ x: Tensor) throws(CompileError) -> Tensor {
      try activate(x, by: "recurrent_activation", default: recurrentDefault, in: graph)
    }
    let parts = graph.split(gates, into: 4, along: -1)
    let kept = graph.multiply(try gate(parts[1]), memory)
    let added = graph.multiply(try gate(parts[0]), try activated(parts[2]))
    let next = graph.plus(kept, added)
    let output = graph.multiply(try gate(parts[3]), try activated(next))
    return [output, next]
  }

  /// ConvLSTM of Keras 2 is the one whose default differs.
  private var recurrentDefault: String {
    layer.dialect != .keras3 && layer.className.hasPrefix("ConvLSTM") ? "hard_sigmoid" : "sigmoid"
  }
}
