import StrictJSON

/// keras/src/layers/attention of https://github.com/keras-team/keras and
/// tf_keras/src/layers/attention of https://github.com/keras-team/tf-keras
enum AttentionLayers {
  static let table: [String: any LayerLowering.Type] = [
    "AdditiveAttention": DenseAttention.self,
    "Attention": DenseAttention.self,
    "GroupQueryAttention": GroupedQueryAttention.self,
    "GroupedQueryAttention": GroupedQueryAttention.self,
    "MultiHeadAttention": MultiHeadAttention.self,
  ]
}

extension Call {
  /// A flag that the layer is called with.
  func flag(_ name: String) throws(CompileError) -> Bool {
    guard let value = keywords[name], !value.isNull else { return false }
    guard let flag = value.constant?.bool else {
      throw layer.settings.unsupported(name, "it has to be true or false")
    }
    return flag
  }
}
