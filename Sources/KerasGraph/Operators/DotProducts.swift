import StrictJSON
import TensorFlowGraph
import Tensors

/// Attention as a function: of batch, steps, heads and features.
/// keras/src/backend/tensorflow/nn.py `dot_product_attention` of
/// https://github.com/keras-team/keras
enum DotProducts {
  static func attention(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    var tensors: [Tensor] = []
    for name in ["query", "key", "value"] {
      tensors.append(try call.tensor(name, ranks: 4...4))
    }
    guard try !call.flag("flash_attention") else {
      throw call.malformed("flash_attention", "false: TensorFlow has none")
    }
    // Keras' backend for TensorFlow does not look at it.
    _ = call.value("attn_logits_soft_cap")
    let kind = try call.common(tensors.map { .kind($0.kind) })
    tensors = tensors.map { graph.cast($0, to: kind) }
    let heads = tensors[0].dimension(2)
    let (key, value) = (
      try shared(tensors[1], heads, call), try shared(tensors[2], heads, call)
    )
    let logits = try scores(tensors[0], key, kind, call)
    let shares = graph.cast(graph.unary(.softmax, logits), to: kind)
    let result = graph.matmul(shares, graph.transpose(value, [0, 2, 1, 3]))
    return .tensor(graph.transpose(result, [0, 2, 1, 3]))
  }

  /// Keys and values of several heads, each for as many of the query's.
  private static func shared(
    _ x: Tensor, _ heads: Int?, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    guard let heads, let own = x.dimension(2), heads > own, own > 1 else { return x }
    guard heads.isMultiple(of: own), heads <= 1 << 16 else {
      throw call.malformed("key", "heads that divide \(heads)")
    }
    let places = (0..<own).flatMap { Array(repeating: $0, count: heads / own) }
    return call.graph.gather(x, at: call.graph.integers(places), along: 2)
  }

  /// How much each step looks at the others, in float32 at least.
  private static func scores(
    _ query: Tensor, _ key: Tensor, _ kind: ElementKind, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let computed = try call.common([.kind(kind), .kind(.float32)])
    let product = graph.matmul(
      graph.transpose(query, [0, 2, 1, 3]), graph.transpose(key, [0, 2, 1, 3]),
      transposingSecond: true)
    var logits = graph.multiply(graph.cast(product, to: computed), try scale(key, computed, call))
    if let bias = try call.optionalTensor("bias", as: kind) {
      logits = graph.plus(logits, graph.cast(graph.cast(bias, to: kind), to: computed))
    }
    var mask = try call.optionalTensor("mask").map { graph.cast($0, to: .bool) }
    if try call.flag("is_causal") {
      let (rows, columns) = (graph.extent(of: logits, 2), graph.extent(of: logits, 3))
      let places = graph.expand(Ranges.upTo(rows, graph), at: 1)
      let before = graph.binary(.greaterEqual, places, Ranges.upTo(columns, graph))
      mask = mask.map { graph.binary(.logicalAnd, $0, before) } ?? before
    }
    guard let mask else { return logits }
    let least = computed == .float16 ? -65500 * 0.7 : -3.38953e38 * 0.7
    return graph.select(mask, logits, graph.scalar(least, like: logits))
  }

  /// What is given, or one by the root of the number of features.
  private static func scale(
    _ key: Tensor, _ kind: ElementKind, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    if let given = try call.optionalTensor("scale", as: kind) { return graph.cast(given, to: kind) }
    let size = graph.cast(graph.scalar(graph.extent(of: key, -1)), to: .float32)
    return graph.cast(graph.unary(.rsqrt, size), to: kind)
  }
}
