// Made by Tests/KerasFormatTests/Fixtures/make_class_names.py. Do not edit.

/// The classes that Keras 1, 2 and 3 ship and a model's configuration may name.
enum KerasClassNames {
  static let all: Set<Substring> = Set(
    """
    AUC AWQConfig AWQDTypePolicy Abs AbsMaxQuantizer Absolute AbstractRNNCell Accuracy
    Activation ActivityRegularization ActivityRegularizer Adadelta Adafactor Adagrad Adam AdamW
    Adamax AdaptiveAveragePool AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPool AdaptiveMaxPooling1D AdaptiveMaxPooling2D
    AdaptiveMaxPooling3D Add AddLoss AddMetric AdditiveAttention AffineTransform All AllClose
    AlphaDropout Amax Amin Angle Any Append Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2
    Arctanh Argmax Argmin Argpartition Argsort Array ArraySplit AssociativeScan AtrousConv1D
    AtrousConv2D AtrousConvolution1D AtrousConvolution2D Attention AugMix AutoCastVariable
    AutoContrast Average AveragePool AveragePooling1D AveragePooling2D AveragePooling3D
    AvgPool1D AvgPool2D AvgPool3D BaseLossScaleOptimizer BatchNorm BatchNormalization
    BatchNormalizationV1 BatchNormalizationV2 Bidirectional BinaryAccuracy BinaryCrossentropy
    BinaryFocalCrossentropy BinaryIoU Bincount BitwiseAnd BitwiseInvert BitwiseLeftShift
    BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor BroadcastTo CDist CTC CTCDecode CTCLoss
    Cast CategoricalAccuracy CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalGeneralizedCrossEntropy CategoricalHinge CategoryCrossing CategoryEncoding Cbrt
    Ceil Celu CenterCrop Cholesky CholeskyInverse Circle ClassMethod Clip
    CombinerPreprocessingLayer Concatenate ConcordanceCorrelation Cond Conj Conjugate Constant
    Constraint Container ContrastLimitedAdaptiveHistogramEqualization Conv Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
    ConvLSTM3D ConvLSTMCell ConvRNN2D ConvRecurrent2D ConvTranspose ConvertToTensor
    Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose Convolution3D
    Convolution3DTranspose Copy Corrcoef Correlate Cos Cosh CosineDecay CosineDecayRestarts
    CosineSimilarity CountNonzero CropImages Cropping1D Cropping2D Cropping3D Cross CuDNNGRU
    CuDNNLSTM Cumprod Cumsum CutMix DTypePolicy DTypePolicyMap Deconvolution2D Deconvolution3D
    Deg2rad Dense DenseFeatures DepthToSpace DepthwiseConv DepthwiseConv1D DepthwiseConv2D Det
    DeviceAwareIntegerLookup Diag Diagflat Diagonal Dice Diff Digitize Discretization Divide
    DivideNoNan Dot DotProductAttention Dropout Dsplit Dstack DynamicEmbedding DynamicLookup
    DynamicLossScale ELU Eig EigenvalueRegularizer Eigh Einsum EinsumDense ElasticTransform Elu
    Embedding EmptyLike Equal Equalization Erf Erfc Erfinv Exp Exp2 ExpandDims Expm1
    ExponentialDecay ExtractPatches ExtractSequences F1Score FBetaScore FFT FFT2 Fabs
    FalseNegatives FalsePositives FinalizeStatefulMetric FixedLossScale Flatten FlaxLayer Flip
    Fliplr Flipud Float8QuantizationConfig FloatDTypePolicy Floor FloorDivide Fmax Fmin Fmod
    Fold ForiLoop Ftrl Full FullLike Function Functional FunctionalPreprocessingStage GPTQConfig
    GPTQDTypePolicy GRU GRUCell GRUCellV1 GRUCellV2 GRUV1 GRUV2 GaussianBlur GaussianDropout
    GaussianNoise Gcd Gelu Geomspace GetItem GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D
    GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GlorotNormal GlorotUniform Glu Graph Greater GreaterEqual GroupNormalization
    GroupQueryAttention GroupedQueryAttention HSVToRGB HardShrink HardSigmoid HardSilu HardTanh
    HashedCrossing Hashing HeNormal HeUniform Heaviside Highway Hinge Histogram Hsplit Hstack
    Huber Hypot I0 IFFT2 IRFFT ISTFT Identity IdentityInitializer Imag ImageResizing InTopK
    IndexLookup Initializer Inner InputLayer InputSpec InstanceMethod InstanceProperty
    Int4DTypePolicy Int4QuantizationConfig Int8QuantizationConfig IntegerLookup Inv
    InverseTimeDecay IoU IsIn Isclose Isfinite Isinf Isnan Isneginf Isposinf Isreal JVP JaxLayer
    KLDivergence Kron L1 L1L2 L1L2Regularizer L2 LSTM LSTMCell LSTMCellV1 LSTMCellV2 LSTMV1
    LSTMV2 Lamb Lambda Layer LayerNorm LayerNormalization LayerNormalizationV2 Lcm Ldexp
    LeakyReLU LeakyRelu LearningRateSchedule LecunNormal LecunUniform LeftShift LegacyTFLayer
    Less LessEqual LinearModel Linspace Lion LocallyConnected1D LocallyConnected2D Log Log10
    Log1p Log2 LogCosh LogCoshError LogSigmoid LogSoftmax Logaddexp Logaddexp2 Logdet LogicalAnd
    LogicalNot LogicalOr LogicalXor Logspace Logsumexp Loss LossScaleOptimizer
    LossScaleOptimizerV1 Lstsq LuFactor Map MapCoordinates Masking Matmul MatrixRank Max MaxNorm
    MaxNumBoundingBoxes MaxPool MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D
    MaxPooling3D Maximum MaxoutDense Mean MeanAbsoluteError MeanAbsolutePercentageError MeanIoU
    MeanMetricWrapper MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError MeanTensor
    Median MelSpectrogram Merge Meshgrid Metric Min MinMaxNorm Minimum MixUp Mod Model
    ModuleWrapper Moments Moveaxis MultiHeadAttention MultiHot MultiOptimizer Multiply Muon
    Nadam NanToNum Nanargmax Nanargmin Nancumprod Nancumsum Nanmax Nanmean Nanmedian Nanmin
    Nanpercentile Nanprod Nanquantile Nanstd Nansum Nanvar Ndim Negative Network Nextafter
    NonNeg Nonzero Norm Normalization Normalize NotEqual OneHot OneHotIoU OneHotMeanIoU Ones
    OnesLike Operation Optimizer OptimizerMap OptimizerV2 Orthogonal OrthogonalInitializer
    OrthogonalRegularizer Outer PReLU PSNR Pad PadImages ParametricSoftplus PearsonCorrelation
    PeepholeLSTMCell Percentile Permute PerspectiveTransform PiecewiseConstantDecay Pinv
    Pipeline Poisson Polar Policy PolicyV1 PolynomialDecay Power Precision PrecisionAtRecall
    PreprocessingLayer PreprocessingStage Prod Ptp Qr Quantile QuantizationConfig
    QuantizedDTypePolicy QuantizedFloat8DTypePolicy Quantizer R2Score RFFT RGBToGrayscale
    RGBToHSV RMSNorm RMSNormalization RMSprop RNN Rad2deg RadialConstraint RandAugment
    RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
    RandomElasticTransform RandomErasing RandomFlip RandomFourierFeatures RandomGaussianBlur
    RandomGrayscale RandomHeight RandomHue RandomInvert RandomNormal RandomPerspective
    RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
    RandomTranslation RandomUniform RandomWidth RandomZoom Ravel ReLU Real Rearrange Recall
    RecallAtPrecision Reciprocal Recurrent Reduction ReductionV2 Regularizer Relu Relu6 Repeat
    RepeatVector Rescaling Reshape Resize Resizing ReversibleEmbedding RightShift Roll
    RootMeanSquaredError Rot90 Round Rsqrt SGD SReLU SSIM STFT STFTInitializer STFTSpectrogram
    SVD SaturateCast ScaleAndTranslate Scan Scatter ScatterUpdate ScheduleFreeAdamW SearchSorted
    SeedGenerator SegmentMax SegmentMin SegmentProd SegmentReduction SegmentSum Select Selu
    SensitivityAtSpecificity SeparableConv SeparableConv1D SeparableConv2D
    SeparableConvolution1D SeparableConvolution2D SequenceFeatures Sequential SidecarEvaluator
    SidecarEvaluatorExperimental Sigmoid Sign Signbit Silu SimpleRNN SimpleRNNCell Sin Sinc Sinh
    Size Slice SliceUpdate SlicingOpLambda Slogdet SobelEdges SoftShrink Softmax Softplus
    Softsign Solarization Solve SolveTriangular Sort SpaceToDepth SparseCategoricalAccuracy
    SparseCategoricalCrossentropy SparsePlus SparseSigmoid SparseTopKCategoricalAccuracy
    Sparsemax SpatialDropout1D SpatialDropout2D SpatialDropout3D SpecificityAtSensitivity
    SpectralNormalization Split Sqrt Square SquaredHinge Squareplus Squeeze Stack
    StackedRNNCells Std StopGradient StringLookup Subtract Sum Swapaxes Switch
    SyncBatchNormalization TFOpLambda TFSMLayer Take TakeAlongAxis Tan Tanh TanhShrink
    TensorFlowOpLayer Tensordot TextVectorization Threshold ThresholdedReLU Tile TimeDistributed
    TimeDistributedDense TimeDistributedMerge TopK TopKCategoricalAccuracy TorchModuleWrapper
    Trace Transpose Trapezoid Tril Triu TrueDivide TrueNegatives TruePositives Trunc
    TruncatedNormal Tversky Unfold Unique UnitNorm UnitNormalization UnravelIndex Unstack
    UpSampling1D UpSampling2D UpSampling3D Vander Var VarianceScaling Vdot VectorizedMap View
    ViewAsComplex ViewAsReal Vsplit Vstack WeightRegularizer Where WhileLoop WideDeepModel
    Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D Zeros ZerosLike constant glorot_normal
    glorot_uniform he_normal he_uniform identity l1 l1_l2 l2 lecun_normal lecun_uniform max_norm
    min_max_norm non_neg ones orthogonal orthogonal_regularizer radial_constraint random_normal
    random_uniform stft truncated_normal unit_norm variance_scaling zeros
    """.utf8.split { $0 <= UInt8(ascii: " ") }.map { Substring($0) })
}
