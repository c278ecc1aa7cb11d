import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions that bring numbers to one scale, and what neural networks have besides.
/// keras/src/ops/nn.py and keras/src/backend/tensorflow/nn.py of
/// https://github.com/keras-team/keras, tensorflow/python/ops/nn_impl.py of
/// https://github.com/tensorflow/tensorflow
enum NormalizationFunctions {
  static let keras = TensorFunction.join([
    TensorFunction.table("Normalize", "x axis=-1 order=2 epsilon", Scaling.normalize),
    TensorFunction.table(
      "LayerNorm", "x gamma beta axis=-1 epsilon rms_scaling=false", Scaling.layerNorm),
    TensorFunction.table("RMSNorm", "x scale axis=-1 epsilon", Scaling.rmsNorm),
    TensorFunction.table(
      "BatchNorm", "x mean variance offset scale axis epsilon=0.001", Scaling.batchNorm),
    TensorFunction.table("PSNR", "x1 x2 max_val", Scaling.signalToNoise),
    TensorFunction.table("Polar", "abs_ angle", SignalFunctions.polar),
  ])

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table(
      "math.l2_normalize linalg.l2_normalize nn.l2_normalize",
      "x axis epsilon=1e-12 dim:axis", Scaling.l2Normalize),
    TensorFunction.table(
      "compat.v1.math.l2_normalize compat.v1.linalg.l2_normalize compat.v1.nn.l2_normalize",
      "x axis epsilon=1e-12 dim:axis", Scaling.l2Normalize),
    TensorFunction.table(
      "nn.batch_normalization",
      "x mean variance offset scale variance_epsilon:epsilon", Scaling.batchNorm),
    TensorFunction.table("nn.bias_add", "value:x bias data_format=\"NHWC\"", Scaling.biasAdd),
    TensorFunction.table(
      "nn.local_response_normalization nn.lrn",
      "input:x depth_radius=5 bias=1 alpha=1 beta=0.5", Scaling.localResponse),
    TensorFunction.table("clip_by_norm", "t:x clip_norm axes:axis", Scaling.clipByNorm),
  ])
}

enum Scaling {
  static func normalize(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x"), call.graph)
    if x.rank == 0 { x = graph.expand(x, at: 0) }
    let epsilon = try call.number("epsilon") ?? 1e-7
    guard let order = try call.integer("order"), order >= 1 else {
      throw call.malformed("order", "an integer above 0")
    }
    let axes = try call.axes("axis", of: x.rank) ?? Array(x.shape.indices)
    let reduction = Reduction(graph: graph, x: x, axes: axes, keeps: true)
    if order == 2 {
      let sum = reduction.of(graph.unary(.square, x)).reduced(.sum)
      let scale = graph.binary(.minimum, graph.unary(.rsqrt, sum), 1 / epsilon)
      return .tensor(graph.multiply(x, scale))
    }
    let powers = graph.binary(.pow, graph.unary(.abs, x), Double(order))
    let sum = reduction.of(powers).reduced(.sum)
    let norm = graph.binary(.pow, sum, 1 / Double(order))
    return .tensor(graph.binary(.realDiv, x, graph.binary(.maximum, norm, epsilon)))
  }

  static func l2Normalize(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let axes = try call.axes("axis", of: x.rank) ?? Array(x.shape.indices)
    let epsilon = try call.number("epsilon") ?? 1e-12
    let sum = graph.reduce(.sum, graph.unary(.square, x), along: axes, keepsDimensions: true)
    let scale = graph.unary(.rsqrt, graph.binary(.maximum, sum, epsilon))
    return .tensor(graph.multiply(x, scale))
  }

  /// `x` in float32 at least.
  private static func wide(_ x: Tensor, _ call: FunctionCall) throws(CompileError) -> Tensor {
    call.graph.cast(x, to: try call.common([.kind(x.kind), .kind(.float32)]))
  }

  static func layerNorm(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (given, graph) = (try call.tensor("x", ranks: 1...32), call.graph)
    let x = try wide(given, call)
    let axes = try call.axes("axis", of: x.rank) ?? [x.rank - 1]
    let epsilon = try call.number("epsilon") ?? 1e-7
    let reduction = Reduction(graph: graph, x: x, axes: axes, keeps: true)
    let root = graph.unary(.rsqrt, graph.binary(.addV2, reduction.variance, epsilon))
    let gamma = try parameter("gamma", along: axes, of: x, call)
    let beta = try parameter("beta", along: axes, of: x, call)
    if try call.flag("rms_scaling") {
      let scaled = graph.multiply(x, root)
      let result = gamma.map { graph.multiply(scaled, $0) } ?? scaled
      return .tensor(graph.cast(result, to: given.kind))
    }
    let scale = gamma.map { graph.multiply(root, $0) } ?? root
    let centred = graph.multiply(graph.minus(x, reduction.reduced(.mean)), scale)
    let result = beta.map { graph.plus(centred, $0) } ?? centred
    return .tensor(graph.cast(result, to: given.kind))
  }

  /// A tensor that has the axes only, as one that is broadcast.
  private static func parameter(
    _ name: String, along axes: [Int], of x: Tensor, _ call: FunctionCall
  ) throws(CompileError) -> Tensor? {
    guard let given = try call.optionalTensor(name) else { return nil }
    let parameter = call.graph.cast(given, to: x.kind)
    guard parameter.rank != x.rank, axes != [x.rank - 1] else { return parameter }
    let extents = x.shape.indices.map { axis in
      axes.contains(axis) ? call.graph.extent(of: x, axis) : Extent.known(1)
    }
    return call.graph.reshape(parameter, to: extents)
  }

  static func rmsNorm(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (given, graph) = (try call.tensor("x"), call.graph)
    if given.rank == 0 { given = graph.expand(given, at: 0) }
    let x = try wide(given, call)
    let axes = try call.axes("axis", of: x.rank) ?? [x.rank - 1]
    let epsilon = try call.number("epsilon") ?? 1e-7
    let mean = graph.reduce(.mean, graph.unary(.square, x), along: axes, keepsDimensions: true)
    var result = graph.multiply(x, graph.unary(.rsqrt, graph.binary(.addV2, mean, epsilon)))
    if let scale = try call.optionalTensor("scale") {
      result = graph.multiply(result, graph.cast(scale, to: x.kind))
    }
    return .tensor(graph.cast(result, to: given.kind))
  }

  static func batchNorm(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let axis = call.isTensorFlow ? nil : try call.axis("axis", of: x.rank)
    func parameter(_ name: String) throws(CompileError) -> Tensor? {
      guard let given = try call.optionalTensor(name, as: x.kind) else { return nil }
      guard let axis, axis != x.rank - 1, given.rank == 1 else { return given }
      var shape = PartialShape(repeating: 1, count: x.rank)
      shape[axis] = given.dimension(0)
      return graph.reshape(given, to: shape)
    }
    guard let mean = try parameter("mean"), let variance = try parameter("variance"),
      let epsilon = try call.number("epsilon")
    else { throw call.malformed("mean", "a mean, a variance and an epsilon") }
    var scale = graph.unary(.rsqrt, graph.binary(.addV2, variance, epsilon))
    if let factor = try parameter("scale") { scale = graph.multiply(scale, factor) }
    var shift = graph.unary(.neg, graph.multiply(mean, scale))
    if let offset = try parameter("offset") { shift = graph.plus(offset, shift) }
    return .tensor(
      graph.plus(graph.multiply(x, graph.cast(scale, to: x.kind)), graph.cast(shift, to: x.kind)))
  }

  static func biasAdd(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...32), call.graph)
    let bias = try call.tensor("bias", as: x.kind)
    guard bias.rank == 1 else { throw call.malformed("bias", "a number for each channel") }
    if try (call.text("data_format") ?? "").hasPrefix("NC") {
      let shape = [nil] + PartialShape(repeating: 1, count: x.rank - 2)
      return .tensor(graph.plus(x, graph.reshape(bias, to: shape)))
    }
    return .tensor(graph.add(.biasAdd, [x, bias], shape: x.shape))
  }

  static func localResponse(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 4...4)
    var attributes: [String: AttributeValue] = [
      "depth_radius": .integer(try call.integer("depth_radius", default: 5))
    ]
    for name in ["bias", "alpha", "beta"] {
      attributes[name] = .real(Float(try call.number(name) ?? 1))
    }
    return .tensor(call.graph.add(.lRN, [x], attributes, shape: x.shape))
  }

  static func clipByNorm(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let bound = try call.tensor("clip_norm", as: x.kind)
    let axes = try call.axes("axis", of: x.rank) ?? Array(x.shape.indices)
    let sum = graph.reduce(.sum, graph.unary(.square, x), along: axes, keepsDimensions: true)
    let isSome = graph.binary(.greater, sum, 0)
    let safe = graph.select(isSome, sum, graph.unary(.onesLike, sum))
    let norm = graph.select(isSome, graph.unary(.sqrt, safe), sum)
    let result = graph.binary(
      .realDiv, graph.multiply(x, bound), graph.binary(.maximum, norm, bound))
    return .tensor(result)
  }

  static func signalToNoise(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2")
    let graph = call.graph
    guard let peak = try call.number("max_val") else { throw call.malformed("max_val", "a number") }
    let error = graph.reduce(
      .mean, graph.unary(.square, graph.minus(x, y)), along: Array(x.shape.indices))
    let first = graph.binary(.mul, Elements.log(graph.scalar(peak, like: y), 10, graph), 20)
    return .tensor(
      graph.minus(first, graph.binary(.mul, Elements.log(error, 10, graph), 10)))
  }
}
