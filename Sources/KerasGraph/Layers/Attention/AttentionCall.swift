import TensorFlowGraph
import Tensors

/// What an attention with heads is called with.
struct AttentionCall {
  let call: Call
  let query: Tensor
  let value: Tensor
  let key: Tensor
  let givesScores: Bool
  let isCausal: Bool
  /// Whether training drops some of the attention, for which Keras 3 computes it step by step.
  let hasDropout: Bool
  /// Where only places of the same distance or less are looked at.
  let window: Int?
  private let hasKey: Bool

  init(_ call: Call) throws(CompileError) {
    guard let query = call.argument(0, "query")?.tensor,
      let value = call.argument(1, "value")?.tensor
    else { throw call.unfitting("a query and a value", "\(call.inputs.count) tensors") }
    let key = call.argument(2, "key")?.tensor
    self.call = call
    (self.query, self.value, self.key, hasKey) = (query, value, key ?? value, key != nil)
    guard [query, value, self.key].allSatisfy({ (3...8).contains($0.rank) }) else {
      throw call.unfitting("ranks from 3 to 8", "\(query.shape) and \(value.shape)")
    }
    let settings = call.layer.settings
    givesScores = try call.flag("return_attention_scores")
    isCausal = try call.flag("use_causal_mask")
    window = try settings.integer("sliding_window")
    hasDropout = try settings.number("dropout", default: 0) > 0
  }

  private var isKeras3: Bool { call.layer.dialect == .keras3 }

  /// A mask of bools, or what the layer is called with, with axes for query and value.
  ///
  /// - Parameters:
  ///   - queryMask: that of the query, which the classes get in ways of their own.
  ///   - convertsGiven: whether one that is given becomes bools also when there is no other.
  func mask(
    queryMask: Tensor?, convertsGiven: Bool, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor? {
    func added(_ mask: Tensor?, _ axis: Int, _ keras2: Int) -> Tensor? {
      mask.map {
        graph.expand(AttentionMask.bools($0, in: graph), at: isKeras3 ? axis : keras2)
      }
    }
    let valueMask = call.argument(4, "value_mask")?.tensor ?? value.mask?.tensor
    let keyMask =
      isKeras3
      ? call.argument(5, "key_mask")?.tensor ?? (hasKey ? key.mask?.tensor : nil)
      : key.mask?.tensor
    var mask = added(queryMask, -1, 2)
    mask = AttentionMask.both(
      mask, added(isKeras3 ? valueMask : value.mask?.tensor, -2, 1), in: graph)
    mask = AttentionMask.both(mask, added(keyMask, -2, 1), in: graph)
    let (queries, values) = (graph.extent(of: query, 1), graph.extent(of: value, 1))
    if isCausal {
      let causal = AttentionMask.causal(queries: queries, values: values, in: graph)
      mask = AttentionMask.both(mask, causal, in: graph)
    }
    if let window {
      let near = AttentionMask.window(window, queries: queries, values: values, in: graph)
      mask = AttentionMask.both(mask, near, in: graph)
    }
    guard let given = call.argument(isKeras3 ? 6 : 3, "attention_mask")?.tensor else {
      return mask
    }
    guard mask != nil || convertsGiven else { return given }
    return AttentionMask.both(mask, AttentionMask.bools(given, in: graph), in: graph)
  }

  /// What the layer gives.
  func result(_ output: Tensor, scores: Tensor?) -> CallValue {
    guard givesScores, let scores else { return .tensor(output) }
    return .list([.tensor(output), .tensor(scores)])
  }
}
