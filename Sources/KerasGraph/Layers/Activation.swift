import StrictJSON
import TensorFlowGraph
import Tensors

/// The functions of `keras.activations`.
/// keras/src/activations/activations.py of https://github.com/keras-team/keras and
/// tf_keras/src/activations.py of https://github.com/keras-team/tf-keras
enum Activation {
  /// Applies what a field of a layer's configuration says; nothing where it is absent.
  static func apply(
    _ field: String, of layer: Layer, to x: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard let value = layer.settings[field] else { return x }
    guard let name = functionName(value) else {
      // A layer as a function: `Dense(8, activation=LeakyReLU(0.1))`.
      guard let output = try graph.call(layer.part(field, value), on: x).tensor else {
        throw layer.settings.malformed(field, "a layer with one output")
      }
      return output
    }
    guard x.kind.isFloating || name == "linear" || name == "relu" else {
      throw .unfittingInput(
        location: layer.location, expected: "floats for \(name)", found: x.kind.name)
    }
    guard let result = named(name, x, layer.dialect, in: graph) else {
      throw layer.settings.unsupported(
        field, "the activation \(name) is not one of Keras', or does not fit \(x.rank) dimensions")
    }
    return result.masked(by: name == "linear" ? x.mask : nil)
  }

  /// `nil` for an object that is no function.
  private static func functionName(_ value: JSONValue) -> String? {
    // `{"class_name": "function", "config": "relu"}`
    value.string ?? (value["class_name"] == "function" ? value["config"]?.string : nil)
  }

  /// `nil` for a function that is not known, or not in this Keras.
  static func named(
    _ name: String, _ x: Tensor, _ dialect: Dialect, in graph: GraphBuilder
  ) -> Tensor? {
    if dialect == .keras3, let result = newer(name, x, in: graph) { return result }
    return switch name {
    case "linear": x
    case "relu": graph.unary(.relu, x)
    case "relu6": graph.unary(.relu6, x)
    case "leaky_relu": graph.leakyReLU(x, slope: 0.2)
    case "sigmoid": graph.unary(.sigmoid, x)
    case "hard_sigmoid":
      dialect == .keras3 ? hardSigmoid(x, in: graph) : steepHardSigmoid(x, in: graph)
    case "tanh": graph.unary(.tanh, x)
    case "softmax": x.rank > 0 ? graph.unary(.softmax, x) : nil
    case "log_softmax": x.rank > 0 ? graph.unary(.logSoftmax, x) : nil
    case "elu": graph.unary(.elu, x)
    case "selu": graph.unary(.selu, x)
    case "gelu": gelu(x, in: graph)
    case "silu", "swish": graph.multiply(x, graph.unary(.sigmoid, x))
    case "mish": graph.multiply(x, graph.unary(.tanh, graph.unary(.softplus, x)))
    case "softplus": graph.unary(.softplus, x)
    case "softsign": graph.unary(.softsign, x)
    case "exponential": graph.unary(.exp, x)
    default: nil
    }
  }

  /// Those that only Keras 3 has.
  private static func newer(_ name: String, _ x: Tensor, in graph: GraphBuilder) -> Tensor? {
    switch name {
    case "celu": celu(x, in: graph)
    case "glu": glu(x, in: graph)
    case "hard_shrink":
      graph.select(
        graph.binary(.greater, graph.unary(.abs, x), 0.5), x, graph.unary(.zerosLike, x))
    case "hard_silu", "hard_swish": graph.multiply(x, hardSigmoid(x, in: graph))
    case "hard_tanh": graph.clip(x, from: -1, to: 1)
    case "log_sigmoid": graph.unary(.neg, graph.unary(.softplus, graph.unary(.neg, x)))
    case "soft_shrink": softShrink(x, in: graph)
    case "sparse_plus": sparsePlus(x, in: graph)
    case "sparse_sigmoid":
      graph.clip(
        graph.multiply(graph.binary(.addV2, x, 1), graph.scalar(0.5, like: x)), from: 0, to: 1)
    case "sparsemax": sparsemax(x, in: graph)
    case "squareplus":
      graph.binary(
        .realDiv,
        graph.plus(x, graph.unary(.sqrt, graph.binary(.addV2, graph.unary(.square, x), 4))), 2)
    case "tanh_shrink": graph.minus(x, graph.unary(.tanh, x))
    default: nil
    }
  }
}

// MARK: - Functions of more than one operation

extension Activation {
  /// Keras 3's: a sixth of `relu6(x + 3)`.
  private static func hardSigmoid(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    graph.binary(.realDiv, graph.unary(.relu6, graph.binary(.addV2, x, 3)), 6)
  }

  /// Keras 2's: `0.2 x + 0.5` between 0 and 1.
  private static func steepHardSigmoid(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    graph.clip(graph.binary(.addV2, graph.binary(.mul, x, 0.2), 0.5), from: 0, to: 1)
  }

  /// `x Φ(x)`, by the error function.
  private static func gelu(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    let error = graph.unary(.erf, graph.binary(.realDiv, x, 2.0.squareRoot()))
    return graph.multiply(graph.binary(.mul, x, 0.5), graph.binary(.addV2, error, 1))
  }

  private static func celu(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    graph.plus(graph.unary(.relu, x), graph.unary(.expm1, graph.binary(.minimum, x, 0)))
  }

  /// The first half of the last axis, gated by the second.
  private static func glu(_ x: Tensor, in graph: GraphBuilder) -> Tensor? {
    guard x.rank > 0, (x.dimension(-1) ?? 0).isMultiple(of: 2) else { return nil }
    let halves = graph.split(x, into: 2, along: -1)
    return graph.multiply(halves[0], graph.unary(.sigmoid, halves[1]))
  }

  /// Half a unit nearer to 0, and no further.
  private static func softShrink(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    let below = graph.select(
      graph.binary(.less, x, -0.5), graph.binary(.addV2, x, 0.5), graph.unary(.zerosLike, x))
    return graph.select(graph.binary(.greater, x, 0.5), graph.binary(.sub, x, 0.5), below)
  }

  private static func sparsePlus(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    let parabola = graph.binary(.mul, graph.unary(.square, graph.binary(.addV2, x, 1)), 0.25)
    let above = graph.select(graph.binary(.less, x, 1), parabola, x)
    return graph.select(
      graph.binary(.lessEqual, x, -1), graph.unary(.zerosLike, x), above)
  }

  /// Along the last axis, as Keras computes it: with the sum of the sums where the sum is meant.
  /// `sparsemax` of keras/src/backend/tensorflow/nn.py of https://github.com/keras-team/keras
  private static func sparsemax(_ x: Tensor, in graph: GraphBuilder) -> Tensor? {
    guard x.rank > 0 else { return nil }
    let size = graph.scalar(graph.extent(of: x, -1))
    let sorted = graph.add(.topKV2, [x, size], ["index_type": .kind(.int32)], shape: x.shape)
    let sums = graph.add(.cumsum, [sorted, graph.integer(x.rank - 1)], shape: x.shape)
    let numbers = graph.add(
      .range, [graph.integer(1), graph.plus(size, graph.integer(1)), graph.integer(1)],
      shape: [x.dimension(-1)])
    let means = graph.binary(
      .realDiv, graph.binary(.sub, sums, 1), graph.cast(numbers, to: x.kind))
    let isIn = graph.binary(.greater, graph.minus(sorted, means), 0)
    let kept = graph.select(isIn, sums, graph.unary(.zerosLike, sums))
    let count = graph.reduce(
      .sum, graph.cast(isIn, to: x.kind), along: [-1], keepsDimensions: true)
    let threshold = graph.binary(
      .realDiv,
      graph.binary(
        .sub,
        graph.reduce(
          .sum, kept, along: [-1], keepsDimensions: true), 1), count)
    return graph.unary(.relu, graph.minus(x, threshold))
  }
}

extension GraphBuilder {
  func leakyReLU(_ x: Tensor, slope: Double) -> Tensor {
    add(.leakyRelu, [x], ["alpha": .real(Float(slope))], shape: x.shape)
  }

  func clip(_ x: Tensor, from low: Double, to high: Double) -> Tensor {
    binary(.maximum, binary(.minimum, x, high), low)
  }

  /// Along any axes, counted from 0: the shares of `exp(x)`.
  func softmax(_ x: Tensor, along axes: [Int]) -> Tensor {
    if axes == [x.rank - 1] { return unary(.softmax, x) }
    let largest = reduce(.max, x, along: axes, keepsDimensions: true)
    let powers = unary(.exp, minus(x, largest))
    return binary(.realDiv, powers, reduce(.sum, powers, along: axes, keepsDimensions: true))
  }
}
