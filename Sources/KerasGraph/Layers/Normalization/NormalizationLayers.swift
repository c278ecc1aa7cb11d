/// keras/src/layers/normalization of https://github.com/keras-team/keras and
/// tf_keras/src/layers/normalization of https://github.com/keras-team/tf-keras
enum NormalizationLayers {
  static let table: [String: any LayerLowering.Type] = [
    "BatchNormalization": BatchNormalization.self,
    "BatchNormalizationV1": BatchNormalization.self,
    "BatchNormalizationV2": BatchNormalization.self,
    "GroupNormalization": GroupNormalization.self,
    "LayerNormalization": LayerNormalization.self,
    "RMSNormalization": RMSNormalization.self,
    "SpectralNormalization": SpectralNormalization.self,
    "SyncBatchNormalization": BatchNormalization.self,
    "UnitNormalization": UnitNormalization.self,
  ]
}
