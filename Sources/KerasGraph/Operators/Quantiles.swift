import StrictJSON
import TensorFlowGraph
import Tensors

/// The elements that parts of all are below.
/// keras/src/backend/tensorflow/numpy.py `_quantile` of https://github.com/keras-team/keras
enum Quantiles {
  static func median(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(try quantile(call, call.graph.scalar(0.5, .float64), "linear"))
  }

  /// - Parameter parts: of how many the argument says some.
  static func quantile(_ call: FunctionCall, parts: Double) throws(CompileError) -> CallValue {
    let graph = call.graph
    let given = try call.tensor("q")
    guard given.rank <= 1 else { throw call.malformed("q", "a number, or several") }
    // Parts of a hundred are told in float32.
    let shares =
      parts == 1
      ? given : graph.binary(.realDiv, graph.cast(given, to: .float32), parts)
    let method = try call.text("method") ?? "linear"
    // Keras 3.15.1 has the method of `Quantile` in the configuration, and leaves it out when it
    // computes.
    let used = parts == 1 ? "linear" : method
    return .tensor(try quantile(call, graph.cast(shares, to: .float64), used))
  }

  private static func quantile(
    _ call: FunctionCall, _ share: Tensor, _ method: String
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let x = call.cast(try call.tensor("x"), .float)
    let axes = try call.axes("axis", of: x.rank)
    let keeps = try call.flag("keepdims")
    let rows = rows(x, axes, graph)
    let sorted = Sorting.reversed(
      Sorting.top(Sorting.reversed(rows, graph), graph.extent(of: rows, -1), sorted: true, graph)
        .values, graph)
    var found = try taken(sorted, share, method, call)
    found = withNaN(found, x, axes, share.rank, graph)
    if keeps {
      for axis in (axes ?? Array(x.shape.indices)).sorted() {
        found = graph.expand(found, at: axis)
      }
    }
    guard share.rank == 1, found.rank > 1 else { return found }
    // Several parts come first.
    return graph.transpose(found, [found.rank - 1] + Array(0..<(found.rank - 1)))
  }

  /// The axes joined as the last one.
  private static func rows(_ x: Tensor, _ axes: [Int]?, _ graph: GraphBuilder) -> Tensor {
    guard let axes else { return Reshaping.flat(x, graph) }
    let others = x.shape.indices.filter { !axes.contains($0) }
    let moved = graph.transpose(x, others + axes)
    let joined = axes.map { graph.extent(of: x, $0) }.reduce(Extent.known(1)) {
      graph.times($0, $1)
    }
    return graph.reshape(moved, to: others.map { graph.extent(of: x, $0) } + [joined])
  }

  private static func taken(
    _ sorted: Tensor, _ share: Tensor, _ method: String, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let last = graph.minus(graph.extent(of: sorted, -1), .known(1))
    let lastPlace = graph.scalar(last)
    let place = graph.multiply(graph.cast(lastPlace, to: .float64), share)
    func at(_ operation: Operation) -> Tensor {
      let place = graph.cast(graph.unary(operation, place), to: .int32)
      return graph.binary(.maximum, graph.binary(.minimum, place, lastPlace), graph.integer(0))
    }
    func values(_ places: Tensor) -> Tensor { graph.gather(sorted, at: places, along: -1) }
    switch method {
    case "lower": return values(at(.floor))
    case "higher": return values(at(.ceil))
    case "nearest": return values(at(.round))
    case "midpoint":
      return graph.binary(.mul, graph.plus(values(at(.floor)), values(at(.ceil))), 0.5)
    case "linear":
      let low = graph.binary(.maximum, graph.binary(.sub, at(.ceil), 1), 0)
      let high = graph.binary(.minimum, graph.binary(.addV2, low, 1), lastPlace)
      let part = graph.cast(
        graph.minus(graph.cast(high, to: .float64), place), to: sorted.kind)
      let rest = graph.minus(graph.scalar(1, like: part), part)
      return graph.plus(
        graph.multiply(values(high), rest), graph.multiply(values(low), part))
    default: throw call.unsupported("method", "\(method) is not known")
    }
  }

  /// NaN where any element is.
  private static func withNaN(
    _ found: Tensor, _ x: Tensor, _ axes: [Int]?, _ shareRank: Int, _ graph: GraphBuilder
  ) -> Tensor {
    var isNaN = graph.reduce(
      .any, graph.unary(.isNan, x), along: axes ?? Array(x.shape.indices))
    if shareRank == 1 { isNaN = graph.expand(isNaN, at: -1) }
    return graph.select(isNaN, graph.scalar(.nan, like: found), found)
  }
}
