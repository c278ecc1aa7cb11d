import TensorFlowGraph
import Tensors

/// A tensor and the axes along which it is reduced.
struct Reduction {
  let graph: GraphBuilder
  let x: Tensor
  let axes: [Int]
  let keeps: Bool

  func reduced(_ operation: Operation, keeping: Bool? = nil) -> Tensor {
    graph.reduce(operation, x, along: axes, keepsDimensions: keeping ?? keeps)
  }

  /// The same of another tensor.
  func of(_ x: Tensor) -> Reduction { Reduction(graph: graph, x: x, axes: axes, keeps: keeps) }

  var variance: Tensor {
    let distance = graph.minus(x, reduced(.mean, keeping: true))
    return of(graph.unary(.square, distance)).reduced(.mean)
  }

  var deviation: Tensor { graph.unary(.sqrt, variance) }

  /// `log(sum(exp(x)))`, of which the greatest is taken first where it is finite.
  var logSumExp: Tensor {
    let greatest = reduced(.max, keeping: true)
    let shift = graph.select(
      graph.unary(.isFinite, greatest), greatest, graph.unary(.zerosLike, greatest))
    let powers = of(graph.unary(.exp, graph.minus(x, shift)))
    let logarithm = graph.unary(.log, powers.reduced(.sum))
    let back =
      keeps ? shift : graph.squeezeAll(shift, axes)
    return graph.plus(logarithm, back)
  }
}

extension GraphBuilder {
  /// Removes axes of 1; nothing where there are none.
  func squeezeAll(_ x: Tensor, _ axes: [Int]) -> Tensor { axes.isEmpty ? x : squeeze(x, axes) }
}

/// How numbers along axes become one.
enum Reductions {
  static func body(
    _ casting: Casting, _ transform: @escaping @Sendable (Reduction) -> Tensor
  ) -> TensorFunction.Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in
      .tensor(transform(try reduction(call, call.cast(try call.tensor("x"), casting))))
    }
  }

  static func over(_ operation: Operation) -> @Sendable (Reduction) -> Tensor {
    { $0.reduced(operation) }
  }

  /// What a call says of axes; all where it says nothing.
  static func reduction(
    _ call: FunctionCall, _ x: Tensor, axes name: String = "axis"
  ) throws(CompileError) -> Reduction {
    let axes = try call.axes(name, of: x.rank) ?? Array(x.shape.indices)
    return Reduction(graph: call.graph, x: x, axes: axes, keeps: try call.flag("keepdims"))
  }

  // MARK: Keras 3's

  /// In float32 at least; integers stay floats.
  static func mean(_ reduction: Reduction) -> Tensor {
    let (graph, x) = (reduction.graph, reduction.x)
    let kind = NumberType.common([.kind(x.kind), .kind(.float32)]) ?? x.kind
    let mean = reduction.of(graph.cast(x, to: kind)).reduced(.mean)
    return x.kind.isFloating ? graph.cast(mean, to: x.kind) : mean
  }

  static func variance(_ reduction: Reduction) -> Tensor {
    let (graph, x) = (reduction.graph, reduction.x)
    let kind = NumberType.common([.kind(x.kind), .kind(.float32)]) ?? x.kind
    let result = NumberType.common([.kind(x.kind), .float]) ?? x.kind
    return graph.cast(reduction.of(graph.cast(x, to: kind)).variance, to: result)
  }

  static func extreme(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let reduction = try reduction(call, x)
    let isMax = operation == .max
    let found = reduction.reduced(x.kind == .bool ? (isMax ? .any : .all) : operation)
    let kind = x.kind == .bool ? .int32 : x.kind
    guard let initial = try call.optionalTensor("initial", as: kind) else { return .tensor(found) }
    let bounded = graph.binary(
      isMax ? .maximum : .minimum, graph.cast(found, to: kind), graph.cast(initial, to: kind))
    return .tensor(graph.cast(bounded, to: x.kind))
  }

  static func product(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    // Keras looks whether a type is given, and then keeps the tensor's own.
    let cast = try call.kind("dtype") == nil ? call.cast(x, .smallToInteger) : x
    return .tensor(try reduction(call, cast).reduced(.prod))
  }

  static func average(_ call: FunctionCall) throws(CompileError) -> CallValue {
    guard call.value("weights") != nil else {
      return .tensor(try reduction(call, call.cast(try call.tensor("x"), .float)).reduced(.mean))
    }
    let (x, weights) = try call.pair("x", "weights", .tensorsToFloat)
    let graph = call.graph
    let axes = try call.axes("axis", of: x.rank)
    if let axes, weights.rank != x.rank {
      guard axes.count == 1, weights.rank == 1 else {
        throw call.malformed("weights", "a weight for each place of one axis")
      }
      var shape = PartialShape(repeating: 1, count: x.rank)
      shape[axes[0]] = nil
      let column = graph.reshape(weights, to: shape)
      let sum = graph.reduce(.sum, graph.multiply(x, column), along: axes)
      return .tensor(graph.binary(.realDiv, sum, graph.reduce(.sum, weights, along: [0])))
    }
    let all = axes ?? Array(x.shape.indices)
    let weighted = graph.multiply(x, weights)
    guard weighted.rank == x.rank, weights.rank == x.rank || axes == nil else {
      throw call.malformed("weights", "weights of the tensor's shape")
    }
    let own = axes ?? Array(weights.shape.indices)
    return .tensor(
      graph.binary(
        .realDiv, graph.reduce(.sum, weighted, along: all),
        graph.reduce(.sum, weights, along: own)))
  }

  /// The mean and the variance; of half floats in float32.
  static func moments(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    _ = call.value("synchronized")
    let isHalf = x.kind == .float16 || (x.kind == .bfloat16 && !call.isTensorFlow)
    let wide = try reduction(call, isHalf ? graph.cast(x, to: .float32) : x, axes: "axes")
    return .list([wide.reduced(.mean), wide.variance].map { .tensor(graph.cast($0, to: x.kind)) })
  }

  static func nonZero(_ reduction: Reduction, kind: ElementKind) -> Tensor {
    let graph = reduction.graph
    let differs =
      reduction.x.kind == .bool
      ? reduction.x : Elements.compare(.notEqual, reduction.x, 0, graph)
    return reduction.of(graph.cast(differs, to: kind)).reduced(.sum)
  }

  static func sumOfTensors(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let tensors = try call.promoted(try call.tensors("inputs"))
    guard let first = tensors.first else { throw call.malformed("inputs", "tensors") }
    return .tensor(call.graph.add(.addN, tensors, shape: first.shape))
  }

  // MARK: Without NaN

  private static func replaced(_ reduction: Reduction, _ value: Double) -> Reduction {
    let (graph, x) = (reduction.graph, reduction.x)
    guard x.kind.isFloating else { return reduction }
    return reduction.of(graph.select(graph.unary(.isNan, x), graph.scalar(value, like: x), x))
  }

  private static func widened(_ reduction: Reduction) -> Reduction {
    let kind: ElementKind? =
      switch reduction.x.kind {
      case .bool, .int8, .int16: .int32
      case .uint8, .uint16: .uint32
      default: nil
      }
    return kind.map { reduction.of(reduction.graph.cast(reduction.x, to: $0)) } ?? reduction
  }

  static func nanSum(_ reduction: Reduction) -> Tensor {
    widened(replaced(reduction, 0)).reduced(.sum)
  }

  static func nanProduct(_ reduction: Reduction) -> Tensor {
    widened(replaced(reduction, 1)).reduced(.prod)
  }

  /// How many are no NaN.
  private static func count(_ reduction: Reduction, as kind: ElementKind) -> Reduction {
    let graph = reduction.graph
    let valid = graph.unary(.logicalNot, graph.unary(.isNan, reduction.x))
    return reduction.of(graph.cast(valid, to: kind))
  }

  static func nanMean(_ reduction: Reduction) -> Tensor {
    let (graph, x) = (reduction.graph, reduction.x)
    if reduction.axes.isEmpty { return x }
    guard x.kind.isFloating else {
      return reduction.of(graph.cast(x, to: .float32)).reduced(.mean)
    }
    return graph.binary(
      .realDiv, nanSum(reduction), count(reduction, as: x.kind).reduced(.sum))
  }

  static func nanVariance(_ reduction: Reduction) -> Tensor {
    let (graph, x) = (reduction.graph, reduction.x)
    let kept = Reduction(graph: graph, x: x, axes: reduction.axes, keeps: true)
    let distance = graph.minus(x, nanMean(kept))
    let squares = replaced(reduction.of(graph.unary(.square, distance)), 0)
    return graph.binary(
      .realDiv, squares.reduced(.sum), count(reduction, as: x.kind).reduced(.sum))
  }

  static func nanExtreme(_ reduction: Reduction, _ operation: Operation) -> Tensor {
    let (graph, x) = (reduction.graph, reduction.x)
    guard x.kind.isFloating else {
      let logical: Operation = operation == .max ? .any : .all
      return reduction.reduced(x.kind == .bool ? logical : operation)
    }
    let clean = replaced(reduction, operation == .max ? -.infinity : .infinity)
    return graph.select(
      reduction.of(graph.unary(.isNan, x)).reduced(.all), graph.scalar(.nan, like: x),
      clean.reduced(operation))
  }
}
