import StrictJSON
import TensorFlowGraph
import Tensors

/// Types, shapes and constant tensors.
/// keras/src/backend/tensorflow/numpy.py and core.py of https://github.com/keras-team/keras
enum CreationFunctions {
  static let keras = TensorFunction.join([
    TensorFunction.table("Cast", "x dtype", Types.cast),
    TensorFunction.table("SaturateCast", "x dtype", Types.saturateCast),
    TensorFunction.table("ConvertToTensor", "x dtype sparse=false ragged=false", Types.convert),
    TensorFunction.table("Array", "x dtype", Types.convert),
    TensorFunction.table("Size", "x", Types.size),
    TensorFunction.table("Ndim", "x", Types.rank),
    filled("ZerosLike EmptyLike", 0), filled("OnesLike", 1),
    TensorFunction.table("FullLike", "x fill_value dtype", Filling.like),
    TensorFunction.table("Full", "fill_value shape dtype=\"float32\"", Filling.full),
    TensorFunction.table("Arange", "start stop step dtype", Ranges.range),
    TensorFunction.table(
      "Linspace", "start stop num=50 endpoint=true retstep=false dtype axis=0", Ranges.linear),
    TensorFunction.table(
      "Logspace", "start stop num=50 endpoint=true base=10 dtype axis=0", Ranges.logarithmic),
    TensorFunction.table(
      "Geomspace", "start stop num=50 endpoint=true dtype axis=0", Ranges.geometric),
    TensorFunction.table("Meshgrid", "*x indexing=\"xy\"", Ranges.mesh),
  ])

  private static func filled(_ names: String, _ value: Double) -> [String: TensorFunction] {
    TensorFunction.table(names, "x dtype") { (call: FunctionCall) throws(CompileError) in
      try Filling.like(call, value)
    }
  }

  private static func tensorFlowFilled(
    _ name: String, _ value: Double
  ) -> [String: TensorFunction] {
    TensorFunction.join([
      TensorFunction.table(name + "_like", "input:x dtype layout", Filling.likeBody(value)),
      TensorFunction.table(
        "compat.v1." + name + "_like", "tensor:x dtype optimize=true", Filling.likeBody(value)),
      TensorFunction.table(
        name, "shape dtype=\"float32\" layout",
        { (call: FunctionCall) throws(CompileError) in
          .tensor(try Filling.full(call, of: try call.kind("dtype") ?? .float32, value))
        }),
    ])
  }

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table("cast", "x dtype", Types.cast),
    TensorFunction.table("saturate_cast dtypes.saturate_cast", "value:x dtype", Types.saturateCast),
    TensorFunction.table(
      "convert_to_tensor compat.v1.convert_to_tensor", "value:x dtype dtype_hint preferred_dtype",
      Types.convert),
    TensorFunction.table("shape compat.v1.shape", "input:x out_type=\"int32\"", Types.shape),
    TensorFunction.table("size compat.v1.size", "input:x out_type=\"int32\"", Types.size),
    TensorFunction.table("rank compat.v1.rank", "input:x", Types.rank),
    tensorFlowFilled("zeros", 0), tensorFlowFilled("ones", 1),
    TensorFunction.table("fill", "dims:shape value:fill_value layout", Filling.fill),
    TensorFunction.table(
      "eye linalg.eye", "num_rows num_columns batch_shape dtype=\"float32\"", Filling.eye),
    TensorFunction.table("range", "start limit:stop delta:step dtype", Ranges.range),
    TensorFunction.table("linspace", "start stop num=50 axis=0", Ranges.linear),
    TensorFunction.table("meshgrid", "*x indexing=\"xy\"", Ranges.mesh),
    TensorFunction.table("sequence_mask", "lengths maxlen dtype=\"bool\"", Ranges.sequenceMask),
  ])
}

/// Other types of the same numbers.
enum Types {
  static func cast(_ call: FunctionCall) throws(CompileError) -> CallValue {
    guard let kind = try call.kind("dtype") else { throw call.malformed("dtype", "a type") }
    return .tensor(call.graph.cast(try call.tensor("x"), to: kind))
  }

  /// `x` as a tensor, of a type where one is given.
  static func convert(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let kind = try call.kind("dtype")
    let x = try call.tensor("x", as: kind)
    return .tensor(kind.map { call.graph.cast(x, to: $0) } ?? x)
  }

  /// What another type cannot hold becomes its greatest or least.
  static func saturateCast(_ call: FunctionCall) throws(CompileError) -> CallValue {
    guard let kind = try call.kind("dtype") else { throw call.malformed("dtype", "a type") }
    return .tensor(saturated(try call.tensor("x"), kind, call.graph))
  }

  static func saturated(_ x: Tensor, _ kind: ElementKind, _ graph: GraphBuilder) -> Tensor {
    var x = x
    guard let from = x.kind.bounds, let to = kind.bounds else {
      return graph.cast(x, to: kind)
    }
    if from.lowerBound < to.lowerBound {
      x = graph.binary(.maximum, x, x.kind.nearest(to.lowerBound))
    }
    if from.upperBound > to.upperBound {
      x = graph.binary(.minimum, x, x.kind.nearest(to.upperBound))
    }
    return graph.cast(x, to: kind)
  }

  static func shape(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let kind = try call.kind("out_type") ?? .int32
    return .tensor(call.graph.add(.shape, [x], ["out_type": .kind(kind)], shape: [x.rank]))
  }

  static func size(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let kind = try call.kind("out_type") ?? .int32
    return .tensor(
      call.graph.add(.size, [try call.tensor("x")], ["out_type": .kind(kind)], shape: []))
  }

  static func rank(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(call.graph.integer(try call.tensor("x").rank))
  }
}

extension ElementKind {
  /// The least and the greatest finite number, as near as 64 bits of a float come; `nil` for what
  /// has no order.
  fileprivate var bounds: ClosedRange<Double>? {
    switch self {
    case .bool: 0...1
    case .int8: -128...127
    case .int16: -32768...32767
    case .int32: -2147483648...2147483647
    case .int64: -0x1p63...0x1p63
    case .uint8: 0...255
    case .uint16: 0...65535
    case .uint32: 0...4294967295
    case .uint64: 0...0x1p64
    case .float16, .bfloat16, .float32, .float64: -largest...largest
    default: nil
    }
  }

  /// The number of this type that is nearest to a bound, and within it.
  fileprivate func nearest(_ bound: Double) -> Double {
    guard self == .float32, bound.magnitude < largest else {
      return self == .float64 && bound.magnitude >= 0x1p63 ? bound.nextDown : bound
    }
    let near = Float(bound)
    return Double(bound > 0 && Double(near) >= bound && bound >= 2147483647 ? near.nextDown : near)
  }
}

/// Tensors of one value.
enum Filling {
  static func likeBody(_ value: Double) -> TensorFunction.Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in try like(call, value) }
  }

  static func like(_ call: FunctionCall, _ value: Double) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    _ = call.value("optimize")
    let like = graph.cast(x, to: try call.kind("dtype") ?? x.kind)
    return .tensor(graph.unary(value == 0 ? .zerosLike : .onesLike, like))
  }

  static func like(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let kind = try call.kind("dtype") ?? x.kind
    let value = graph.cast(try call.tensor("fill_value", as: kind), to: kind)
    return .tensor(Reshaping.broadcast(value, to: graph.extents(of: x), graph))
  }

  static func full(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let kind = try call.kind("dtype") ?? .float32
    let value = call.graph.cast(try call.tensor("fill_value", as: kind), to: kind)
    return .tensor(Reshaping.broadcast(value, to: try extents(call), call.graph))
  }

  static func full(
    _ call: FunctionCall, of kind: ElementKind, _ value: Double
  ) throws(CompileError) -> Tensor {
    guard kind.dtype != nil else { throw call.malformed("dtype", "a type of numbers") }
    return call.graph.fill(try extents(call), with: call.graph.scalar(value, kind))
  }

  static func fill(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let value = try call.tensor("fill_value")
    guard value.rank == 0 else { throw call.malformed("value", "one number") }
    return .tensor(call.graph.fill(try extents(call), with: value))
  }

  private static func extents(_ call: FunctionCall) throws(CompileError) -> [Extent] {
    guard let extents = try call.extents("shape"),
      extents.allSatisfy({ $0.known.map { $0 >= 0 } ?? true }), extents.count <= 32
    else { throw call.malformed("shape", "sizes") }
    return extents
  }

  /// The unit matrix.
  static func eye(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    guard let rows = try call.extents("num_rows"), rows.count == 1 else {
      throw call.malformed("num_rows", "a size")
    }
    let columns = try call.extents("num_columns") ?? rows
    guard columns == rows else {
      throw call.unsupported("num_columns", "only squares are compiled")
    }
    let kind = try call.kind("dtype") ?? .float32
    guard kind.dtype != nil else { throw call.malformed("dtype", "a type of numbers") }
    return .tensor(unit(rows[0], kind, graph))
  }

  static func unit(_ size: Extent, _ kind: ElementKind, _ graph: GraphBuilder) -> Tensor {
    let ones = graph.fill([size], with: graph.scalar(1, kind))
    return graph.add(.matrixDiag, [ones], shape: [size.known, size.known])
  }
}
