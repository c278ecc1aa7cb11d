import TensorFlowGraph
import Tensors

/// The cell of `ConvLSTM`: a long short-term memory with convolutions for matrix products.
/// keras/src/layers/rnn/conv_lstm.py of https://github.com/keras-team/keras,
/// tf_keras/src/layers/rnn/base_conv_lstm.py of https://github.com/keras-team/tf-keras
struct ConvolutionalCell: RecurrentCell {
  private let weights: CellWeights
  private let window: SlidingWindow

  /// - Parameter rank: how many axes of space there are.
  init(_ layer: Layer, rank: Int, in graph: GraphBuilder) throws(CompileError) {
    weights = try CellWeights(
      of: layer, gates: 4, units: "filters", rank: rank + 2, in: graph)
    try weights.checkBias([weights.units * 4])
    let settings = layer.settings
    let sizes = weights.kernel.shape.prefix(rank).compactMap { $0 }
    guard sizes.count == rank, sizes.allSatisfy({ (1...Int(Int32.max)).contains($0) }) else {
      throw .missingWeight(location: layer.location, weight: "kernel of \(rank) axes of space")
    }
    window = SlidingWindow(
      sizes: sizes, strides: try settings.sizes("strides", count: rank),
      dilations: try settings.sizes("dilation_rate", count: rank),
      isSame: try settings.isPaddedSame())
  }

  var kind: ElementKind { weights.kernel.kind }
  var stateSizes: [Int] { [weights.units, weights.units] }
  var outputState: Int { 0 }

  /// Steps and batch are one axis for the convolution.
  func project(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    let inputs = try weights.fitting(inputs, in: graph)
    let merged = graph.mergingFirstAxes(of: inputs)
    let room = zip(merged.shape.dropFirst(), window.extents)
    guard window.isSame || room.allSatisfy({ $0 ?? $1 >= $1 }) else {
      throw .unfittingInput(
        location: weights.layer.location, expected: "at least \(window.extents) places",
        found: "\(merged.shape)")
    }
    var output = graph.convolution(merged, weights.kernel, window)
    if let bias = weights.bias {
      output = graph.add(.biasAdd, [output, bias], shape: output.shape)
    }
    return graph.separatingFirstAxis(of: output, as: inputs)
  }

  func step(
    _ projected: Tensor, _ states: [Tensor], in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    let centred = SlidingWindow(sizes: window.sizes, isSame: true)
    let recurrent = graph.convolution(states[0], weights.recurrentKernel, centred)
    return try weights.remember(graph.plus(projected, recurrent), states[1], in: graph)
  }
}
