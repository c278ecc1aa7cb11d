import TensorFlowGraph
import Tensors

/// Diagonals and triangles of matrices, of the last two axes where no others are said.
enum Diagonals {
  static func triangle(_ call: FunctionCall, isLower: Bool) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...32), call.graph)
    let k = try call.integer("k", default: 0)
    if isLower ? k >= 0 : k <= 0 {
      return .tensor(isLower ? band(x, -1, k, graph) : band(x, -k, -1, graph))
    }
    // What is on the other side of the diagonal beside.
    let all = Elements.all(x, are: true, in: graph)
    let mask = isLower ? band(all, -k - 1, -1, graph) : band(all, -1, k - 1, graph)
    return .tensor(graph.select(mask, graph.unary(.zerosLike, x), x))
  }

  private static func band(
    _ x: Tensor, _ lower: Int, _ upper: Int, _ graph: GraphBuilder
  ) -> Tensor {
    graph.add(.matrixBandPart, [x, graph.integer(lower), graph.integer(upper)], shape: x.shape)
  }

  static func band(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    guard let lower = try call.integer("num_lower"), let upper = try call.integer("num_upper")
    else {
      throw call.malformed("num_lower", "numbers of diagonals")
    }
    return .tensor(band(x, lower, upper, call.graph))
  }

  // MARK: Diagonals

  /// A vector as a matrix, or a matrix's diagonal.
  static func diagonal(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 1...2)
    let k = try call.integer("k", default: 0)
    return .tensor(x.rank == 1 ? matrix(x, k, call.graph) : try part(x, k, call))
  }

  static func flatDiagonal(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = Reshaping.flat(try call.tensor("x"), call.graph)
    return .tensor(matrix(x, try call.integer("k", default: 0), call.graph))
  }

  static func matrix(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 1...31)
    return .tensor(matrix(x, try call.integer("k", default: 0), call.graph))
  }

  private static func matrix(_ x: Tensor, _ k: Int, _ graph: GraphBuilder) -> Tensor {
    let size = x.dimension(-1).map { $0 &+ Int(k.magnitude) }
    return graph.add(
      .matrixDiagV3,
      [x, graph.integer(k), graph.integer(-1), graph.integer(-1), graph.scalar(0, like: x)],
      shape: x.shape.dropLast() + [size, size])
  }

  private static func part(
    _ x: Tensor, _ k: Int, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let (rows, columns) = (x.dimension(-2), x.dimension(-1))
    if let rows, let columns, k <= -rows || k >= columns {
      throw call.unsupported("offset", "the matrix has no such diagonal")
    }
    var size: Int?
    if let rows, let columns { size = min(rows + min(k, 0), columns - max(k, 0)) }
    return graph.add(
      .matrixDiagPartV3, [x, graph.integer(k), graph.scalar(0, like: x)],
      shape: x.shape.dropLast(2) + [size])
  }

  static func lastPart(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    return .tensor(try part(x, try call.integer("k", default: 0), call))
  }

  static func part(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(try part(try plane(try call.tensor("x", ranks: 2...32), call), try offset(call), call))
  }

  static func trace(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = call.cast(try call.tensor("x", ranks: 2...32), .smallToInteger)
    let part = try part(try plane(x, call), try offset(call), call)
    return .tensor(call.graph.reduce(.sum, part, along: [-1]))
  }

  static func lastTrace(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let part = try part(try call.tensor("x", ranks: 2...32), 0, call)
    return .tensor(call.graph.reduce(.sum, part, along: [-1]))
  }

  private static func offset(_ call: FunctionCall) throws(CompileError) -> Int {
    try call.integer("k", default: 0)
  }

  /// The tensor with the two axes last.
  private static func plane(_ x: Tensor, _ call: FunctionCall) throws(CompileError) -> Tensor {
    let axes = [
      try call.axis("axis1", of: x.rank, default: 0),
      try call.axis("axis2", of: x.rank, default: 1),
    ]
    guard axes[0] != axes[1] else { throw call.malformed("axis2", "another axis than the first") }
    return Moving.move(x, from: axes, to: [x.rank - 2, x.rank - 1], call.graph)
  }

  static func replaced(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    let diagonal = try call.tensor("diagonal", as: x.kind)
    guard diagonal.rank == x.rank - 1, diagonal.kind == x.kind else {
      throw call.malformed("diagonal", "the diagonal of each matrix")
    }
    return .tensor(
      call.graph.add(.matrixSetDiagV3, [x, diagonal, call.graph.integer(0)], shape: x.shape))
  }
}
