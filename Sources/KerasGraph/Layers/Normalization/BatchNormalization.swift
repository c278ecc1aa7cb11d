import TensorFlowGraph
import Tensors

/// `(x − moving_mean) / √(moving_variance + ε) · gamma + beta`. What is special to renormalization
/// is for training only.
/// keras/src/layers/normalization/batch_normalization.py of https://github.com/keras-team/keras
enum BatchNormalization: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let input = try call.input(ranks: 1...16)
    let x = Statistics.precise(Statistics.input(of: call, input, in: graph), in: graph)
    let axes = try Statistics.axes(of: call, x).sorted()
    func parameter(_ name: String) throws(CompileError) -> Tensor {
      try Statistics.parameter(name, of: layer, along: axes, of: x, in: graph)
    }
    let scale =
      try layer.settings.flag("scale", default: true) ? try parameter("gamma") : nil
    let offset =
      try layer.settings.flag("center", default: true) ? try parameter("beta") : nil
    let epsilon = try layer.settings.number("epsilon", default: 1e-3)
    let (mean, variance) = (try parameter("moving_mean"), try parameter("moving_variance"))
    let isFused = x.rank == 4 && axes == [3] && x.kind == .float32 && mean.rank == 1
    let output =
      isFused
      ? fused(x, scale, offset, mean, variance, epsilon, in: graph)
      : Statistics.normalize(
        x, mean: mean, variance: variance, scale: scale, offset: offset, epsilon: epsilon,
        in: graph)
    return .tensor(Statistics.result(output, of: layer, in: graph))
  }

  /// The same as one operation, which TensorFlow merges with a convolution before it.
  private static func fused(
    _ x: Tensor, _ scale: Tensor?, _ offset: Tensor?, _ mean: Tensor, _ variance: Tensor,
    _ epsilon: Double, in graph: GraphBuilder
  ) -> Tensor {
    let channels = [graph.extent(of: mean, 0)]
    let scale = scale ?? graph.fill(channels, with: graph.scalar(1, .float32))
    let offset = offset ?? graph.fill(channels, with: graph.scalar(0, .float32))
    let results = graph.addAll(
      .fusedBatchNormV3, [x, scale, offset, mean, variance],
      ["epsilon": .real(Float(epsilon)), "is_training": .flag(false)],
      shapes: [x.shape, mean.shape])
    return results.first ?? x
  }
}
