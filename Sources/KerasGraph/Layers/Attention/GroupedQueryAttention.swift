import TensorFlowGraph
import Tensors

/// Attention whose heads of the query share those of key and value in groups.
/// keras/src/layers/attention/grouped_query_attention.py of https://github.com/keras-team/keras
enum GroupedQueryAttention: LayerLowering {
  static var masking: Masking { .passes }
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let attention = try AttentionCall(call)
    guard attention.query.rank == 3, attention.key.rank == 3, attention.value.rank == 3 else {
      throw call.unfitting("tensors of rank 3", "\(attention.query.shape)")
    }
    let queryMask = call.argument(3, "query_mask")?.tensor ?? attention.query.mask?.tensor
    let mask = try attention.mask(queryMask: queryMask, convertsGiven: false, in: graph)
    func project(_ x: Tensor, _ name: String) throws(CompileError) -> Tensor {
      let x = try AttentionHeads.project(x, name + "_dense", named: name, of: layer, in: graph)
      guard x.rank == 4 else {
        throw .missingWeight(location: layer.location, weight: "\(name)_dense/kernel")
      }
      return x
    }
    let query = try project(attention.query, "query")
    let key = try repeated(try project(attention.key, "key"), of: layer, in: graph)
    let value = try repeated(try project(attention.value, "value"), of: layer, in: graph)
    var (output, scores) = try attend(query, key, value, mask, attention, in: graph)
    if try layer.settings.flag("use_gate", default: false) {
      let gate = try AttentionHeads.project(
        attention.query, "gate_dense", named: "gate", activation: "sigmoid", of: layer, in: graph)
      output = graph.multiply(output, gate)
    }
    output = try AttentionHeads.project(
      output, "output_dense", named: "attention_output", bound: 2, of: layer, in: graph)
    return attention.result(output, scores: scores)
  }

  /// Each head as often as heads of the query share it.
  private static func repeated(
    _ x: Tensor, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let queries = try layer.settings.requiredInteger("num_query_heads")
    let heads = try layer.settings.requiredInteger("num_key_value_heads")
    guard heads > 0, queries > 0, queries % heads == 0 else {
      throw layer.settings.malformed("num_query_heads", "a multiple of num_key_value_heads")
    }
    guard queries > heads else { return x }
    let times: [Extent] = [1, 1, 1, queries / heads, 1].map { .known($0) }
    let tiled = graph.tile(graph.expand(x, at: 3), times)
    var extents = graph.extents(of: x)
    extents[2] = graph.times(extents[2], .known(queries / heads))
    return graph.reshape(tiled, to: extents)
  }

  private static func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ attention: AttentionCall,
    in graph: GraphBuilder
  ) throws(CompileError) -> (Tensor, Tensor?) {
    let layer = attention.call.layer
    let size = try layer.settings.requiredInteger("head_dim")
    guard size > 0 else { throw layer.settings.malformed("head_dim", "a positive integer") }
    let scale = 1 / Double(size).squareRoot()
    if !attention.givesScores, !attention.hasDropout {
      let mask = mask.map {
        AttentionMask.bools(
          AttentionHeads.aligned($0, rank: 4, axes: 1, in: graph), in: graph)
      }
      let output = AttentionHeads.dotProduct(
        query, key, value, mask: mask, scale: scale, in: graph)
      return (output, nil)
    }
    let scaled = graph.binary(.mul, query, scale)
    let shape = [
      query.dimension(0), query.dimension(2), query.dimension(1), key.dimension(1),
    ]
    var scores = graph.einsum("bquh,bkuh->buqk", [scaled, key], shape: shape)
    scores = try AttentionHeads.softmax(scores, mask: mask, axes: 1, of: layer, in: graph)
    let output = graph.einsum("buqk,bkuh->bquh", [scores, value], shape: query.shape)
    return (output, scores)
  }
}
