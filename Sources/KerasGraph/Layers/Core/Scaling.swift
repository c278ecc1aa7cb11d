import TensorFlowGraph
import Tensors

/// `LayerScale` of ConvNeXt: a factor for each feature.
/// keras/src/applications/convnext.py of https://github.com/keras-team/keras
enum LayerScale: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let x = try graph.numbers(call.input(ranks: 1...16), of: layer)
    // Keras 3 gives the only weight no name of its own.
    let name = layer.has("gamma") ? "gamma" : layer.weights.own.keys.min() ?? "gamma"
    let factors = try layer.read(name, rank: 1, as: x.kind, in: graph)
    guard GraphBuilder.canBroadcast(factors.shape, to: x.shape) else {
      throw call.unfitting("\(factors.shape) features", "\(x.shape)")
    }
    return .tensor(graph.multiply(x, factors))
  }
}

/// `CustomScaleLayer` of Inception-ResNet: the sum of two tensors, the second one scaled.
/// keras/src/applications/inception_resnet_v2.py of https://github.com/keras-team/keras
enum CustomScaleLayer: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let inputs = call.inputs
    guard inputs.count == 2, inputs[0].kind == inputs[1].kind,
      GraphBuilder.canBroadcast(inputs[0].shape, with: inputs[1].shape)
    else { throw call.unfitting("2 tensors that go together", "\(inputs.map(\.shape))") }
    let scale = try call.layer.settings.number("scale", default: 1)
    return .tensor(graph.plus(inputs[0], graph.binary(.mul, inputs[1], scale)))
  }
}

/// Keras 2's approximation of a kernel machine, which computes in float32.
/// tf_keras/src/layers/kernelized.py of https://github.com/keras-team/tf-keras
enum RandomFourierFeatures: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let x = graph.cast(try graph.numbers(call.input(rank: 2), of: layer), to: .float32)
    let kernel = try layer.read("unscaled_kernel", rank: 2, as: .float32, in: graph)
    let scale = try layer.read("kernel_scale", rank: 1, as: .float32, in: graph)
    let bias = try layer.read("bias", rank: 1, as: .float32, in: graph)
    guard scale.shape == [1], bias.shape == [kernel.dimension(1)] else {
      throw .missingWeight(location: layer.location, weight: "kernel_scale and bias that fit")
    }
    guard GraphBuilder.canBe(x.dimension(1), kernel.dimension(0)) else {
      throw call.unfitting("\(kernel.dimension(0) ?? 0) features", "\(x.shape)")
    }
    let scaled = graph.multiply(
      graph.binary(.realDiv, graph.scalar(1, like: scale), scale), kernel)
    return .tensor(graph.unary(.cos, graph.plus(graph.matmul(x, scaled), bias)))
  }
}
