import TensorFlowGraph
import Tensors

/// Attention of several heads, along one axis or several.
/// keras/src/layers/attention/multi_head_attention.py of https://github.com/keras-team/keras and
/// https://github.com/keras-team/tf-keras
enum MultiHeadAttention: LayerLowering {
  static var masking: Masking { .passes }
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let attention = try AttentionCall(call)
    // In Keras 2 the cast of the query to the layer's type loses the mask.
    let kept = layer.dialect == .keras3 || attention.query.kind == layer.policy.compute
    let mask = try attention.mask(
      queryMask: kept ? attention.query.mask?.tensor : nil,
      convertsGiven: layer.dialect == .keras3, in: graph)
    func project(_ x: Tensor, _ name: String) throws(CompileError) -> Tensor {
      try AttentionHeads.project(x, name + "_dense", named: name, of: layer, in: graph)
    }
    let query = try project(attention.query, "query")
    let key = try project(attention.key, "key")
    let value = try project(attention.value, "value")
    guard Set([query, key, value].map(\.rank)).count == 1 else {
      throw call.unfitting("query, value and key of one rank", "\(query.shape), \(value.shape)")
    }
    var (output, scores) = try attend(query, key, value, mask, attention, in: graph)
    if try layer.settings.flag("use_gate", default: false) {
      let gate = try AttentionHeads.project(
        attention.query, "gate_dense", named: "gate", activation: "sigmoid", of: layer, in: graph)
      output = graph.multiply(output, gate)
    }
    if layer.dialect == .keras3 {
      graph.loseMasks(of: [attention.query, attention.value, attention.key], for: layer)
    }
    output = try AttentionHeads.project(
      output, "output_dense", named: "attention_output", bound: 2, of: layer, in: graph)
    return attention.result(output, scores: scores)
  }

  private static func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ attention: AttentionCall,
    in graph: GraphBuilder
  ) throws(CompileError) -> (Tensor, Tensor?) {
    let layer = attention.call.layer
    let equations = try AttentionEquations(rank: value.rank, of: layer)
    let size = try layer.settings.requiredInteger("key_dim")
    guard size > 0 else { throw layer.settings.malformed("key_dim", "a positive integer") }
    let scale = 1 / Double(size).squareRoot()
    let isPlain = !attention.givesScores && query.rank == 4 && !attention.hasDropout
    if isPlain, layer.dialect == .keras3 {
      let mask = mask.map {
        AttentionHeads.aligned($0, rank: 4, axes: equations.axes.count, in: graph)
      }
      let output = AttentionHeads.dotProduct(
        query, key, value, mask: mask, scale: scale, in: graph)
      return (output, nil)
    }
    let scaled = graph.binary(.mul, query, scale)
    var scores = graph.einsum(
      equations.scores, [key, scaled], shape: equations.scoresShape(query, key))
    scores = try AttentionHeads.softmax(
      scores, mask: mask, axes: equations.axes.count, of: layer, in: graph)
    let output = graph.einsum(
      equations.output, [scores, value],
      shape: Array(query.shape.dropLast()) + [value.dimension(-1)])
    return (output, scores)
  }
}

/// The equations of an attention along given axes, for `[batch, …, heads, features]`.
private struct AttentionEquations {
  /// Key and query to the scores: the other axes, those of the query, those of the key.
  let scores: String
  /// Scores and value to the output.
  let output: String
  let axes: [Int]
  private let others: [Int]

  /// - Parameter rank: of query, key and value.
  init(rank: Int, of layer: Layer) throws(CompileError) {
    let settings = layer.settings
    var axes = Array(1..<max(1, rank - 2))
    if let given = try settings.integers("attention_axes") {
      // Keras 2 counts the heads' axis and the features' from the end, Keras 3 only one of them.
      let end = layer.dialect == .keras3 ? rank - 1 : rank
      axes = given.map { $0 < 0 ? $0 + end : $0 }
    }
    guard !axes.isEmpty, Set(axes).count == axes.count,
      axes.allSatisfy({ (0..<rank - 1).contains($0) })
    else { throw settings.malformed("attention_axes", "axes of the query") }
    self.axes = axes
    others = (0..<rank - 1).filter { !axes.contains($0) }
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    let target = letters.prefix(rank)
    var source = Array(target)
    for (place, axis) in axes.sorted().enumerated() where source.indices.contains(axis) {
      source[axis] = letters[min(rank + place, letters.count - 1)]
    }
    let product =
      others.map { target[$0] } + axes.map { target[$0] } + axes.map { source[$0] }
    scores = "\(String(source)),\(String(target))->\(String(product))"
    output = "\(String(product)),\(String(source))->\(String(target))"
  }

  func scoresShape(_ query: Tensor, _ key: Tensor) -> PartialShape {
    others.map { query.dimension($0) ?? key.dimension($0) } + axes.map { query.dimension($0) }
      + axes.map { key.dimension($0) }
  }
}
