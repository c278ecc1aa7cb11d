import StrictJSON
import TensorFlowGraph
import Tensors

enum Products {
  static func matmul(
    _ x: Tensor, _ y: Tensor, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    guard x.rank > 0, y.rank > 0 else { throw call.malformed("x1", "vectors or matrices") }
    if y.rank == 1 { return try contract(x, y, [x.rank - 1], [0], call) }
    if x.rank == 1 { return try contract(x, y, [0], [y.rank - 2], call) }
    return call.graph.matmul(x, y)
  }

  static func dot(
    _ x: Tensor, _ y: Tensor, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    if x.rank == 0 || y.rank == 0 { return call.graph.multiply(x, y) }
    return try contract(x, y, [x.rank - 1], [y.rank == 1 ? 0 : y.rank - 2], call)
  }

  /// Sums of products over axes of both, counted from 0.
  static func contract(
    _ x: Tensor, _ y: Tensor, _ first: [Int], _ second: [Int], _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    guard first.count == second.count, first.allSatisfy(x.shape.indices.contains),
      second.allSatisfy(y.shape.indices.contains)
    else { throw call.malformed("axes", "axes of both tensors") }
    let keptX = x.shape.indices.filter { !first.contains($0) }
    let keptY = y.shape.indices.filter { !second.contains($0) }
    func joined(_ tensor: Tensor, _ axes: [Int]) -> Extent {
      axes.map { graph.extent(of: tensor, $0) }.reduce(.known(1)) { graph.times($0, $1) }
    }
    let inner = joined(x, first)
    let rows = graph.reshape(graph.transpose(x, keptX + first), to: [joined(x, keptX), inner])
    let columns = graph.reshape(
      graph.transpose(y, second + keptY), to: [joined(y, second), joined(y, keptY)])
    let extents =
      keptX.map { graph.extent(of: x, $0) } + keptY.map { graph.extent(of: y, $0) }
    return graph.reshape(graph.matmul(rows, columns), to: extents)
  }

  static func tensorDot(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensors)
    let axes: (first: [Int], second: [Int])
    let json = try call.constant("axes")
    if let count = json?.integer {
      guard (0...min(x.rank, y.rank)).contains(count) else {
        throw call.malformed("axes", "a number of axes of both")
      }
      axes = (Array((x.rank - count)..<x.rank), Array(0..<count))
    } else {
      guard let pair = json?.array, pair.count == 2 else {
        throw call.malformed("axes", "axes of both tensors")
      }
      axes = (try places(pair[0], x.rank, call), try places(pair[1], y.rank, call))
    }
    guard Set(axes.first).count == axes.first.count, Set(axes.second).count == axes.second.count
    else { throw call.malformed("axes", "axes, each once") }
    let computed: ElementKind =
      [.int32, .int64].contains(x.kind) || x.kind.isFloating
      ? x.kind : try call.common([.kind(x.kind), .float])
    let graph = call.graph
    let result = try contract(
      graph.cast(x, to: computed), graph.cast(y, to: computed), axes.first, axes.second, call)
    return .tensor(graph.cast(result, to: x.kind))
  }

  private static func places(
    _ json: JSONValue, _ rank: Int, _ call: FunctionCall
  ) throws(CompileError) -> [Int] {
    var places: [Int] = []
    for element in json.array ?? [json] {
      guard let axis = element.integer, (-rank..<rank).contains(axis) else {
        throw call.malformed("axes", "axes of \(rank) dimensions")
      }
      places.append(axis < 0 ? axis + rank : axis)
    }
    return places
  }

  /// TensorFlow's, of matrices.
  static func tensorFlowMatmul(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2")
    // Hints of what the values are like.
    for hint in ["a_is_sparse", "b_is_sparse", "grad_a", "grad_b"] { _ = try call.flag(hint) }
    guard x.rank >= 2, y.rank >= 2 else { throw call.malformed("a", "matrices") }
    let first = [try call.flag("transpose_a"), try call.flag("adjoint_a")].contains(true)
    let second = [try call.flag("transpose_b"), try call.flag("adjoint_b")].contains(true)
    return .tensor(
      call.graph.matmul(x, y, transposingFirst: first, transposingSecond: second))
  }

  static func matvec(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2")
    let graph = call.graph
    guard x.rank >= 2, y.rank >= 1 else { throw call.malformed("a", "a matrix and a vector") }
    let transposes = [try call.flag("transpose_a"), try call.flag("adjoint_a")].contains(true)
    let column = graph.matmul(x, graph.expand(y, at: -1), transposingFirst: transposes)
    return .tensor(graph.squeeze(column, [column.rank - 1]))
  }

  /// Each element of the one times all of the other.
  static func kronecker(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let rank = max(x.rank, y.rank)
    func extents(_ tensor: Tensor) -> [Extent] {
      Array(repeating: .known(1), count: rank - tensor.rank) + graph.extents(of: tensor)
    }
    let (first, second) = (extents(x), extents(y))
    let left = graph.reshape(x, to: first.flatMap { [$0, .known(1)] })
    let right = graph.reshape(y, to: second.flatMap { [.known(1), $0] })
    return graph.reshape(
      graph.multiply(left, right), to: zip(first, second).map { graph.times($0, $1) })
  }

  static func cross(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensors)
    let graph = call.graph
    let shared = try call.integer("axis")
    let names = ["axisa", "axisb", "axisc"]
    var axes: [Int] = []
    for name in names {
      let own = try call.integer(name, default: -1)
      axes.append(shared ?? own)
    }
    guard (-x.rank..<x.rank).contains(axes[0]), (-y.rank..<y.rank).contains(axes[1]) else {
      throw call.malformed("axis", "an axis of each")
    }
    let first = try vectors(of: x, along: axes[0], call)
    let second = try vectors(of: y, along: axes[1], call)
    let rank = max(x.rank, y.rank)
    let extents = (0..<rank).map { axis -> Extent in
      let sizes = [first.0, second.0].map { graph.extent(of: $0, axis - rank + $0.rank) }
      let places = [first.0, second.0].map { axis - rank + $0.rank }
      if places[0] < 0 || sizes[0].known == 1 { return places[1] < 0 ? .known(1) : sizes[1] }
      return sizes[0]
    }
    let wide = [first.0, second.0].map { Reshaping.broadcast($0, to: extents, graph) }
    let product = graph.add(.cross, wide, shape: wide[0].shape)
    if first.1 == 2, second.1 == 2 {
      let whole = [GraphBuilder.Slice](repeating: .all, count: rank - 1)
      return .tensor(graph.slice(product, whole + [.index(2)]))
    }
    let target = axes[2] < 0 ? axes[2] + rank : axes[2]
    guard (0..<rank).contains(target) else { throw call.malformed("axisc", "an axis") }
    return .tensor(Moving.move(product, from: [rank - 1], to: [target], graph))
  }

  /// A tensor with its vectors along the last axis, those of 2 with a 0 behind, and what they had.
  private static func vectors(
    of tensor: Tensor, along axis: Int, _ call: FunctionCall
  ) throws(CompileError) -> (Tensor, Int) {
    let place = axis < 0 ? axis + tensor.rank : axis
    let moved = Moving.move(tensor, from: [place], to: [tensor.rank - 1], call.graph)
    guard let size = moved.dimension(-1), (2...3).contains(size) else {
      throw call.malformed("axis", "vectors of 2 or 3")
    }
    guard size == 2 else { return (moved, 3) }
    let padding = Array(repeating: (before: 0, behind: 0), count: moved.rank - 1)
    return (call.graph.pad(moved, padding + [(before: 0, behind: 1)]), 2)
  }

  /// Between each row of the one and each of the other.
  static func distances(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let difference = graph.minus(graph.expand(x, at: -2), graph.expand(y, at: -3))
    return graph.unary(
      .sqrt, graph.reduce(.sum, graph.unary(.square, difference), along: [-1]))
  }
}
