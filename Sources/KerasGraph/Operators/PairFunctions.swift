import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions of pairs of elements.
/// keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras
enum PairFunctions {
  static let keras = TensorFunction.join([
    pair("Add", .numbersFollow, .addV2), pair("Subtract", .numbersFollow, .sub),
    pair("Multiply", .numbersFollow, .mul),
    pair("Divide TrueDivide", .numbersFollowToFloat, .realDiv),
    pair("DivideNoNan", .numbersFollowToFloat, .divNoNan),
    pair("FloorDivide", .numbersFollow, .floorDiv), pair("Maximum", .numbersFollow, .maximum),
    pair("Minimum", .numbersFollow, .minimum), pair("Less", .tensors, .less),
    pair("LessEqual", .tensors, .lessEqual), pair("Greater", .tensors, .greater),
    pair("GreaterEqual", .tensors, .greaterEqual), pair("Equal", .tensors, .equal),
    pair("NotEqual", .tensors, .notEqual), pair("Arctan2", .tensorsToFloat, .atan2),
    bits("BitwiseAnd", .bitwiseAnd), bits("BitwiseOr", .bitwiseOr),
    bits("BitwiseXor", .bitwiseXor), shift("BitwiseLeftShift LeftShift", .leftShift),
    shift("BitwiseRightShift RightShift", .rightShift),
    logical("LogicalAnd", .logicalAnd), logical("LogicalOr", .logicalOr),
    logical("LogicalXor", .notEqual),
    function("Power", power), function("Mod", .tensors, modulo), function("Fmod", .tensors, fmod),
    function("Fmax", .numbersFollow) { notNaN($0, .maximum, $1, $2) },
    function("Fmin", .numbersFollow) { notNaN($0, .minimum, $1, $2) },
    function("Logaddexp", .tensorsToFloat) { logAddExp($0, $1, $2, base: 1) },
    function("Logaddexp2", .tensorsToFloat) { logAddExp($0, $1, $2, base: 0.6931471805599453) },
    function("Heaviside", .tensors, heaviside), function("Hypot", .tensors, hypot),
    function("Ldexp", ldexp), function("Nextafter", .tensorsToFloat, nextAfter),
    TensorFunction.table("Isclose", "x1 x2 rtol=1e-05 atol=1e-08 equal_nan=false", isClose),
    TensorFunction.table(
      "AllClose", "x1 x2 rtol=1e-05 atol=1e-08 equal_nan=false",
      { (call: FunctionCall) throws(CompileError) -> CallValue in
        guard let close = try isClose(call).tensor else { throw call.malformed("x1", "a tensor") }
        return .tensor(
          call.graph.reduce(.all, close, along: Array(close.shape.indices)))
      }),
    TensorFunction.table("Where", "condition x1 x2", Selections.choose),
  ])

  private static func pair(
    _ names: String, _ meeting: FunctionCall.Meeting, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(names, "x1 x2", TensorFunction.binary(meeting, operation))
  }

  private static func bits(_ name: String, _ operation: Operation) -> [String: TensorFunction] {
    TensorFunction.table(name, "x:x1 y:x2", TensorFunction.binary(.tensors, operation))
  }

  private static func shift(_ names: String, _ operation: Operation) -> [String: TensorFunction] {
    TensorFunction.table(names, "x:x1 y:x2", TensorFunction.binary(.numbersFollow, operation))
  }

  private static func function(
    _ name: String, _ body: @escaping TensorFunction.Body
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x1 x2", body)
  }

  private static func function(
    _ name: String, _ meeting: FunctionCall.Meeting,
    _ transform: @escaping @Sendable (GraphBuilder, Tensor, Tensor) -> Tensor
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x1 x2", TensorFunction.binary(meeting, transform))
  }

  private static func logical(
    _ name: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    function(name) { (call: FunctionCall) throws(CompileError) -> CallValue in
      let x = call.cast(try call.tensor("x1"), .bool)
      let y = call.cast(try call.tensor("x2"), .bool)
      return .tensor(call.graph.binary(operation, x, y))
    }
  }

  /// TensorFlow's functions that are one operation, by their names.
  private static let tensorFlowOperations: [(String, Operation)] = [
    ("__operators__.add math.add add", .addV2), ("math.subtract subtract", .sub),
    ("math.multiply multiply", .mul), ("math.divide_no_nan", .divNoNan),
    ("math.multiply_no_nan", .mulNoNan), ("math.maximum maximum", .maximum),
    ("math.minimum minimum", .minimum), ("math.floordiv compat.v1.floor_div", .floorDiv),
    ("math.floormod math.mod", .floorMod), ("math.less less", .less), ("math.pow pow", .pow),
    ("math.less_equal less_equal", .lessEqual), ("math.greater greater", .greater),
    ("math.greater_equal greater_equal", .greaterEqual),
    ("math.equal equal", .equal), ("math.not_equal not_equal", .notEqual),
    ("math.logical_and logical_and", .logicalAnd), ("math.logical_or logical_or", .logicalOr),
    ("math.logical_xor", .notEqual), ("math.squared_difference", .squaredDifference),
    ("math.xdivy", .xdivy), ("math.xlogy", .xlogy), ("math.xlog1py", .xlog1py),
    ("math.igamma", .igamma), ("math.igammac", .igammac), ("math.zeta", .zeta),
    ("math.polygamma", .polygamma), ("bitwise.bitwise_and", .bitwiseAnd),
    ("bitwise.bitwise_or", .bitwiseOr), ("bitwise.bitwise_xor", .bitwiseXor),
    ("bitwise.left_shift", .leftShift), ("bitwise.right_shift", .rightShift),
    ("truncatediv", .truncateDiv), ("truncatemod", .truncateMod),
  ]

  static let tensorFlow = TensorFunction.join(
    tensorFlowOperations.map { names, operation in
      TensorFunction.table(
        names, tensorFlowNames[operation] ?? "x:x1 y:x2",
        TensorFunction.binary(.tensors, operation))
    } + [
      TensorFunction.table(
        "math.atan2 atan2", "y:x1 x:x2", TensorFunction.binary(.tensors, .atan2)),
      TensorFunction.table(
        "__operators__.eq", "self:x1 other:x2", TensorFunction.binary(.tensors, .equal)),
      TensorFunction.table(
        "__operators__.ne", "self:x1 other:x2", TensorFunction.binary(.tensors, .notEqual)),
      TensorFunction.table(
        "math.nextafter", "x1 x2", TensorFunction.binary(.tensors, .nextAfter)),
      TensorFunction.table(
        "math.truediv truediv math.divide divide compat.v1.div", "x:x1 y:x2",
        TensorFunction.binary(.tensors, trueDivide)),
      TensorFunction.table("where", "condition x:x1 y:x2", Selections.choose),
      TensorFunction.table("compat.v1.where", "condition x:x1 y:x2", Selections.choose),
    ])

  private static let tensorFlowNames: [Operation: String] = [
    .igamma: "a:x1 x:x2", .igammac: "a:x1 x:x2", .zeta: "x:x1 q:x2", .polygamma: "a:x1 x:x2",
  ]

  // MARK: Bodies

  /// Integers are divided as floats: those of 8 and 16 bits in float32, others in float64.
  private static func trueDivide(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    guard x.kind.isInteger else { return graph.binary(.realDiv, x, y) }
    let isSmall = [.int8, .uint8, .int16, .uint16].contains(x.kind)
    let kind: ElementKind = isSmall ? .float32 : .float64
    return graph.binary(.realDiv, graph.cast(x, to: kind), graph.cast(y, to: kind))
  }

  private static func power(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2")
    let graph = call.graph
    guard x.kind.isUnsigned else { return .tensor(graph.binary(.pow, x, y)) }
    let wide = graph.binary(.pow, graph.cast(x, to: .int32), graph.cast(y, to: .int32))
    return .tensor(graph.cast(wide, to: x.kind))
  }

  private static func modulo(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let kind = x.kind == .bool ? .int32 : x.kind
    return graph.binary(.floorMod, graph.cast(x, to: kind), graph.cast(y, to: kind))
  }

  private static func fmod(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let result: ElementKind = x.kind == .bool ? .int32 : x.kind
    let kind = result.isUnsigned && result != .uint64 ? .int32 : result
    let (x, y) = (graph.cast(x, to: kind), graph.cast(y, to: kind))
    let rest = graph.binary(.floorMod, graph.unary(.abs, x), graph.unary(.abs, y))
    return graph.cast(graph.multiply(graph.unary(.sign, x), rest), to: result)
  }

  /// The greater or the less of two, of which NaN is none.
  private static func notNaN(
    _ graph: GraphBuilder, _ operation: Operation, _ x: Tensor, _ y: Tensor
  ) -> Tensor {
    let result = graph.binary(operation, x, y)
    guard x.kind.isFloating else { return result }
    let first = graph.select(graph.unary(.isNan, y), x, result)
    return graph.select(graph.unary(.isNan, x), y, first)
  }

  /// - Parameter base: the logarithm of the base.
  private static func logAddExp(
    _ graph: GraphBuilder, _ x: Tensor, _ y: Tensor, base: Double
  ) -> Tensor {
    let distance = graph.minus(x, y)
    let power = graph.unary(
      .exp, graph.binary(.mul, graph.unary(.neg, graph.unary(.abs, distance)), base))
    let rest = graph.binary(.realDiv, graph.unary(.log1p, power), base)
    return graph.select(
      graph.unary(.isNan, distance), graph.plus(x, y),
      graph.plus(graph.binary(.maximum, x, y), rest))
  }

  private static func widened(_ graph: GraphBuilder, _ x: Tensor) -> Tensor {
    graph.cast(x, to: x.kind == .int64 ? .float64 : x.kind.isInteger ? .float32 : x.kind)
  }

  private static func heaviside(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let (x, y) = (widened(graph, x), widened(graph, y))
    let above = graph.select(
      Elements.compare(.greater, x, 0, graph), graph.unary(.onesLike, x), y)
    return graph.select(
      Elements.compare(.less, x, 0, graph), graph.unary(.zerosLike, x), above)
  }

  private static func hypot(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let (x, y) = (
      graph.unary(.abs, widened(graph, x)), graph.unary(.abs, widened(graph, y))
    )
    let longest = graph.binary(.maximum, x, y)
    let ratio = graph.binary(.divNoNan, graph.binary(.minimum, x, y), longest)
    let root = graph.unary(.sqrt, graph.binary(.addV2, graph.unary(.square, ratio), 1))
    return graph.multiply(longest, root)
  }

  private static func ldexp(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensorsToFloat)
    let graph = call.graph
    let result = graph.multiply(x, graph.binary(.pow, graph.scalar(2, like: x), y))
    let stays = graph.binary(
      .logicalOr, graph.unary(.isInf, x), Elements.compare(.equal, x, 0, graph))
    return .tensor(graph.select(stays, x, result))
  }

  private static func nextAfter(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let next = graph.binary(
      .nextAfter, graph.cast(x, to: .float64), graph.cast(y, to: .float64))
    return graph.cast(next, to: x.kind)
  }

  private static func isClose(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensors)
    let graph = call.graph
    let relative = try call.number("rtol") ?? 1e-5
    let absolute = try call.number("atol") ?? 1e-8
    let joinsNaN = try call.flag("equal_nan")
    let equal = graph.binary(.equal, x, y)
    guard x.kind.isFloating else { return .tensor(equal) }
    let bound = graph.binary(
      .addV2, graph.binary(.mul, graph.unary(.abs, y), relative), absolute)
    let near = graph.binary(.lessEqual, graph.unary(.abs, graph.minus(x, y)), bound)
    // Equal infinities are as close as can be where all are compared at once.
    var result = call.layer.className == "AllClose" ? finite(near, equal, x, y, graph) : near
    if joinsNaN {
      let both = graph.binary(.logicalAnd, graph.unary(.isNan, x), graph.unary(.isNan, y))
      result = graph.binary(.logicalOr, result, both)
    }
    return .tensor(result)
  }

  private static func finite(
    _ near: Tensor, _ equal: Tensor, _ x: Tensor, _ y: Tensor, _ graph: GraphBuilder
  ) -> Tensor {
    let finite = graph.binary(
      .logicalAnd, graph.unary(.isFinite, x), graph.unary(.isFinite, y))
    return graph.binary(.logicalOr, graph.binary(.logicalAnd, finite, near), equal)
  }
}
