import StrictJSON
import TensorFlowGraph
import Tensors

/// keras/src/layers/preprocessing/category_encoding.py of https://github.com/keras-team/keras
enum CategoryEncoding: LayerLowering {
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let encoder = try CategoryEncoder(of: layer, default: .multiHot)
    let isKeras3 = layer.dialect == .keras3
    var input = try call.input(ranks: 0...8)
    if !isKeras3, input.kind.isFloating, layer.policy.compute.isFloating {
      input = graph.cast(input, to: layer.policy.compute)
    }
    guard input.kind.isFloating || input.kind.isInteger, encoder.mode != .integer else {
      throw call.unfitting("numbers of categories", "\(input.kind.name)")
    }
    // Early Keras 2 has another name for it.
    let name = layer.settings["max_tokens"] == nil ? "num_tokens" : "max_tokens"
    let depth = try layer.settings.requiredInteger(name)
    if !isKeras3 { input = checked(input, below: depth, in: graph) }
    if input.kind.isFloating { input = graph.cast(input, to: isKeras3 ? .int64 : .int32) }
    let weights = call.argument(1, "count_weights")?.tensor.map {
      graph.cast($0, to: layer.policy.compute)
    }
    guard weights == nil || encoder.mode == .count else {
      throw layer.settings.unsupported("count_weights", "they are for output_mode='count'")
    }
    let kind = isKeras3 ? layer.policy.variable : layer.policy.compute
    return .tensor(
      try encoder.encode(input, depth: depth, as: kind, weights: weights, in: graph))
  }

  /// In Keras 2, numbers that are no category's are an error when the model runs.
  private static func checked(
    _ input: Tensor, below depth: Int, in graph: GraphBuilder
  ) -> Tensor {
    let axes = Array(input.shape.indices)
    let condition = graph.binary(
      .logicalAnd,
      graph.binary(
        .greater, graph.scalar(Double(depth), like: input), graph.reduce(.max, input, along: axes)),
      graph.binary(
        .greaterEqual, graph.reduce(.min, input, along: axes), graph.scalar(0, like: input)))
    return graph.asserting(
      condition, "the values have to be 0 or more and less than \(depth)", before: input)
  }
}

extension GraphBuilder {
  /// A tensor that there is only where a condition holds.
  func asserting(_ condition: Tensor, _ message: String, before x: Tensor) -> Tensor {
    let text = constant(
      ConstantTensor(kind: .string, dimensions: [], elements: .strings([Array(message.utf8)])))
    let assertion = addControl(.assert, [condition, text])
    return add(.identity, [x], shape: x.shape, after: [assertion])
  }
}

/// Which of the ranges between boundaries each number is in.
/// keras/src/layers/preprocessing/discretization.py of https://github.com/keras-team/keras
enum Discretization: LayerLowering {
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let encoder = try CategoryEncoder(of: layer, default: .integer)
    let compute = layer.policy.compute
    let isKeras3 = layer.dialect == .keras3
    var input = try call.input(ranks: 0...8)
    if input.kind.isFloating, isKeras3 || compute.isFloating {
      input = graph.cast(input, to: isKeras3 ? .float32 : compute)
    }
    switch input.kind {
    case .int32, .int64, .float32, .float64: break
    case .uint32: input = graph.cast(input, to: .int64)
    case let kind where kind.isInteger || kind == .bool: input = graph.cast(input, to: .int32)
    case let kind where kind.isFloating: input = graph.cast(input, to: .float32)
    default: throw call.unfitting("numbers", input.kind.name)
    }
    let boundaries = try boundaries(of: layer)
    let indices = graph.add(
      .bucketize, [input], ["boundaries": .reals(boundaries)], shape: input.shape)
    let whole = isKeras3 ? ElementKind.int32 : layer.integerKind()
    return .tensor(
      try encoder.encode(
        indices, depth: boundaries.count + 1, as: encoder.mode == .integer ? whole : compute,
        in: graph))
  }

  private static func boundaries(of layer: Layer) throws(CompileError) -> [Float] {
    let settings = layer.settings
    // Early Keras 2 calls them `bins`.
    guard let listed = settings.list("bin_boundaries") ?? settings.list("bins") else {
      throw settings.unsupported(
        "bin_boundaries",
        "the configuration has none; make the layer with bin_boundaries=layer.bin_boundaries")
    }
    let boundaries = listed.compactMap(\.double).map { Float($0) }
    guard boundaries.count == listed.count,
      zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw settings.malformed("bin_boundaries", "numbers in order") }
    return boundaries
  }
}
