import TensorFlowGraph
import Tensors

/// `activation(x · kernel + bias)` over the last axis.
enum Dense: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    try layer.refuseQuantization()
    let input = try graph.numbers(call.input(ranks: 2...16), of: layer)
    let kernel = try layer.adapted("kernel", rank: 2, as: layer.policy.compute, in: graph)
    guard GraphBuilder.canBe(input.dimension(-1), kernel.dimension(0)) else {
      throw call.unfitting(
        "\(kernel.dimension(0) ?? 0) features", "\(input.dimension(-1) ?? 0)")
    }
    var output = graph.matmul(input, kernel)
    if try layer.settings.flag("use_bias", default: true) {
      let bias = try layer.read("bias", rank: 1, as: layer.policy.compute, in: graph)
      guard bias.shape == [kernel.dimension(1)] else {
        throw .missingWeight(location: layer.location, weight: "bias of the kernel's width")
      }
      output = graph.add(.biasAdd, [output, bias], shape: output.shape)
    }
    return .tensor(try Activation.apply("activation", of: layer, to: output, in: graph))
  }
}

extension Layer {
  func refuseQuantization() throws(CompileError) {
    guard settings["quantization_config"] == nil else {
      throw settings.unsupported("quantization_config", "quantized layers are not compiled")
    }
  }

  /// A matrix with what low-rank adaptation adds to it; its weights are there until it is saved.
  /// `enable_lora` of keras/src/layers/core/dense.py of https://github.com/keras-team/keras
  func adapted(
    _ weight: String, rank: Int? = nil, as kind: ElementKind, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let matrix = try read(weight, rank: rank, as: kind, in: graph)
    let (first, second) = ("lora_\(weight)_a", "lora_\(weight)_b")
    guard dialect == .keras3, has(first), has(second) else { return matrix }
    let a = try read(first, rank: matrix.rank, as: kind, in: graph)
    let b = try read(second, rank: 2, as: kind, in: graph)
    guard matrix.rank >= 2, let size = b.dimension(0), size > 0, a.dimension(-1) == size,
      Array(a.shape.dropLast(1)) + [b.dimension(1)] == matrix.shape
    else { throw .missingWeight(location: location, weight: "\(first) that fits \(weight)") }
    let scale = try settings.number("lora_alpha", default: Double(size)) / Double(size)
    return graph.plus(matrix, graph.binary(.mul, graph.matmul(a, b), scale))
  }
}

extension GraphBuilder {
  /// A tensor in the kind of floats that a layer computes in, which also takes integers.
  func numbers(_ x: Tensor, of layer: Layer) throws(CompileError) -> Tensor {
    guard layer.policy.compute.isFloating else {
      throw layer.settings.unsupported("dtype", "\(layer.className) computes in floats")
    }
    guard x.kind.isFloating || x.kind.isInteger || x.kind == .bool else {
      throw .unfittingInput(location: layer.location, expected: "numbers", found: x.kind.name)
    }
    return cast(x, to: layer.policy.compute)
  }

  /// What has to be of floats, since Keras does not cast anything else.
  func floats(_ x: Tensor, of layer: Layer) throws(CompileError) -> Tensor {
    guard x.kind.isFloating else {
      throw .unfittingInput(location: layer.location, expected: "floats", found: x.kind.name)
    }
    return x
  }

  /// Whether two dimensions can be the same.
  static func canBe(_ x: Int?, _ y: Int?) -> Bool { x == nil || y == nil || x == y }

  /// Whether a shape goes with another one element by element.
  static func canBroadcast(_ x: PartialShape, with y: PartialShape) -> Bool {
    zip(x.reversed(), y.reversed()).allSatisfy { $0 == 1 || $1 == 1 || canBe($0, $1) }
  }

  /// The same, when the other shape stays as it is.
  static func canBroadcast(_ x: PartialShape, to y: PartialShape) -> Bool {
    x.count <= y.count && zip(x.reversed(), y.reversed()).allSatisfy { $0 == 1 || canBe($0, $1) }
  }
}
