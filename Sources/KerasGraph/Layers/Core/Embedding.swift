import StrictJSON
import TensorFlowGraph
import Tensors

/// The rows of a table at given places.
enum Embedding: LayerLowering {
  static var masking: Masking { .own }
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    try layer.refuseQuantization()
    guard try !layer.settings.flag("sparse", default: false) else {
      throw layer.settings.unsupported("sparse", "only dense tensors can be served")
    }
    let input = try call.input(ranks: 0...16)
    guard input.kind != .string else { throw call.unfitting("numbers", input.kind.name) }
    guard layer.policy.compute.isFloating, layer.policy.variable.isFloating else {
      throw layer.settings.unsupported("dtype", "\(layer.className) gives floats")
    }
    let kind = layer.policy.variable
    let table = try layer.adapted("embeddings", rank: 2, as: kind, in: graph)
    let rows = graph.gather(table, at: places(input, of: table, layer, in: graph))
    return .tensor(
      graph.cast(rows, to: layer.policy.compute).masked(by: try mask(call, input, in: graph)))
  }

  /// Keras 3 counts negative ones from the end.
  private static func places(
    _ input: Tensor, of table: Tensor, _ layer: Layer, in graph: GraphBuilder
  ) -> Tensor {
    let isInteger = input.kind == .int32 || input.kind == .int64
    let places = isInteger ? input : graph.cast(input, to: .int32)
    guard layer.dialect == .keras3, let count = table.dimension(0) else { return places }
    return graph.select(
      graph.binary(.less, places, 0), graph.binary(.addV2, places, Double(count)), places)
  }

  private static func mask(
    _ call: Call, _ input: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor.Mask? {
    guard try call.layer.settings.flag("mask_zero", default: false) else { return nil }
    return graph.binary(.notEqual, input, 0).asMask
  }
}

/// An embedding that also gives, when it is called with `reverse`, the scores of all rows.
enum ReversibleEmbedding: LayerLowering {
  static var masking: Masking { .own }
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let reverse = call.argument(1, "reverse")
    guard let isReverse = reverse == nil ? false : reverse?.constant?.bool else {
      throw call.layer.settings.unsupported("reverse", "it has to be known before the graph runs")
    }
    guard isReverse else { return try Embedding.lower(call, in: graph) }
    let layer = call.layer
    try layer.refuseQuantization()
    let input = try call.input(ranks: 2...16)
    guard layer.policy.variable.isFloating else {
      throw layer.settings.unsupported("dtype", "\(layer.className) gives floats")
    }
    let kind = layer.policy.variable
    let isTied = try layer.settings.flag("tie_weights", default: true)
    var kernel =
      isTied
      ? try layer.adapted("embeddings", rank: 2, as: kind, in: graph)
      : try layer.read("reverse_embeddings", rank: 2, as: kind, in: graph)
    guard GraphBuilder.canBe(input.dimension(-1), kernel.dimension(isTied ? 1 : 0)) else {
      throw call.unfitting("a last dimension as the table's", "\(input.shape)")
    }
    guard let common = try commonKind(input, kernel, of: layer) else {
      throw call.unfitting("numbers", input.kind.name)
    }
    kernel = graph.cast(kernel, to: common)
    var scores = graph.matmul(
      graph.cast(input, to: common), kernel, transposingSecond: isTied)
    if let cap = try layer.settings.number("logit_soft_cap") {
      scores = graph.binary(
        .mul, graph.unary(.tanh, graph.binary(.realDiv, scores, cap)), cap)
    }
    return .tensor(scores)
  }

  private static func commonKind(
    _ input: Tensor, _ kernel: Tensor, of layer: Layer
  ) throws(CompileError) -> ElementKind? {
    guard let name = try layer.settings.text("reverse_dtype") else {
      return NumberType.common([.kind(input.kind), .kind(kernel.kind)])
    }
    guard let kind = ElementKind(named: name), kind.isFloating else {
      throw layer.settings.malformed("reverse_dtype", "a type of floats")
    }
    return kind
  }
}

/// Marks steps of one value only, and makes them 0.
enum MaskingLayer: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try call.input(ranks: 1...16)
    guard x.kind.isFloating || x.kind.isInteger else {
      throw call.unfitting("numbers", x.kind.name)
    }
    let value = try call.layer.settings.number("mask_value", default: 0)
    let isKeras3 = call.layer.dialect == .keras3
    var compared = x
    var wanted = graph.scalar(value, like: x)
    if isKeras3 {
      // A number of Python's becomes float32, and with it what it meets.
      let kind: ElementKind = x.kind == .float64 ? .float64 : .float32
      compared = graph.cast(x, to: kind)
      wanted = graph.scalar(Double(Float(value)), kind)
    }
    let isOther = graph.binary(.notEqual, compared, wanted)
    let isStep = graph.reduce(.any, isOther, along: [-1], keepsDimensions: true)
    let result =
      isKeras3
      ? graph.select(isStep, x, graph.unary(.zerosLike, x))
      : graph.multiply(x, graph.cast(isStep, to: x.kind))
    return .tensor(result.masked(by: graph.squeeze(isStep, [-1]).asMask))
  }
}
