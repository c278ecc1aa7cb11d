import TensorFlowGraph
import Tensors

/// What becomes of each element, where it is more than one operation.
enum Elements {
  static func absolute(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    x.kind == .bool || x.kind.isUnsigned ? x : graph.unary(.abs, x)
  }

  static func sign(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    guard x.kind.isUnsigned else { return graph.unary(.sign, x) }
    return graph.cast(graph.unary(.sign, graph.cast(x, to: .int32)), to: x.kind)
  }

  static func erfinv(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    guard x.kind == .float16 || x.kind == .bfloat16 else { return graph.unary(.erfinv, x) }
    return graph.cast(graph.unary(.erfinv, graph.cast(x, to: .float32)), to: x.kind)
  }

  static func cbrt(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    graph.multiply(
      graph.unary(.sign, x), graph.binary(.pow, graph.unary(.abs, x), 1.0 / 3.0))
  }

  static func exp2(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    graph.binary(.pow, graph.scalar(2, like: x), x)
  }

  static func log(_ x: Tensor, _ base: Double, _ graph: GraphBuilder) -> Tensor {
    graph.binary(
      .realDiv, graph.unary(.log, x), graph.unary(.log, graph.scalar(base, like: x)))
  }

  static func sinc(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    let angle = graph.binary(.mul, x, Double.pi)
    return graph.select(
      compare(.equal, x, 0, graph), graph.unary(.onesLike, x),
      graph.binary(.realDiv, graph.unary(.sin, angle), angle))
  }

  static func trunc(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    guard x.kind.isFloating else { return x }
    return graph.select(
      compare(.less, x, 0, graph), graph.unary(.ceil, x), graph.unary(.floor, x))
  }

  static func signbit(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    guard x.kind.isFloating else {
      return x.kind == .bool ? all(x, are: false, in: graph) : compare(.less, x, 0, graph)
    }
    // Of a negative zero, too: its reciprocal is negative.
    let wide = graph.cast(x, to: .float32)
    return graph.binary(
      .logicalOr, compare(.less, wide, 0, graph),
      graph.binary(
        .logicalAnd, compare(.equal, wide, 0, graph),
        compare(.less, graph.unary(.reciprocal, wide), 0, graph)))
  }

  static func isNaN(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    x.kind.isFloating ? graph.unary(.isNan, x) : all(x, are: false, in: graph)
  }

  static func isInfinite(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    x.kind.isFloating ? graph.unary(.isInf, x) : all(x, are: false, in: graph)
  }

  static func isFinite(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    x.kind.isFloating ? graph.unary(.isFinite, x) : all(x, are: true, in: graph)
  }

  static func isValue(_ x: Tensor, _ value: Double, _ graph: GraphBuilder) -> Tensor {
    x.kind.isFloating ? compare(.equal, x, value, graph) : all(x, are: false, in: graph)
  }

  /// A tensor of bools of the same shape.
  static func all(_ x: Tensor, are value: Bool, in graph: GraphBuilder) -> Tensor {
    graph.fill(graph.extents(of: x), with: graph.scalar(value ? 1 : 0, .bool))
  }

  static func compare(
    _ operation: Operation, _ x: Tensor, _ value: Double, _ graph: GraphBuilder
  ) -> Tensor {
    graph.binary(operation, x, value)
  }

  static func round(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    x.kind.isInteger ? x : graph.unary(.round, x)
  }

  /// An angle, by the part that two numbers are in its type.
  static func scaled(
    _ x: Tensor, by numerator: Double, over denominator: Double, _ graph: GraphBuilder
  ) -> Tensor {
    let factor = graph.binary(
      .realDiv, graph.scalar(numerator, like: x), graph.scalar(denominator, like: x))
    return graph.multiply(x, factor)
  }

  static func round(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let decimals = try call.integer("decimals", default: 0)
    guard decimals != 0 else { return .tensor(round(graph, x)) }
    guard decimals.magnitude <= 300 else { throw call.malformed("decimals", "300 at most") }
    if x.kind.isInteger, decimals > 0 { return .tensor(x) }
    let wide = x.kind.isFloating ? x : graph.cast(x, to: .float32)
    var factor = 1.0
    for _ in 0..<decimals.magnitude { factor *= 10 }
    if decimals < 0 { factor = 1 / factor }
    let rounded = graph.unary(.round, graph.binary(.mul, wide, factor))
    return .tensor(graph.cast(graph.binary(.realDiv, rounded, factor), to: x.kind))
  }

  static func nanToNumber(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let largest = x.kind.largest
    let numbers = (
      nan: try call.number("nan") ?? 0, above: try call.number("posinf") ?? largest,
      below: try call.number("neginf") ?? -largest
    )
    guard x.kind.isFloating else { return .tensor(x) }
    return .tensor(
      withoutNaN(x, numbers.nan, above: numbers.above, below: numbers.below, graph))
  }

  /// - Parameters:
  ///   - above: what positive infinity becomes.
  ///   - below: what negative infinity becomes.
  static func withoutNaN(
    _ x: Tensor, _ nan: Double, above: Double, below: Double, _ graph: GraphBuilder
  ) -> Tensor {
    var x = graph.select(graph.unary(.isNan, x), graph.scalar(nan, like: x), x)
    for (value, limit) in [(above, Double.infinity), (below, -.infinity)] {
      x = graph.select(compare(.equal, x, limit, graph), graph.scalar(value, like: x), x)
    }
    return x
  }

  static func clip(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let x = call.cast(try call.tensor("x"), .boolsToInteger)
    let low = try call.tensor("x_min", as: x.kind)
    let high = try call.tensor("x_max", as: x.kind)
    guard low.kind == x.kind, high.kind == x.kind else {
      throw call.malformed("x_min", "bounds of the tensor's type")
    }
    return .tensor(graph.binary(.maximum, graph.binary(.minimum, x, high), low))
  }
}

extension ElementKind {
  var isUnsigned: Bool {
    switch self {
    case .uint4, .uint8, .uint16, .uint32, .uint64: true
    default: false
    }
  }

  /// The largest finite number of a type of floats.
  var largest: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: Double(Float(bitPattern: 0x7F7F_0000))
    case .float64: .greatestFiniteMagnitude
    default: Double(Float.greatestFiniteMagnitude)
    }
  }
}
