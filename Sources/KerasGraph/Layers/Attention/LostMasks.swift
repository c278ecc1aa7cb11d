import TensorFlowGraph
import Tensors

/// `MultiHeadAttention` of Keras 3 takes the masks off the tensors that it is called with, so that
/// no layer that runs later sees them: the next attention on the same tensor has none.
/// keras/src/layers/attention/multi_head_attention.py of https://github.com/keras-team/keras
extension GraphBuilder {
  /// Tensors that the layer casts are others, which keep theirs.
  func loseMasks(of tensors: [Tensor], for layer: Layer) {
    for tensor in tensors where !tensor.kind.isFloating || tensor.kind == layer.policy.compute {
      unmasked.insert(tensor.source)
    }
  }

  /// A call as Keras sees it after that.
  func withoutLostMasks(_ call: Call) -> Call {
    guard !unmasked.isEmpty else { return call }
    func see(_ value: CallValue) -> CallValue {
      value.map { unmasked.contains($0.source) ? $0.masked(by: nil) : $0 }
    }
    var call = call
    call.arguments = call.arguments.map(see)
    call.keywords = call.keywords.mapValues(see)
    return call
  }
}
