import StrictJSON
import TensorFlowGraph
import Tensors

/// What the attentions with heads are made of: projections, which are `EinsumDense` layers, and the
/// attention itself.
enum AttentionHeads {
  // MARK: Projections

  /// A projection of the last axes onto new ones.
  ///
  /// - Parameters:
  ///   - part: the attribute that has it.
  ///   - name: the layer's own.
  ///   - bound: how many axes it takes away.
  static func project(
    _ x: Tensor, _ part: String, named name: String, bound: Int = 1,
    activation: String? = nil, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let rank = layer.weights.parts[part].flatMap { Self.rank(ofKernelIn: $0, of: layer) }
    guard let rank, rank > bound, x.rank >= bound, x.rank + rank < letters.count else {
      throw .missingWeight(location: layer.location, weight: "\(part)/kernel")
    }
    let input = letters.prefix(x.rank)
    let output = letters.dropFirst(x.rank).prefix(rank - bound)
    let equation =
      "\(String(input)),\(String(input.suffix(bound) + output))"
      + "->\(String(input.dropLast(bound) + output))"
    let hasBias = try layer.settings.flag("use_bias", default: true)
    let dense = try layer.part(
      part,
      [
        "module": "keras.layers", "class_name": "EinsumDense",
        "config": [
          "name": .string(name), "dtype": layer.settings["dtype"] ?? "float32",
          "equation": .string(equation), "activation": activation.map { .string($0) } ?? .null,
          "bias_axes": hasBias ? .string(String(output)) : .null,
        ],
      ])
    guard let output = try graph.call(dense, on: x.masked(by: nil)).tensor else {
      throw layer.settings.malformed(part, "a layer with one output")
    }
    return output.masked(by: nil)
  }

  private static let letters = Array("abcdefghijklmnopqrstuvwxyz")

  private static func rank(ofKernelIn weights: LayerWeights, of layer: Layer) -> Int? {
    guard let ordinal = weights.own["kernel"], layer.variables.indices.contains(ordinal) else {
      return nil
    }
    return layer.variables[ordinal].shape.dimensions.count
  }

  // MARK: Attention

  /// `softmax(query · key · scale) · value` for `[batch, places, heads, features]`, with the scores
  /// in float32 at least: `dot_product_attention` of Keras 3.
  /// keras/src/backend/tensorflow/nn.py of https://github.com/keras-team/keras
  ///
  /// - Parameter mask: bools that broadcast to `[batch, heads, queries, values]`.
  static func dotProduct(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor?, scale: Double,
    in graph: GraphBuilder
  ) -> Tensor {
    let shape = [
      query.dimension(0), query.dimension(2), query.dimension(1), key.dimension(1),
    ]
    var scores = Statistics.precise(
      graph.einsum("BTNH,BSNH->BNTS", [query, key], shape: shape), in: graph)
    scores = graph.binary(.mul, scores, scale)
    if let mask {
      scores = graph.select(mask, scores, graph.scalar(-0.7 * 3.38953e38, like: scores))
    }
    let shares = graph.cast(graph.unary(.softmax, scores), to: value.kind)
    return graph.einsum(
      "BNTS,BSNH->BTNH", [shares, value], shape: Array(query.shape.dropLast()) + [value.shape[3]])
  }

  /// The softmax of scores along their last axes. The mask gets the axes that it lacks before
  /// those of the places.
  static func softmax(
    _ scores: Tensor, mask: Tensor?, axes: Int, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let last = (max(0, scores.rank - axes)..<scores.rank).map { JSONValue.integer($0) }
    let softmax = try layer.part(
      "softmax",
      [
        "module": "keras.layers", "class_name": "Softmax",
        "config": [
          "name": "softmax", "dtype": layer.settings["dtype"] ?? "float32",
          "axis": .array(last),
          "robust_masking": layer.settings["softmax_robust_masking"] ?? .null,
        ],
      ])
    var keywords: [String: CallValue] = [:]
    if let mask {
      keywords["mask"] = .tensor(
        aligned(mask, rank: scores.rank, axes: axes, in: graph))
    }
    let call = Call(
      layer: softmax, arguments: [.tensor(scores.masked(by: nil))], keywords: keywords)
    guard let shares = try graph.call(call).tensor else {
      throw layer.settings.malformed("softmax", "a layer with one output")
    }
    return shares.masked(by: nil)
  }

  /// A mask with axes of 1 up to a rank, before those of the places of query and value.
  static func aligned(_ mask: Tensor, rank: Int, axes: Int, in graph: GraphBuilder) -> Tensor {
    var mask = mask
    while mask.rank < rank { mask = graph.expand(mask, at: -2 * axes - 1) }
    return mask
  }
}
