import Tensors

/// Normalizes each example within groups of channels.
/// keras/src/layers/normalization/group_normalization.py of https://github.com/keras-team/keras
enum GroupNormalization: LayerLowering {
  static var masking: Masking { .passes }
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let input = Statistics.input(of: call, try call.input(ranks: 2...15), in: graph)
    if layer.dialect != .keras3, call.mask != nil {
      throw layer.settings.unsupported(
        "mask", "Keras 2 broadcasts it to the channels, which works for few shapes only")
    }
    let axis = try call.axis(try layer.settings.integer("axis", default: -1), of: input)
    let groups = try groups(of: layer, channels: input.dimension(axis), axis: axis)
    var grouped = graph.extents(of: input)
    grouped[axis] = .known(groups.size)
    grouped.insert(.known(groups.count), at: axis)
    let x = Statistics.precise(graph.reshape(input, to: grouped), in: graph)
    func parameter(_ name: String, _ field: String) throws(CompileError) -> Tensor? {
      guard try layer.settings.flag(field, default: true) else { return nil }
      return try Statistics.parameter(
        name, of: layer, along: [axis, axis + 1], of: x, in: graph)
    }
    let (mean, variance) = Statistics.moments(
      of: x, along: (1..<x.rank).filter { $0 != axis }, in: graph)
    let normalized = Statistics.normalize(
      x, mean: mean, variance: variance, scale: try parameter("gamma", "scale"),
      offset: try parameter("beta", "center"),
      epsilon: try layer.settings.number("epsilon", default: 1e-3), in: graph)
    let output = graph.reshape(
      graph.cast(normalized, to: input.kind), to: graph.extents(of: input))
    return .tensor(Statistics.result(output, of: layer, in: graph))
  }

  /// How many groups there are, and how many channels each has.
  private static func groups(
    of layer: Layer, channels: Int?, axis: Int
  ) throws(CompileError) -> (count: Int, size: Int) {
    let setting = try layer.settings.integer("groups", default: 32)
    guard axis > 0, let channels, channels > 0 else {
      throw layer.settings.malformed("axis", "an axis of a size that is known, not the batch")
    }
    let count = setting == -1 ? channels : setting
    guard count > 0, channels % count == 0 else {
      throw layer.settings.malformed("groups", "a divisor of the \(channels) channels")
    }
    return (count, channels / count)
  }
}
