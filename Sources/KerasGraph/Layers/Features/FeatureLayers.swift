import TensorFlowGraph
import Tensors

/// Layers that make features of raw data: keras/src/layers/preprocessing of
/// https://github.com/keras-team/keras and tf_keras/src/layers/preprocessing of
/// https://github.com/keras-team/tf-keras, but for those of images.
enum FeatureLayers {
  static let table: [String: any LayerLowering.Type] = [
    "CategoryEncoding": CategoryEncoding.self,
    "Discretization": Discretization.self,
    "HashedCrossing": HashedCrossing.self,
    "Hashing": Hashing.self,
    "IntegerLookup": IndexLookup.self,
    "MelSpectrogram": MelSpectrogram.self,
    "STFTSpectrogram": STFTSpectrogram.self,
    "StringLookup": IndexLookup.self,
    "TextVectorization": TextVectorization.self,
  ]
}

extension Layer {
  /// The type of a layer's output where its setting `dtype` has integers for that. Absent, or in
  /// Keras 2 also another: int64.
  func integerKind() -> ElementKind {
    guard settings["dtype"] != nil, policy.compute.isInteger else { return .int64 }
    return policy.compute
  }
}
