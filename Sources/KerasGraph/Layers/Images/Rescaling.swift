import StrictJSON

/// `x · scale + offset`.
/// keras/src/layers/preprocessing/rescaling.py of https://github.com/keras-team/keras
enum Rescaling: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try call.data(in: graph)
    guard let scale = try ConfiguredNumbers.read("scale", of: call.layer) else {
      throw call.layer.settings.malformed("scale", "a number")
    }
    var result = graph.multiply(x, scale.constant(x.kind, in: graph))
    if let offset = try ConfiguredNumbers.read("offset", of: call.layer) {
      result = graph.plus(result, offset.constant(x.kind, in: graph))
    }
    return call.passingMask(result)
  }
}

/// `(x - mean) / √variance`, or the way back.
/// keras/src/layers/preprocessing/normalization.py of https://github.com/keras-team/keras
enum Normalization: LayerLowering {
  /// `keras.backend.epsilon()`.
  private static let epsilon = 1e-7

  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try call.data(in: graph)
    let kept = try axes(of: call, x)
    let mean = try statistic("mean", of: call, x, kept, in: graph)
    let variance = try statistic("variance", of: call, x, kept, in: graph)
    let deviation = graph.binary(.maximum, graph.unary(.sqrt, variance), epsilon)
    if try call.layer.settings.flag("invert", default: false) {
      return call.passingMask(graph.plus(mean, graph.multiply(x, deviation)))
    }
    return call.passingMask(graph.binary(.realDiv, graph.minus(x, mean), deviation))
  }

  /// The axes with statistics of their own, in order. `null` is none, and not the default.
  private static func axes(of call: Call, _ x: Tensor) throws(CompileError) -> [Int] {
    let settings = call.layer.settings
    var axes: Set<Int> = []
    let listed = settings.json["axis"]?.isNull == true ? [] : try settings.integers("axis") ?? [-1]
    for axis in listed { axes.insert(try call.axis(axis, of: x)) }
    return axes.sorted()
  }

  /// The mean or the variance, of the configuration or learned, in a shape that fits the input's.
  private static func statistic(
    _ name: String, of call: Call, _ x: Tensor, _ kept: [Int], in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let layer = call.layer
    var shape = x.shape.map { _ in 1 }
    if let numbers = try ConfiguredNumbers.read(name, of: layer) {
      // Keras 2 takes arrays with more axes, of one place each.
      let sizes = numbers.dimensions.drop { $0 == 1 }
      guard sizes.count <= kept.count else {
        throw layer.settings.malformed(name, "numbers for \(kept.count) axes")
      }
      for (axis, size) in zip(kept.reversed(), sizes.reversed()) {
        guard size == 1 || size == x.shape[axis] else {
          throw layer.settings.malformed(name, "as many numbers as axis \(axis) has places")
        }
        shape[axis] = size
      }
      return numbers.constant(x.kind, shape: shape, in: graph)
    }
    let learned = try layer.read(name, rank: kept.count, in: graph)
    for (axis, size) in zip(kept, try layer.shape(of: name)) {
      guard size == x.shape[axis] ?? size else {
        throw call.unfitting("\(size) places along axis \(axis)", "\(x.shape[axis] ?? 0)")
      }
      shape[axis] = size
    }
    return graph.reshape(learned, to: shape)
  }
}
