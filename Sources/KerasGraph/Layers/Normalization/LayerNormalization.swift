import Tensors

/// Normalizes each example along axes.
/// keras/src/layers/normalization/layer_normalization.py and `layer_normalization` in
/// keras/src/ops/nn.py of https://github.com/keras-team/keras
enum LayerNormalization: LayerLowering {
  static var masking: Masking { .passes }
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let input = Statistics.input(of: call, try call.input(ranks: 1...16), in: graph)
    let x = Statistics.precise(input, in: graph)
    let axes = try Statistics.axes(of: call, x)
    let scalesByDeviation = try layer.settings.flag("rms_scaling", default: false)
    func parameter(_ name: String, _ field: String) throws(CompileError) -> Tensor? {
      guard try layer.settings.flag(field, default: true) else { return nil }
      return try Statistics.parameter(name, of: layer, along: axes, of: x, in: graph)
    }
    let epsilon = try Statistics.epsilon(of: layer, default: 1e-3)
    let (mean, variance) = Statistics.moments(of: x, along: axes, in: graph)
    var output: Tensor
    if scalesByDeviation {
      output = graph.multiply(
        x, graph.unary(.rsqrt, graph.binary(.addV2, variance, epsilon)))
      let gamma = try Statistics.parameter("gamma", of: layer, along: axes, of: x, in: graph)
      output = graph.multiply(output, gamma)
    } else {
      output = Statistics.normalize(
        x, mean: mean, variance: variance, scale: try parameter("gamma", "scale"),
        offset: try parameter("beta", "center"), epsilon: epsilon, in: graph)
    }
    output = graph.cast(output, to: input.kind)
    return .tensor(Statistics.result(output, of: layer, in: graph))
  }
}
