import Tensors

/// Scales each example to length 1 along axes.
/// keras/src/layers/normalization/unit_normalization.py of https://github.com/keras-team/keras
enum UnitNormalization: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = Statistics.input(of: call, try call.input(ranks: 1...16), in: graph)
    let axes = try Statistics.axes(of: call, x)
    let square = graph.reduce(
      .sum, graph.unary(.square, x), along: axes, keepsDimensions: true)
    // Keras 3 bounds the factor, TensorFlow's `l2_normalize` the square.
    let factor =
      call.layer.dialect == .keras3
      ? graph.binary(.minimum, graph.unary(.rsqrt, square), 1e12)
      : graph.unary(.rsqrt, graph.binary(.maximum, square, 1e-12))
    return .tensor(graph.multiply(x, factor))
  }
}

/// Divides by the root of the mean square along axes.
/// keras/src/layers/normalization/rms_normalization.py of https://github.com/keras-team/keras
enum RMSNormalization: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let input = try call.input(ranks: 1...16)
    let x = Statistics.precise(input, in: graph)
    let axes = try Statistics.axes(of: call, x)
    // Keras lets it broadcast along the last axes, whichever the axes are.
    let scale = try call.layer.read("scale", rank: axes.count, in: graph)
    for (size, axis) in zip(scale.shape.reversed(), x.shape.reversed())
    where size != 1 && axis != 1 && axis != nil && size != axis {
      throw .missingWeight(location: call.layer.location, weight: "scale for its axes")
    }
    let square = graph.reduce(
      .mean, graph.unary(.square, x), along: axes, keepsDimensions: true)
    let epsilon = try Statistics.epsilon(of: call.layer, default: 1e-6)
    let factor = graph.unary(.rsqrt, graph.binary(.addV2, square, epsilon))
    let output = graph.multiply(
      graph.multiply(x, factor), graph.cast(scale, to: x.kind))
    return .tensor(graph.cast(output, to: input.kind))
  }
}

/// The layer within, whose kernel was divided by its spectral norm while it was trained.
/// keras/src/layers/normalization/spectral_normalization.py of https://github.com/keras-team/keras
enum SpectralNormalization: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let input = try call.input
    let output = try graph.call(
      try call.layer.part("layer", call.layer.settings["layer"]), on: input)
    guard call.layer.dialect == .keras3 else { return output }
    return output.map {
      $0.kind == input.kind ? $0 : graph.cast($0, to: input.kind).masked(by: nil)
    }
  }
}
