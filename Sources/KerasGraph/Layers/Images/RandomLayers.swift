import TensorFlowGraph
import Tensors

/// Layers that change images in training only.
/// keras/src/layers/preprocessing/image_preprocessing of https://github.com/keras-team/keras,
/// tf_keras/src/layers/preprocessing/image_preprocessing.py of
/// https://github.com/keras-team/tf-keras
enum TrainingOnly: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    // Two layers of Keras 2 leave the type as it is.
    let casts =
      call.layer.dialect == .keras3
      || !["RandomHeight", "RandomWidth"].contains(call.layer.className)
    let kind = call.layer.policy.compute
    return (call.arguments.first ?? .list([])).map {
      casts && ($0.kind.isInteger || $0.kind.isFloating) ? graph.cast($0, to: kind) : $0
    }
  }
}

/// `RandomCrop`: what its name says in training only. In Keras 2 it resizes else.
enum RandomCrop: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    guard call.layer.dialect != .keras3 else { return try TrainingOnly.lower(call, in: graph) }
    let (height, width) = try ImageSize.read(of: call.layer)
    let images = try Images(try call.data(in: graph), of: call, in: graph)
    let box = graph.largestBox(of: images.batch, height: height, width: width, isDouble: false)
    let resized = graph.resize(
      graph.crop(images.batch, to: box), to: [.known(height), .known(width)], by: .bilinear,
      antialias: false)
    return images.restored(graph.cast(resized, to: images.batch.kind), of: call, in: graph)
  }
}

/// `MaxNumBoundingBoxes`: does nothing to images.
/// keras/src/layers/preprocessing/image_preprocessing/max_num_bounding_box.py of
/// https://github.com/keras-team/keras
enum MaxNumBoundingBoxes: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    guard call.inputs.count == 1 else {
      throw call.layer.settings.unsupported(
        "max_number", "bounding boxes are of training; serve the model without this layer")
    }
    return try TrainingOnly.lower(call, in: graph)
  }
}
