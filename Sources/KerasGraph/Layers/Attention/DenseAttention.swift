import TensorFlowGraph
import Tensors

/// `Attention` and `AdditiveAttention`: called with a list of query, value and maybe key, of shape
/// `[batch, places, features]`.
/// keras/src/layers/attention/attention.py of https://github.com/keras-team/keras and
/// tf_keras/src/layers/attention/base_dense_attention.py of https://github.com/keras-team/tf-keras
enum DenseAttention: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let inputs = call.inputs
    guard (2...3).contains(inputs.count), inputs.allSatisfy({ (2...8).contains($0.rank) }),
      Set(inputs.map(\.rank)).count == 1, Set(inputs.map(\.kind)).count == 1
    else { throw call.unfitting("query, value and maybe key", "\(inputs.map(\.shape))") }
    let (query, value, key) = (inputs[0], inputs[1], inputs.last ?? inputs[1])
    let masks = try masks(of: call, inputs)
    var scores =
      layer.className == "Attention"
      ? try scores(query, inputs.count == 3 ? key : value, of: layer, in: graph)
      : try additiveScores(query, inputs.count == 3 ? key : value, of: layer, in: graph)
    if let mask = try mask(of: call, masks[1], scores, in: graph) {
      let low = scores.kind == .float16 ? 65504 : 1e9
      let isOut = graph.unary(.logicalNot, mask)
      scores = graph.select(isOut, graph.binary(.sub, scores, low), scores)
    }
    let weights = graph.unary(.softmax, scores)
    var output = graph.matmul(weights, value)
    if let mask = masks[0] {
      output = graph.select(
        graph.expand(mask, at: -1), output, graph.scalar(0, like: output))
    }
    output = output.masked(by: masks[0]?.asMask)
    guard try call.flag("return_attention_scores") else { return .tensor(output) }
    return .list([.tensor(output), .tensor(weights)])
  }

  private static func scores(
    _ query: Tensor, _ key: Tensor, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let isScaled = try layer.settings.flag("use_scale", default: false)
    let scale = isScaled ? try layer.read("scale", rank: 0, in: graph) : nil
    switch try layer.settings.text("score_mode", default: "dot") {
    case "dot":
      let scores = graph.matmul(query, key, transposingSecond: true)
      return scale.map { graph.multiply(scores, $0) } ?? scores
    case "concat":
      var sum = pairs(query, key, in: graph)
      if let scale { sum = graph.multiply(scale, sum) }
      let scores = graph.reduce(.sum, graph.unary(.tanh, sum), along: [-1])
      let weight = try layer.read("concat_score_weight", rank: 0, in: graph)
      return graph.multiply(weight, scores)
    case let mode: throw layer.settings.unsupported("score_mode", "\(mode) is not known")
    }
  }

  private static func additiveScores(
    _ query: Tensor, _ key: Tensor, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    var sum = graph.unary(.tanh, pairs(query, key, in: graph))
    if try layer.settings.flag("use_scale", default: true) {
      sum = graph.multiply(try layer.read("scale", rank: 1, in: graph), sum)
    }
    return graph.reduce(.sum, sum, along: [-1])
  }

  /// Each place of the query with each of the key: `[batch, queries, keys, features]`.
  private static func pairs(_ query: Tensor, _ key: Tensor, in graph: GraphBuilder) -> Tensor {
    graph.plus(graph.expand(query, at: -2), graph.expand(key, at: -3))
  }

  // MARK: Masks

  /// The masks of query and value: the argument `mask`, a list, else those of the inputs.
  private static func masks(
    of call: Call, _ inputs: [Tensor]
  ) throws(CompileError) -> [Tensor?] {
    guard let given = call.argument(1, "mask") else {
      return inputs.prefix(2).map { $0.mask?.tensor }
    }
    guard case .list(let elements) = given, elements.count >= 2 else {
      throw call.layer.settings.malformed("mask", "a list of two masks or more")
    }
    return elements.prefix(2).map(\.tensor)
  }

  private static func mask(
    of call: Call, _ valueMask: Tensor?, _ scores: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor? {
    // Early Keras 2 has it as a setting.
    let alwaysCausal = try call.layer.settings.flag("causal", default: false)
    let isCausal = try call.flag("use_causal_mask") || alwaysCausal
    var mask = valueMask.map { AttentionMask.bools($0, in: graph) }
    if let known = mask, isCausal || call.layer.dialect != .keras3 || known.rank == 2 {
      mask = graph.expand(known, at: -2)
    }
    guard isCausal else { return mask }
    let causal = AttentionMask.causal(
      queries: graph.extent(of: scores, -2), values: graph.extent(of: scores, -1), in: graph)
    return AttentionMask.both(mask, causal, in: graph)
  }
}
