/// What Keras 1 calls layers and fields that later Keras call otherwise.
enum Keras1Words {
  /// Layers that have another name. One `TimeDistributedDense` is what Dense does to any input.
  static let renamed = [
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D", "AtrousConv2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose", "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
  ]

  /// Modes of `Merge` that layers of today have.
  static let merges = [
    "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate",
    "dot": "Dot",
  ]

  /// Old names to new ones, for the layer of today.
  static func fields(of className: String) -> [(String, String)] {
    switch className {
    case "Dense": weights + [("output_dim", "units")]
    case "Embedding":
      [
        ("init", "embeddings_initializer"), ("W_regularizer", "embeddings_regularizer"),
        ("W_constraint", "embeddings_constraint"),
      ]
    case "Conv1D":
      weights + convolution + [
        ("filter_length", "kernel_size"), ("subsample_length", "strides"),
      ]
    case "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D":
      weights + convolution + [("subsample", "strides")]
    case "ConvLSTM2D": recurrent + convolution + [("subsample", "strides")]
    case "SimpleRNN", "GRU", "LSTM": recurrent
    case "BatchNormalization":
      [("beta_init", "beta_initializer"), ("gamma_init", "gamma_initializer")]
    case "PReLU": [("init", "alpha_initializer")]
    case "UpSampling1D": [("length", "size")]
    case "GaussianNoise": [("sigma", "stddev")]
    case let name where name.hasSuffix("Dropout") || name.hasPrefix("SpatialDropout"):
      [("p", "rate")]
    case let name where name.contains("Pooling"): pooling
    default: []
    }
  }

  private static let weights = [
    ("init", "kernel_initializer"), ("W_regularizer", "kernel_regularizer"),
    ("b_regularizer", "bias_regularizer"), ("W_constraint", "kernel_constraint"),
    ("b_constraint", "bias_constraint"), ("bias", "use_bias"),
  ]

  private static let convolution = [
    ("nb_filter", "filters"), ("border_mode", "padding"), ("atrous_rate", "dilation_rate"),
  ]

  private static let recurrent =
    weights + [
      ("output_dim", "units"), ("inner_init", "recurrent_initializer"),
      ("inner_activation", "recurrent_activation"), ("U_regularizer", "recurrent_regularizer"),
      ("dropout_W", "dropout"), ("dropout_U", "recurrent_dropout"),
    ]

  private static let pooling = [
    ("pool_length", "pool_size"), ("stride", "strides"), ("border_mode", "padding"),
  ]
}
