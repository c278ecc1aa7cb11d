import StrictJSON
import TensorFlowGraph
import Tensors

/// Products of matrices and vectors.
/// keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras
enum MatrixFunctions {
  static let keras = TensorFunction.join([
    product("Matmul") { (call, x, y) throws(CompileError) in try Products.matmul(x, y, call) },
    product("Dot") { (call, x, y) throws(CompileError) in try Products.dot(x, y, call) },
    product("Inner") { (call, x, y) throws(CompileError) in
      x.rank == 0 || y.rank == 0
        ? call.graph.multiply(x, y)
        : try Products.contract(x, y, [x.rank - 1], [y.rank - 1], call)
    },
    product("Vdot") { (call, x, y) throws(CompileError) in
      let flat = [x, y].map { Reshaping.flat($0, call.graph) }
      return try Products.contract(flat[0], flat[1], [0], [0], call)
    },
    TensorFunction.table("Tensordot", "x1 x2 axes=2", Products.tensorDot),
    TensorFunction.table("Einsum", "*operands subscripts", Einsum.keras),
    TensorFunction.table(
      "Outer", "x1 x2",
      TensorFunction.binary(.tensors) { graph, x, y in
        graph.multiply(
          graph.expand(Reshaping.flat(x, graph), at: 1), Reshaping.flat(y, graph))
      }),
    TensorFunction.table("Kron", "x1 x2", TensorFunction.binary(.tensors, Products.kronecker)),
    TensorFunction.table(
      "Cross", "x1 x2 axisa=-1 axisb=-1 axisc=-1 axis", Products.cross),
    TensorFunction.table(
      "CDist", "x:x1 y:x2", TensorFunction.binary(.tensors, Products.distances)),
  ])

  /// A product that is computed in floats, and of the type that the operands promote to.
  private static func product(
    _ name: String,
    _ body: @escaping @Sendable (FunctionCall, Tensor, Tensor) throws(CompileError) -> Tensor
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x1 x2") { (call: FunctionCall) throws(CompileError) in
      let (first, second) = (try call.tensor("x1"), try call.tensor("x2"))
      let kinds = [NumberType.kind(first.kind), .kind(second.kind)]
      let computed = try call.common(kinds + [.float])
      let result = try body(
        call, call.graph.cast(first, to: computed), call.graph.cast(second, to: computed))
      let isSmall = name == "Matmul" && first.kind == .int8 && second.kind == .int8
      let kind: ElementKind = isSmall ? .int32 : try call.common(kinds)
      return .tensor(call.graph.cast(result, to: kind))
    }
  }

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table(
      "linalg.matmul matmul",
      "a:x1 b:x2 transpose_a=false transpose_b=false adjoint_a=false adjoint_b=false "
        + "a_is_sparse=false b_is_sparse=false output_type grad_a=false grad_b=false",
      Products.tensorFlowMatmul),
    TensorFunction.table(
      "linalg.matvec", "a:x1 b:x2 transpose_a=false adjoint_a=false", Products.matvec),
    TensorFunction.table("tensordot linalg.tensordot", "a:x1 b:x2 axes", Products.tensorDot),
    TensorFunction.table(
      "einsum linalg.einsum", "equation:subscripts *inputs:operands", Einsum.tensorFlow),
    TensorFunction.table("linalg.cross", "a:x1 b:x2") {
      (call: FunctionCall) throws(CompileError) in
      let (x, y) = try call.pair("x1", "x2")
      return .tensor(call.graph.add(.cross, [x, y], shape: x.shape))
    },
  ])
}
