import TensorFlowGraph
import Tensors

/// `Activation`: a function of each element, or along the last axis.
enum ActivationLayer: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    .tensor(try Activation.apply("activation", of: call.layer, to: call.input, in: graph))
  }
}

/// `ReLU`, with a slope below a threshold and an upper bound.
/// `relu` of tf_keras/src/backend.py of https://github.com/keras-team/tf-keras
enum ReLU: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    var x = try call.input
    let settings = call.layer.settings
    let slope = try settings.number("negative_slope", default: 0)
    let threshold = try settings.number("threshold", default: 0)
    let bound = try settings.number("max_value")
    if slope == 0, bound == nil, threshold == 0 { return .tensor(graph.unary(.relu, x)) }
    x = try graph.floats(x, of: call.layer)
    if slope != 0, bound == nil, threshold == 0 { return .tensor(graph.leakyReLU(x, slope: slope)) }
    var result =
      threshold == 0
      ? graph.unary(.relu, x) : above(threshold, x, of: call.layer, in: graph)
    if let bound { result = graph.clip(result, from: 0, to: bound) }
    if slope != 0 {
      let below = graph.unary(.relu, graph.binary(.sub, graph.scalar(threshold, like: x), x))
      result = graph.minus(result, graph.binary(.mul, below, slope))
    }
    return .tensor(result)
  }

  /// What is above a threshold, and 0 for the rest. Keras 2 multiplies by 0.
  static func above(
    _ threshold: Double, _ x: Tensor, of layer: Layer, in graph: GraphBuilder
  ) -> Tensor {
    let isAbove = graph.binary(.greater, x, threshold)
    guard layer.dialect == .keras3 else {
      return graph.multiply(x, graph.cast(isAbove, to: x.kind))
    }
    return graph.select(isAbove, x, graph.unary(.zerosLike, x))
  }
}

enum LeakyReLU: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    // `alpha` in Keras 2, and in Keras 3 what its name was before.
    let settings = call.layer.settings
    var slope = try settings.number("negative_slope", default: 0.3)
    if let alpha = try settings.number("alpha") { slope = alpha }
    let x = try call.input
    let floats = x.kind.isFloating ? x : try graph.numbers(x, of: call.layer)
    return .tensor(graph.leakyReLU(floats, slope: slope))
  }
}

enum ELU: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try graph.floats(call.input, of: call.layer)
    let alpha = try call.layer.settings.number("alpha", default: 1)
    let result = graph.unary(.elu, x)
    guard alpha != 1 else { return .tensor(result) }
    return .tensor(
      graph.select(graph.binary(.greater, x, 0), result, graph.binary(.mul, result, alpha)))
  }
}

/// `relu(x) - alpha * relu(-x)`, with weights for `alpha`.
enum PReLU: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try graph.numbers(call.input(ranks: 1...16), of: call.layer)
    // Its shape has the axes that are shared as 1.
    let alpha = try call.layer.read("alpha", rank: x.rank - 1, as: x.kind, in: graph)
    guard GraphBuilder.canBroadcast(alpha.shape, to: x.shape) else {
      throw .missingWeight(location: call.layer.location, weight: "alpha of the input's shape")
    }
    let below = graph.multiply(
      graph.unary(.neg, alpha), graph.unary(.relu, graph.unary(.neg, x)))
    return .tensor(graph.plus(graph.unary(.relu, x), below))
  }
}

/// Keras 2's; 0 up to a threshold.
enum ThresholdedReLU: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let theta = try call.layer.settings.number("theta", default: 1)
    let x = try graph.floats(call.input, of: call.layer)
    return .tensor(ReLU.above(theta, x, of: call.layer, in: graph))
  }
}
