import TensorFlowGraph

/// `SimpleRNNCell`: a dense layer of the inputs and of what it gave last.
/// keras/src/layers/rnn/simple_rnn.py of https://github.com/keras-team/keras
struct SimpleRecurrentCell: RecurrentCell {
  private let weights: CellWeights

  init(_ layer: Layer, in graph: GraphBuilder) throws(CompileError) {
    weights = try CellWeights(of: layer, gates: 1, in: graph)
    try weights.checkBias([weights.units])
  }

  var kind: ElementKind { weights.kernel.kind }
  var stateSizes: [Int] { [weights.units] }
  var outputState: Int { 0 }

  func project(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    try weights.project(inputs, bias: weights.bias, in: graph)
  }

  func step(
    _ projected: Tensor, _ states: [Tensor], in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    let sum = graph.plus(projected, graph.matmul(states[0], weights.recurrentKernel))
    return [try weights.activate(sum, by: "activation", default: "tanh", in: graph)]
  }
}
