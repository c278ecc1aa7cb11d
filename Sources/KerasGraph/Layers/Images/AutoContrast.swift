import TensorFlowGraph

/// `AutoContrast`: stretches each channel of each image over the whole range.
/// keras/src/layers/preprocessing/image_preprocessing/auto_contrast.py of
/// https://github.com/keras-team/keras
enum AutoContrast: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let input = try call.data(in: graph)
    guard input.rank == 3 || input.rank == 4 else {
      throw call.unfitting("rank 3 or 4", "rank \(input.rank)")
    }
    let range = try ValueRange.read(of: call.layer).sorted
    let original = input.rank == 3 ? graph.expand(input, at: 0) : input
    let x = graph.rescale(original, from: range, to: .bytes)
    // These are the axes in either order of the axes.
    let low = graph.reduce(.min, x, along: [1, 2], keepsDimensions: true)
    let high = graph.reduce(.max, x, along: [1, 2], keepsDimensions: true)
    let scale = graph.binary(.realDiv, graph.scalar(255, like: x), graph.minus(high, low))
    let offset = graph.multiply(graph.unary(.neg, low), scale)
    let stretched = graph.clip(graph.plus(graph.multiply(x, scale), offset), 0...255)
    let result = graph.rescale(stretched, from: .bytes, to: range)
    // A channel of one value has no contrast.
    let isNone = graph.add(.isNan, [result], shape: result.shape)
    let output = graph.select(isNone, original, result)
    return .tensor(input.rank == 3 ? graph.squeeze(output, [0]) : output)
  }
}

/// The smallest and the largest value that images have.
struct ValueRange: Hashable {
  let lower: Double
  let upper: Double

  static let bytes = ValueRange(lower: 0, upper: 255)

  static func read(of layer: Layer) throws(CompileError) -> ValueRange {
    guard let numbers = try ConfiguredNumbers.read("value_range", of: layer) else { return .bytes }
    guard numbers.dimensions == [2], numbers.values.count == 2 else {
      throw layer.settings.malformed("value_range", "two numbers")
    }
    return ValueRange(lower: numbers.values[0], upper: numbers.values[1])
  }

  var sorted: ValueRange { ValueRange(lower: min(lower, upper), upper: max(lower, upper)) }
}

extension GraphBuilder {
  /// Values of one range in another.
  func rescale(_ x: Tensor, from old: ValueRange, to new: ValueRange) -> Tensor {
    guard old != new else { return x }
    let part = binary(.realDiv, binary(.sub, x, old.lower), old.upper - old.lower)
    return binary(.addV2, binary(.mul, part, new.upper - new.lower), new.lower)
  }

  func clip(_ x: Tensor, _ range: ClosedRange<Double>) -> Tensor {
    add(
      .clipByValue, [x, scalar(range.lowerBound, like: x), scalar(range.upperBound, like: x)],
      shape: x.shape)
  }
}
