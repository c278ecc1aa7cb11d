import StrictJSON
import TensorFlowGraph
import Tensors

/// Activations as functions.
/// keras/src/backend/tensorflow/nn.py of https://github.com/keras-team/keras
enum ActivationFunctions {
  static let keras = TensorFunction.join([
    named("Relu Relu6 Sigmoid Silu Selu Softplus Softsign LogSigmoid HardSigmoid HardSilu"),
    named("HardTanh TanhShrink SparsePlus SparseSigmoid"),
    TensorFunction.table("Elu", "x alpha=1.0", elu),
    TensorFunction.table("Celu", "x alpha=1.0", celu),
    TensorFunction.table("Gelu", "x approximate=true", gelu),
    TensorFunction.table("LeakyRelu", "x negative_slope=0.2", leakyRelu),
    TensorFunction.table("HardShrink", "x threshold=0.5", hardShrink),
    TensorFunction.table("SoftShrink", "x threshold=0.5", softShrink),
    TensorFunction.table("Threshold", "x threshold default_value", threshold),
    TensorFunction.table("Squareplus", "x b=4", squareplus),
    TensorFunction.table("Glu", "x axis=-1") { (call: FunctionCall) throws(CompileError) in
      try alongAxis(call, "glu")
    },
    TensorFunction.table("Sparsemax", "x axis=-1") { (call: FunctionCall) throws(CompileError) in
      try alongAxis(call, "sparsemax")
    },
    TensorFunction.table("Softmax", "x axis=-1") { (call: FunctionCall) throws(CompileError) in
      try alongAxis(call, "softmax")
    },
    TensorFunction.table("LogSoftmax", "x axis=-1") { (call: FunctionCall) throws(CompileError) in
      try alongAxis(call, "log_softmax")
    },
  ])

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table(
      "nn.relu", "features:x", TensorFunction.unary(.none, .relu)),
    TensorFunction.table("nn.relu6", "features:x", TensorFunction.unary(.none, .relu6)),
    TensorFunction.table("nn.elu", "features:x", TensorFunction.unary(.none, .elu)),
    TensorFunction.table("nn.selu", "features:x", TensorFunction.unary(.none, .selu)),
    TensorFunction.table("nn.softsign", "features:x", TensorFunction.unary(.none, .softsign)),
    TensorFunction.table(
      "math.softplus nn.softplus", "features:x", TensorFunction.unary(.none, .softplus)),
    TensorFunction.table(
      "math.sigmoid sigmoid nn.sigmoid", "x", TensorFunction.unary(.none, .sigmoid)),
    TensorFunction.table("math.tanh tanh nn.tanh", "x", TensorFunction.unary(.none, .tanh)),
    TensorFunction.table("nn.silu nn.swish", "features:x beta=1.0", silu),
    TensorFunction.table("nn.gelu", "features:x approximate=false", gelu),
    TensorFunction.table(
      "nn.leaky_relu", "features:x alpha:negative_slope=0.2", leakyRelu),
    TensorFunction.table("nn.crelu compat.v1.nn.crelu", "features:x axis=-1", crelu),
    TensorFunction.table(
      "nn.softmax compat.v1.nn.softmax", "logits:x axis=-1 dim:axis",
      { (call: FunctionCall) throws(CompileError) in try alongAxis(call, "softmax") }),
    TensorFunction.table(
      "nn.log_softmax math.log_softmax compat.v1.nn.log_softmax",
      "logits:x axis=-1 dim:axis",
      { (call: FunctionCall) throws(CompileError) in try alongAxis(call, "log_softmax") }),
  ])

  /// `HardSilu` is `hard_silu`.
  private static func named(_ classes: String) -> [String: TensorFunction] {
    let names = classes.split(separator: " ")
    return TensorFunction.join(
      names.map { className in
        var name = ""
        for character in className {
          if character.isUppercase, !name.isEmpty { name += "_" }
          name += character.lowercased()
        }
        let function = name
        return TensorFunction.table(String(className), "x") {
          (call: FunctionCall) throws(CompileError) in
          try apply(function, to: try call.tensor("x"), call)
        }
      })
  }

  private static func apply(
    _ name: String, to x: Tensor, _ call: FunctionCall
  ) throws(CompileError) -> CallValue {
    guard let result = Activation.named(name, x, .keras3, in: call.graph) else {
      throw .unfittingInput(
        location: call.layer.location, expected: "a tensor that \(name) takes",
        found: "\(x.kind.name) of \(x.rank) dimensions")
    }
    return .tensor(result)
  }

  /// A function of the last axis along another one; of all elements where there is none.
  private static func alongAxis(
    _ call: FunctionCall, _ name: String
  ) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 1...32), call.graph)
    guard let axis = try call.axis("axis", of: x.rank) else {
      let flat = graph.reshape(x, to: [nil])
      guard let result = try apply(name, to: flat, call).tensor else { return .list([]) }
      return .tensor(graph.reshape(result, to: graph.extents(of: x)))
    }
    var permutation = Array(x.shape.indices)
    permutation.swapAt(axis, x.rank - 1)
    let moved = graph.transpose(x, permutation)
    guard let result = try apply(name, to: moved, call).tensor else { return .list([]) }
    return .tensor(graph.transpose(result, permutation))
  }

  private static func silu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let beta = try call.tensor("beta", as: x.kind)
    return .tensor(graph.multiply(x, graph.unary(.sigmoid, graph.multiply(beta, x))))
  }

  private static func elu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let alpha = try call.number("alpha") ?? 1
    let result = graph.unary(.elu, x)
    guard alpha != 1 else { return .tensor(result) }
    return .tensor(
      graph.select(
        graph.binary(.greater, x, 0), result, graph.binary(.mul, result, alpha)))
  }

  private static func celu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let alpha = try call.number("alpha") ?? 1
    let below = graph.unary(
      .expm1, graph.binary(.realDiv, graph.binary(.minimum, x, 0), alpha))
    return .tensor(
      graph.plus(graph.binary(.maximum, x, 0), graph.binary(.mul, below, alpha)))
  }

  /// `x Φ(x)`, by the error function or the hyperbolic tangent.
  private static func gelu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let inner: Tensor
    if try call.flag("approximate") {
      let cube = graph.binary(.mul, graph.binary(.pow, x, 3), 0.044715)
      inner = graph.unary(
        .tanh, graph.binary(.mul, graph.plus(x, cube), (2 / Double.pi).squareRoot()))
    } else {
      inner = graph.unary(.erf, graph.binary(.realDiv, x, 2.0.squareRoot()))
    }
    return .tensor(
      graph.multiply(graph.binary(.mul, x, 0.5), graph.binary(.addV2, inner, 1)))
  }

  private static func leakyRelu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let slope = try call.number("negative_slope") ?? 0.2
    let x = try call.tensor("x")
    let floats = x.kind.isInteger ? call.graph.cast(x, to: .float32) : x
    return .tensor(call.graph.leakyReLU(floats, slope: slope))
  }

  private static func crelu(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let axis = try call.axis("axis", of: x.rank, default: -1)
    return .tensor(
      graph.unary(.relu, graph.concat([x, graph.unary(.neg, x)], along: axis)))
  }

  private static func hardShrink(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let threshold = try call.number("threshold") ?? 0.5
    let isFar = graph.binary(.greater, graph.unary(.abs, x), threshold)
    return .tensor(graph.select(isFar, x, graph.unary(.zerosLike, x)))
  }

  private static func softShrink(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let threshold = try call.number("threshold") ?? 0.5
    let below = graph.select(
      graph.binary(.less, x, -threshold), graph.binary(.addV2, x, threshold),
      graph.unary(.zerosLike, x))
    return .tensor(
      graph.select(
        graph.binary(.greater, x, threshold), graph.binary(.sub, x, threshold), below))
  }

  private static func threshold(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let bound = try call.tensor("threshold", as: x.kind)
    let standard = try call.tensor("default_value", as: x.kind)
    return .tensor(graph.select(graph.binary(.greater, x, bound), x, standard))
  }

  private static func squareplus(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let b = try call.number("b") ?? 4
    let root = graph.unary(.sqrt, graph.binary(.addV2, graph.unary(.square, x), b))
    return .tensor(graph.binary(.realDiv, graph.plus(x, root), 2))
  }
}
