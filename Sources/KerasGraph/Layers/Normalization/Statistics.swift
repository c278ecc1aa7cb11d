import StrictJSON
import TensorFlowGraph
import Tensors

/// What the normalizations have in common.
enum Statistics {
  /// The axes that `axis` lists, counted from 0, in its order. One integer is one axis; absent is
  /// the last.
  static func axes(of call: Call, _ x: Tensor) throws(CompileError) -> [Int] {
    var axes: [Int] = []
    for axis in try call.layer.settings.integers("axis") ?? [-1] {
      axes.append(try call.axis(axis, of: x))
    }
    guard !axes.isEmpty, Set(axes).count == axes.count else {
      throw call.layer.settings.malformed("axis", "different axes")
    }
    return axes
  }

  /// A tensor in the type that statistics are computed in: float32 where it has less.
  static func precise(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    x.kind == .float64 ? x : graph.cast(x, to: .float32)
  }

  /// The tensor that a layer of Keras 2 casts to its compute type by itself, or that one of Keras 3
  /// takes as it comes.
  static func input(of call: Call, _ x: Tensor, in graph: GraphBuilder) -> Tensor {
    call.layer.dialect == .keras3 ? x : result(x, of: call.layer, in: graph)
  }

  /// What a layer gives: of its compute type.
  static func result(_ x: Tensor, of layer: Layer, in graph: GraphBuilder) -> Tensor {
    let kind = layer.policy.compute
    return kind.isFloating ? graph.cast(x, to: kind) : x
  }

  /// What is added to the variance. Where the setting is null, Keras 3 has `backend.epsilon()`.
  static func epsilon(of layer: Layer, default value: Double) throws(CompileError) -> Double {
    let isNull = layer.settings.json["epsilon"] == .null && layer.dialect == .keras3
    return try layer.settings.number("epsilon", default: isNull ? 1e-7 : value)
  }

  /// A weight with a number for each place of some axes, in a shape that broadcasts to `x`.
  static func parameter(
    _ name: String, of layer: Layer, along axes: [Int], of x: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let sizes = axes.map { x.dimension($0) }
    let expected = sizes.compactMap(\.self).reduce((1, false)) { product, size in
      let (value, overflow) = product.0.multipliedReportingOverflow(by: size)
      return (value, product.1 || overflow)
    }
    let dimensions = try layer.shape(of: name)
    let value = try layer.read(name, as: x.kind, in: graph)
    guard value.kind == x.kind, !sizes.contains(nil), !expected.1,
      dimensions.reduce(1, &*) == expected.0
    else { throw .missingWeight(location: layer.location, weight: "\(name) for its axes") }
    guard axes != [x.rank - 1] || dimensions.count != 1 else { return value }
    return graph.reshape(
      value, to: x.shape.enumerated().map { axes.contains($0.offset) ? $0.element : 1 })
  }

  /// `(x − mean) / √(variance + ε) · scale + offset`
  static func normalize(
    _ x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor?, offset: Tensor?,
    epsilon: Double, in graph: GraphBuilder
  ) -> Tensor {
    var factor = graph.unary(.rsqrt, graph.binary(.addV2, variance, epsilon))
    if let scale { factor = graph.multiply(factor, scale) }
    let shift = graph.multiply(mean, factor)
    let product = graph.multiply(x, factor)
    guard let offset else { return graph.minus(product, shift) }
    return graph.plus(product, graph.minus(offset, shift))
  }

  /// The mean and the variance along axes, which stay with size 1.
  static func moments(
    of x: Tensor, along axes: [Int], in graph: GraphBuilder
  ) -> (mean: Tensor, variance: Tensor) {
    let mean = graph.reduce(.mean, x, along: axes, keepsDimensions: true)
    let squares = graph.binary(.squaredDifference, x, mean)
    return (mean, graph.reduce(.mean, squares, along: axes, keepsDimensions: true))
  }
}
