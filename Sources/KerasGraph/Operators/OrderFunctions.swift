import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions that depend on the order of elements.
/// keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras,
/// tensorflow/python/ops/sort_ops.py of https://github.com/tensorflow/tensorflow
enum OrderFunctions {
  static let keras = TensorFunction.join([
    extreme("Argmax", .argMax, Extremes.keras), extreme("Argmin", .argMin, Extremes.keras),
    extreme("Nanargmax", .argMax, Extremes.withoutNaN),
    extreme("Nanargmin", .argMin, Extremes.withoutNaN),
    TensorFunction.table("Sort", "x axis=-1", Sorting.sort),
    TensorFunction.table("Argsort", "x axis=-1", Sorting.places),
    TensorFunction.table("TopK", "x k sorted=true", Sorting.top),
    TensorFunction.table("InTopK", "targets predictions k", Sorting.isInTop),
    cumulative("Cumsum", .cumsum, nil), cumulative("Cumprod", .cumprod, nil),
    cumulative("Nancumsum", .cumsum, 0), cumulative("Nancumprod", .cumprod, 1),
    TensorFunction.table("Digitize", "x bins", Searching.digitize),
    TensorFunction.table("SearchSorted", "sorted_sequence values side=\"left\"", Searching.search),
    TensorFunction.table("IsIn", "x1 x2 assume_unique=false invert=false", Searching.isIn),
    TensorFunction.table("Bincount", "x weights minlength=0 sparse=false", Searching.counts),
    TensorFunction.table("Median", "x axis keepdims=false", Quantiles.median),
    TensorFunction.table("Quantile", "x q axis method=\"linear\" keepdims=false") {
      (call: FunctionCall) throws(CompileError) in try Quantiles.quantile(call, parts: 1)
    },
    TensorFunction.table("Percentile", "x q axis method=\"linear\" keepdims=false") {
      (call: FunctionCall) throws(CompileError) in try Quantiles.quantile(call, parts: 100)
    },
  ])

  private static func extreme(
    _ name: String, _ operation: Operation,
    _ body: @escaping @Sendable (FunctionCall, Operation) throws(CompileError) -> CallValue
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x axis keepdims=false") {
      (call: FunctionCall) throws(CompileError) in try body(call, operation)
    }
  }

  /// - Parameter value: what NaN counts as.
  private static func cumulative(
    _ name: String, _ operation: Operation, _ value: Double?
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x axis dtype") { (call: FunctionCall) throws(CompileError) in
      try Cumulation.keras(call, operation, value)
    }
  }

  private static func tensorFlowExtreme(
    _ names: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(names, "input:x axis dimension:axis output_type=\"int64\"") {
      (call: FunctionCall) throws(CompileError) in try Extremes.tensorFlow(call, operation)
    }
  }

  private static func tensorFlowCumulative(
    _ names: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(names, "x axis=0 exclusive=false reverse=false") {
      (call: FunctionCall) throws(CompileError) in try Cumulation.tensorFlow(call, operation)
    }
  }

  static let tensorFlow = TensorFunction.join([
    tensorFlowExtreme("math.argmax argmax compat.v1.argmax compat.v1.math.argmax", .argMax),
    tensorFlowExtreme("math.argmin argmin compat.v1.argmin compat.v1.math.argmin", .argMin),
    TensorFunction.table("sort", "values:x axis=-1 direction=\"ASCENDING\"", Sorting.sort),
    TensorFunction.table(
      "argsort", "values:x axis=-1 direction=\"ASCENDING\" stable=false", Sorting.places),
    TensorFunction.table(
      "math.top_k nn.top_k", "input:x k=1 sorted=true index_type=\"int32\"", Sorting.top),
    TensorFunction.table("math.in_top_k nn.in_top_k", "targets predictions k", Sorting.isInTop),
    TensorFunction.table("compat.v1.math.in_top_k", "predictions targets k", Sorting.isInTop),
    tensorFlowCumulative("math.cumsum cumsum", .cumsum),
    tensorFlowCumulative("math.cumprod", .cumprod),
    tensorFlowCumulative("math.cumulative_logsumexp", .cumulativeLogsumexp),
    TensorFunction.table(
      "searchsorted", "sorted_sequence values side=\"left\" out_type=\"int32\"",
      Searching.search),
  ])
}

/// Where the greatest or the least element is.
enum Extremes {
  static func tensorFlow(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 1...32)
    let axis = try call.axis("axis", of: x.rank, default: 0)
    let kind = try call.kind("output_type") ?? .int64
    return .tensor(place(x, operation, along: axis, kind, call.graph))
  }

  private static func place(
    _ x: Tensor, _ operation: Operation, along axis: Int, _ kind: ElementKind, _ graph: GraphBuilder
  ) -> Tensor {
    var shape = x.shape
    shape.remove(at: axis)
    return graph.add(
      operation, [x, graph.integer(axis)], ["output_type": .kind(kind)], shape: shape)
  }

  static func keras(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    .tensor(try keras(try call.tensor("x"), call, operation))
  }

  private static func keras(
    _ x: Tensor, _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let axis = try call.axis("axis", of: x.rank)
    let ordered = x.kind.isFloating && x.rank > 0 ? zerosApart(x, graph) : x
    let line = axis == nil ? Reshaping.flat(ordered, graph) : ordered
    let found = place(line, operation, along: axis ?? 0, .int32, graph)
    guard try call.flag("keepdims") else { return found }
    if let axis { return graph.expand(found, at: axis) }
    return graph.reshape(found, to: PartialShape(repeating: 1, count: x.rank))
  }

  /// Keras takes -0 for less than 0.
  private static func zerosApart(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    let wide = graph.cast(x, to: NumberType.common([.kind(x.kind), .kind(.float32)]) ?? .float32)
    let isNegative = graph.binary(.less, graph.unary(.reciprocal, wide), 0)
    let isZero = graph.binary(.equal, wide, 0)
    let tiny = wide.kind == .float64 ? Double.leastNormalMagnitude : 0x1p-126
    return graph.select(
      graph.binary(.logicalAnd, isZero, isNegative), graph.scalar(-tiny, like: wide), wide)
  }

  /// -1 where all are NaN.
  static func withoutNaN(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    guard x.kind.isFloating else { return .tensor(try keras(x, call, operation)) }
    let isNaN = graph.unary(.isNan, x)
    let worst = operation == .argMax ? -Double.infinity : .infinity
    let found = try keras(graph.select(isNaN, graph.scalar(worst, like: x), x), call, operation)
    let none = try Reductions.reduction(call, isNaN).reduced(.all)
    return .tensor(graph.select(none, graph.integer(-1), found))
  }
}

/// Each element with all before it.
enum Cumulation {
  static func keras(
    _ call: FunctionCall, _ operation: Operation, _ nan: Double?
  ) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x"), call.graph)
    if let nan, x.kind.isFloating {
      let largest = x.kind.largest
      x = Elements.withoutNaN(x, nan, above: largest, below: -largest, graph)
    }
    x = call.cast(graph.cast(x, to: try call.kind("dtype") ?? x.kind), .boolsToInteger)
    let axis = try call.axis("axis", of: x.rank)
    if axis == nil { x = Reshaping.flat(x, graph) }
    return .tensor(graph.add(operation, [x, graph.integer(axis ?? 0)], shape: x.shape))
  }

  static func tensorFlow(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 1...32), call.graph)
    let axis = try call.axis("axis", of: x.rank, default: 0)
    let attributes: [String: AttributeValue] = [
      "exclusive": .flag(try call.flag("exclusive")), "reverse": .flag(try call.flag("reverse")),
    ]
    return .tensor(graph.add(operation, [x, graph.integer(axis)], attributes, shape: x.shape))
  }
}
