import Tensors

/// What classes were once called.
enum ObjectNames {
  /// The name of today, for those that were renamed and mean the same.
  static func today(of name: String, _ kind: ObjectKind) -> String {
    switch kind {
    case .layers: layers[name] ?? name
    case .initializers: initializers[name] ?? name
    case .optimizers: optimizers[name] ?? name
    case .regularizers: regularizers[name] ?? name
    case .losses: losses[name] ?? name
    default: name
    }
  }

  private static let layers = [
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "BatchNorm": "BatchNormalization",
    "LSTMV1": "LSTM", "LSTMV2": "LSTM", "GRUV1": "GRU", "GRUV2": "GRU",
    "LSTMCellV1": "LSTMCell", "LSTMCellV2": "LSTMCell",
    "GRUCellV1": "GRUCell", "GRUCellV2": "GRUCell",
    "LayerNormalizationV2": "LayerNormalization",
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose", "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose", "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose", "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "AvgPool1D": "AveragePooling1D", "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D", "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D", "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "GroupedQueryAttention": "GroupQueryAttention", "ImageResizing": "Resizing",
  ]

  private static let initializers = [
    "GlorotUniformV2": "GlorotUniform", "GlorotNormalV2": "GlorotNormal", "OnesV2": "Ones",
    "HeUniformV2": "HeUniform", "HeNormalV2": "HeNormal", "LecunUniformV2": "LecunUniform",
    "LecunNormalV2": "LecunNormal", "ZerosV2": "Zeros", "ConstantV2": "Constant",
    "RandomNormalV2": "RandomNormal", "RandomUniformV2": "RandomUniform",
    "TruncatedNormalV2": "TruncatedNormal", "VarianceScalingV2": "VarianceScaling",
    "OrthogonalV2": "Orthogonal", "IdentityV2": "Identity", "OrthogonalInitializer": "Orthogonal",
    "IdentityInitializer": "Identity",
  ]

  private static let regularizers = ["l1": "L1", "l2": "L2", "l1_l2": "L1L2"]

  private static let optimizers = [
    "sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "adamax": "Adamax", "nadam": "Nadam",
    "rmsprop": "RMSprop", "adagrad": "Adagrad", "adadelta": "Adadelta", "ftrl": "Ftrl",
    "lion": "Lion", "adafactor": "Adafactor", "LossScaleOptimizerV3": "LossScaleOptimizer",
    "LossScaleOptimizerV1": "LossScaleOptimizer",
  ]

  private static let losses = ["Logcosh": "LogCosh"]

  /// Layers that both generations have by one name and that are not the same, and why.
  static func difference(_ name: String, in target: KerasGeneration) -> String? {
    switch name {
    case "RandomCrop":
      "Keras 2 resizes images to the size when it infers, Keras 3 leaves them as they are; use "
        + "Resizing, or crop before the model"
    case "SpectralNormalization" where target == .keras2:
      "Keras 2 cannot build its own with the TensorFlow of today; export the layer without it"
    default: nil
    }
  }

  /// Classes that Keras had and has no more, and what to do about them.
  static let gone = [
    "CuDNNLSTM": "its weights lie otherwise than LSTM's; load it in Keras 2 into an LSTM first",
    "CuDNNGRU": "its weights lie otherwise than GRU's; load it in Keras 2 into a GRU first",
    "Highway": "only Keras 1 has it; say it with Dense, Multiply and Add",
    "MaxoutDense": "only Keras 1 has it; say it with Dense, Reshape and Maximum",
    "SReLU": "only Keras 1 has it",
    "ParametricSoftplus": "only Keras 1 has it",
    "TimeDistributedMerge": "only Keras 1 has it",
    "LocallyConnected1D": "Keras 3 has no locally connected layers; export for Keras 2",
    "LocallyConnected2D": "Keras 3 has no locally connected layers; export for Keras 2",
    "RandomFourierFeatures": "Keras 3 has no such layer; export for Keras 2",
    "DenseFeatures": "Keras 3 has no feature columns; export for Keras 2",
    "SequenceFeatures": "Keras 3 has no feature columns; export for Keras 2",
  ]
}
