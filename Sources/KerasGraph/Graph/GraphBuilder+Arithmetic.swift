import TensorFlowGraph

extension GraphBuilder {
  /// An operation on each element.
  func unary(_ operation: Operation, _ x: Tensor) -> Tensor { add(operation, [x], shape: x.shape) }

  /// An operation on each pair of elements, of two tensors of one kind. Shapes are broadcast.
  func binary(_ operation: Operation, _ x: Tensor, _ y: Tensor) -> Tensor {
    add(operation, [x, y], shape: Self.broadcast(x.shape, y.shape))
  }

  /// The same with a number.
  func binary(_ operation: Operation, _ x: Tensor, _ y: Double) -> Tensor {
    binary(operation, x, scalar(y, like: x))
  }

  /// `x` as another kind; itself when it is of that kind. Keeps the mask.
  func cast(_ x: Tensor, to kind: ElementKind) -> Tensor {
    guard x.kind != kind else { return x }
    return add(.cast, [x], ["DstT": .kind(kind)], shape: x.shape).masked(by: x.mask)
  }

  func multiply(_ x: Tensor, _ y: Tensor) -> Tensor { binary(.mul, x, y) }
  func plus(_ x: Tensor, _ y: Tensor) -> Tensor { binary(.addV2, x, y) }
  func minus(_ x: Tensor, _ y: Tensor) -> Tensor { binary(.sub, x, y) }

  /// `condition ? x : y`, element by element.
  func select(_ condition: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
    add(
      .selectV2, [condition, x, y],
      shape: Self.broadcast(condition.shape, Self.broadcast(x.shape, y.shape)))
  }

  /// Reduces along axes, which may be negative.
  func reduce(
    _ operation: Operation, _ x: Tensor, along axes: [Int], keepsDimensions: Bool = false
  ) -> Tensor {
    let axes = axes.map { $0 < 0 ? $0 + x.rank : $0 }
    let shape: PartialShape =
      keepsDimensions
      ? x.shape.enumerated().map { axes.contains($0) ? 1 : $1 }
      : x.shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
    return add(
      operation, [x, integers(axes)], ["keep_dims": .flag(keepsDimensions)], shape: shape)
  }

  /// The matrix product over the last two axes; the others are broadcast. Both are of rank 2 or
  /// more.
  func matmul(
    _ x: Tensor, _ y: Tensor, transposingFirst: Bool = false, transposingSecond: Bool = false
  ) -> Tensor {
    let rows = x.dimension(transposingFirst ? -1 : -2)
    let columns = y.dimension(transposingSecond ? -2 : -1)
    if x.rank == 2, y.rank == 2 {
      return add(
        .matMul, [x, y],
        ["transpose_a": .flag(transposingFirst), "transpose_b": .flag(transposingSecond)],
        shape: [rows, columns])
    }
    let batch = Self.broadcast(x.shape.dropLast(2), y.shape.dropLast(2))
    return add(
      .batchMatMulV2, [x, y],
      ["adj_x": .flag(transposingFirst), "adj_y": .flag(transposingSecond)],
      shape: batch + [rows, columns])
  }

  /// - Parameter shape: the result's.
  func einsum(_ equation: String, _ inputs: [Tensor], shape: PartialShape) -> Tensor {
    add(.einsum, inputs, ["equation": .text(equation)], shape: shape)
  }

  /// NumPy's broadcasting. Of a dimension that is not known and one that is, the latter, unless 1.
  static func broadcast(_ x: some Collection<Int?>, _ y: some Collection<Int?>) -> PartialShape {
    let rank = max(x.count, y.count)
    let padded = [x.map { $0 }, y.map { $0 }].map {
      PartialShape(repeating: 1, count: rank - $0.count) + $0
    }
    return zip(padded[0], padded[1]).map { a, b in
      if a == 1 { return b }
      if b == 1 { return a }
      return a ?? b
    }
  }
}
