import StrictJSON
import TensorFlowGraph
import Tensors

/// Inverses, decompositions and norms of matrices.
/// keras/src/backend/tensorflow/linalg.py of https://github.com/keras-team/keras,
/// tensorflow/python/ops/linalg_ops.py of https://github.com/tensorflow/tensorflow
enum DecompositionFunctions {
  static let keras = TensorFunction.join([
    matrix("Det", Matrices.determinant), matrix("Inv", Matrices.inverse),
    matrix("Logdet", Matrices.logDeterminant),
    TensorFunction.table("Slogdet", "x", Matrices.signAndLogDeterminant),
    TensorFunction.table("Cholesky", "x upper=false", Matrices.cholesky),
    TensorFunction.table("CholeskyInverse", "x upper=false", Matrices.choleskyInverse),
    TensorFunction.table("Eigh", "x", Matrices.eigenvectors),
    TensorFunction.table("Qr", "x mode=\"reduced\"", Matrices.qr),
    TensorFunction.table("SVD", "x full_matrices=true compute_uv=true", Matrices.svd),
    TensorFunction.table("Solve", "a b", Matrices.solve),
    TensorFunction.table("SolveTriangular", "a b lower=false", Matrices.solveTriangular),
    TensorFunction.table("LuFactor", "x", Matrices.lu),
    TensorFunction.table("Norm", "x ord axis keepdims=false", Norms.keras),
  ])

  private static func matrix(
    _ name: String, _ transform: @escaping @Sendable (GraphBuilder, Tensor) -> Tensor
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x") { (call: FunctionCall) throws(CompileError) in
      .tensor(transform(call.graph, try call.tensor("x", ranks: 2...32)))
    }
  }

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table("linalg.det", "input:x", Matrices.body(Matrices.determinant)),
    TensorFunction.table("linalg.inv", "input:x adjoint=false", Matrices.body(Matrices.inverse)),
    TensorFunction.table("linalg.logdet", "matrix:x", Matrices.body(Matrices.logDeterminant)),
    TensorFunction.table("linalg.slogdet", "input:x", Matrices.signAndLogDeterminant),
    TensorFunction.table("linalg.cholesky", "input:x", Matrices.cholesky),
    TensorFunction.table("linalg.eigh", "tensor:x", Matrices.eigenvectors),
    TensorFunction.table("linalg.qr", "input:x full_matrices=false", Matrices.tensorFlowQR),
    TensorFunction.table(
      "linalg.svd", "tensor:x full_matrices=false compute_uv=true", Matrices.tensorFlowSVD),
    TensorFunction.table("linalg.solve", "matrix:a rhs:b adjoint=false", Matrices.solve),
    TensorFunction.table(
      "linalg.triangular_solve", "matrix:a rhs:b lower=true adjoint=false",
      Matrices.solveTriangular),
    TensorFunction.table(
      "norm linalg.norm", "tensor:x ord=\"euclidean\" axis keepdims=false", Norms.tensorFlow),
    TensorFunction.table(
      "compat.v1.norm", "tensor:x ord=\"euclidean\" axis keepdims=false keep_dims:keepdims",
      Norms.tensorFlow),
  ])
}

/// Functions of the matrices in the last two axes.
enum Matrices {
  static func body(
    _ transform: @escaping @Sendable (GraphBuilder, Tensor) -> Tensor
  ) -> TensorFunction.Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in
      .tensor(transform(call.graph, try call.tensor("x", ranks: 2...32)))
    }
  }

  static func determinant(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    graph.add(.matrixDeterminant, [x], shape: x.shape.dropLast(2))
  }

  static func inverse(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    graph.add(.matrixInverse, [x], shape: x.shape)
  }

  /// Of a matrix that is positive definite.
  static func logDeterminant(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    let root = graph.add(.cholesky, [x], shape: x.shape)
    let diagonal = graph.add(.matrixDiagPart, [root], shape: x.shape.dropLast())
    let sum = graph.reduce(.sum, graph.unary(.log, diagonal), along: [-1])
    return graph.binary(.mul, sum, 2)
  }

  static func signAndLogDeterminant(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    return .list(
      call.graph.addAll(.logMatrixDeterminant, [x], shapes: [x.shape.dropLast(2)])
        .map(CallValue.tensor))
  }

  private static func transposed(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    Moving.swap(x, x.rank - 2, x.rank - 1, graph)
  }

  static func cholesky(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...32), call.graph)
    let root = graph.add(.cholesky, [x], shape: x.shape)
    return .tensor(try call.flag("upper") ? transposed(root, graph) : root)
  }

  static func choleskyInverse(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...2), call.graph)
    let isUpper = try call.flag("upper")
    let unit = Filling.unit(graph.extent(of: x, -1), x.kind, graph)
    let inverse = graph.add(
      .matrixTriangularSolve, [x, unit], ["lower": .flag(!isUpper)], shape: x.shape)
    return .tensor(
      graph.matmul(inverse, inverse, transposingFirst: !isUpper, transposingSecond: isUpper))
  }

  static func eigenvectors(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    return .list(
      call.graph.addAll(
        .selfAdjointEigV2, [x], ["compute_v": .flag(true)], shapes: [x.shape.dropLast(), x.shape]
      ).map(CallValue.tensor))
  }

  static func qr(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let mode = try call.text("mode") ?? "reduced"
    guard ["reduced", "complete"].contains(mode) else {
      throw call.malformed("mode", "reduced or complete")
    }
    return try qr(call, isFull: mode == "complete")
  }

  static func tensorFlowQR(_ call: FunctionCall) throws(CompileError) -> CallValue {
    try qr(call, isFull: try call.flag("full_matrices"))
  }

  private static func qr(_ call: FunctionCall, isFull: Bool) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    let batch = x.shape.dropLast(2)
    let (rows, columns) = (x.dimension(-2), x.dimension(-1))
    let inner = isFull ? rows : smaller(rows, columns)
    return .list(
      call.graph.addAll(
        .qr, [x], ["full_matrices": .flag(isFull)],
        shapes: [batch + [rows, inner], batch + [inner, columns]]
      ).map(CallValue.tensor))
  }

  private static func smaller(_ x: Int?, _ y: Int?) -> Int? {
    guard let x, let y else { return nil }
    return min(x, y)
  }

  /// The values, and the vectors on both sides in columns.
  private static func decomposed(
    _ x: Tensor, isFull: Bool, hasVectors: Bool, _ graph: GraphBuilder
  ) -> [Tensor] {
    let batch = x.shape.dropLast(2)
    let (rows, columns) = (x.dimension(-2), x.dimension(-1))
    let inner = smaller(rows, columns)
    return graph.addAll(
      .svd, [x], ["full_matrices": .flag(isFull), "compute_uv": .flag(hasVectors)],
      shapes: [
        batch + [inner], batch + [rows, isFull ? rows : inner],
        batch + [columns, isFull ? columns : inner],
      ])
  }

  static func values(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    decomposed(x, isFull: false, hasVectors: false, graph)[0]
  }

  /// NumPy's order, with the right vectors in rows.
  static func svd(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...32), call.graph)
    let hasVectors = try call.constant("compute_uv")?.bool ?? true
    let parts = decomposed(
      x, isFull: try call.flag("full_matrices"), hasVectors: hasVectors, graph)
    guard hasVectors else { return .tensor(parts[0]) }
    return .list([parts[1], parts[0], transposed(parts[2], graph)].map(CallValue.tensor))
  }

  static func tensorFlowSVD(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 2...32)
    let hasVectors = try call.constant("compute_uv")?.bool ?? true
    let parts = decomposed(
      x, isFull: try call.flag("full_matrices"), hasVectors: hasVectors, call.graph)
    return hasVectors ? .list(parts.map(CallValue.tensor)) : .tensor(parts[0])
  }

  static func solve(_ call: FunctionCall) throws(CompileError) -> CallValue {
    try solve(call, .matrixSolve, ["adjoint": .flag(try call.flag("adjoint"))])
  }

  static func solveTriangular(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let isLower = try call.flag("lower")
    return try solve(
      call, .matrixTriangularSolve,
      ["lower": .flag(isLower), "adjoint": .flag(try call.flag("adjoint"))])
  }

  private static func solve(
    _ call: FunctionCall, _ operation: Operation, _ attributes: [String: AttributeValue]
  ) throws(CompileError) -> CallValue {
    let (a, b) = try call.pair("a", "b", .tensors)
    let graph = call.graph
    let isVector = !call.isTensorFlow && b.rank == a.rank - 1
    let columns = isVector ? graph.expand(b, at: -1) : b
    guard a.rank >= 2, columns.rank == a.rank else {
      throw call.malformed("b", "columns for each matrix")
    }
    let result = graph.add(operation, [a, columns], attributes, shape: columns.shape)
    return .tensor(isVector ? graph.squeeze(result, [result.rank - 1]) : result)
  }

  static func lu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...2), call.graph)
    let parts = graph.addAll(
      .lu, [x], ["output_idx_type": .kind(.int32)], shapes: [x.shape, x.shape.dropLast()])
    return .list([.tensor(parts[0]), .tensor(graph.unary(.invertPermutation, parts[1]))])
  }
}
