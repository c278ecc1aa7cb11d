import TensorFlowGraph
import Tensors

/// Which places of the value each place of the query looks at: tensors of bools that broadcast to
/// `[batch, queries, values]`.
enum AttentionMask {
  /// None that is behind the query's own place.
  static func causal(
    queries: Extent, values: Extent, in graph: GraphBuilder
  ) -> Tensor {
    let (row, column) = places(queries, values, in: graph)
    return graph.binary(.greaterEqual, row, column)
  }

  /// Those within so many places.
  static func window(
    _ size: Int, queries: Extent, values: Extent, in graph: GraphBuilder
  ) -> Tensor {
    let (row, column) = places(queries, values, in: graph)
    let distance = graph.unary(.abs, graph.minus(row, column))
    return graph.binary(.less, distance, graph.integer(size))
  }

  /// Those that two masks both have.
  static func both(_ x: Tensor?, _ y: Tensor?, in graph: GraphBuilder) -> Tensor? {
    guard let x, let y else { return x ?? y }
    return graph.binary(.logicalAnd, x, y)
  }

  /// A mask that may be of numbers as one of bools.
  static func bools(_ mask: Tensor, in graph: GraphBuilder) -> Tensor {
    graph.cast(mask, to: .bool)
  }

  /// The numbers of places, `[1, queries, 1]` and `[1, 1, values]`.
  private static func places(
    _ queries: Extent, _ values: Extent, in graph: GraphBuilder
  ) -> (Tensor, Tensor) {
    func range(_ count: Extent) -> Tensor {
      graph.add(
        .range, [graph.integer(0), graph.scalar(count), graph.integer(1)], shape: [count.known])
    }
    return (
      graph.slice(range(queries), [.newAxis, .all, .newAxis]),
      graph.slice(range(values), [.newAxis, .newAxis, .all])
    )
  }
}
