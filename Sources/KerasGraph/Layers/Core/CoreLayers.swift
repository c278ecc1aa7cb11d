/// keras/src/layers/core, activations, merging, regularization and reshaping of
/// https://github.com/keras-team/keras, what tf_keras has of them, and layers of its applications.
enum CoreLayers {
  static let table: [String: any LayerLowering.Type] = [
    "Activation": ActivationLayer.self, "Dense": Dense.self, "EinsumDense": EinsumDense.self,
    "Embedding": Embedding.self, "ReversibleEmbedding": ReversibleEmbedding.self,
    "Lambda": Lambda.self, "Masking": MaskingLayer.self, "Identity": Identity.self,
    "RandomFourierFeatures": RandomFourierFeatures.self,

    "ELU": ELU.self, "LeakyReLU": LeakyReLU.self, "PReLU": PReLU.self, "ReLU": ReLU.self,
    "Softmax": Softmax.self, "ThresholdedReLU": ThresholdedReLU.self,

    "Add": Merge.Add.self, "Average": Merge.Average.self, "Concatenate": Merge.Concatenate.self,
    "Dot": Merge.Dot.self, "Maximum": Merge.Maximum.self, "Minimum": Merge.Minimum.self,
    "Multiply": Merge.Multiply.self, "Subtract": Merge.Subtract.self,

    "ActivityRegularization": Unchanged.self, "AlphaDropout": Unchanged.self,
    "Dropout": Unchanged.self, "GaussianDropout": Unchanged.self, "GaussianNoise": Unchanged.self,
    "SpatialDropout1D": Unchanged.self, "SpatialDropout2D": Unchanged.self,
    "SpatialDropout3D": Unchanged.self, "StochasticDepth": Unchanged.self,

    "Flatten": Flatten.self, "Permute": Permute.self, "RepeatVector": RepeatVector.self,
    "Reshape": Reshape.self,

    "CustomScaleLayer": CustomScaleLayer.self, "LayerScale": LayerScale.self,
  ]
}
