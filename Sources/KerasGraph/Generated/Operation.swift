// Made by Tests/KerasGraphTests/Fixtures/make_operation_table.py of TensorFlow's registry.
// swift-format-ignore-file

/// TensorFlow's operations, as its registry names them.
enum Operation: String, CaseIterable {
  case abs = "Abs"
  case acos = "Acos"
  case acosh = "Acosh"
  case add = "Add"
  case addN = "AddN"
  case addV2 = "AddV2"
  case all = "All"
  case `any` = "Any"
  case argMax = "ArgMax"
  case argMin = "ArgMin"
  case asString = "AsString"
  case asin = "Asin"
  case asinh = "Asinh"
  case assert = "Assert"
  case atan = "Atan"
  case atan2 = "Atan2"
  case atanh = "Atanh"
  case avgPool = "AvgPool"
  case avgPool3D = "AvgPool3D"
  case batch = "Batch"
  case batchMatMulV2 = "BatchMatMulV2"
  case batchToSpaceND = "BatchToSpaceND"
  case besselI0 = "BesselI0"
  case besselI0e = "BesselI0e"
  case besselI1 = "BesselI1"
  case besselI1e = "BesselI1e"
  case biasAdd = "BiasAdd"
  case bitwiseAnd = "BitwiseAnd"
  case bitwiseOr = "BitwiseOr"
  case bitwiseXor = "BitwiseXor"
  case broadcastTo = "BroadcastTo"
  case bucketize = "Bucketize"
  case cast = "Cast"
  case ceil = "Ceil"
  case cholesky = "Cholesky"
  case clipByValue = "ClipByValue"
  case complex = "Complex"
  case concat = "Concat"
  case concatV2 = "ConcatV2"
  case conj = "Conj"
  case const = "Const"
  case conv2D = "Conv2D"
  case conv2DBackpropInput = "Conv2DBackpropInput"
  case conv3D = "Conv3D"
  case conv3DBackpropInputV2 = "Conv3DBackpropInputV2"
  case cos = "Cos"
  case cosh = "Cosh"
  case cross = "Cross"
  case cumprod = "Cumprod"
  case cumsum = "Cumsum"
  case cumulativeLogsumexp = "CumulativeLogsumexp"
  case dawsn = "Dawsn"
  case denseBincount = "DenseBincount"
  case depthToSpace = "DepthToSpace"
  case depthwiseConv2dNative = "DepthwiseConv2dNative"
  case diag = "Diag"
  case digamma = "Digamma"
  case div = "Div"
  case divNoNan = "DivNoNan"
  case einsum = "Einsum"
  case elu = "Elu"
  case ensureShape = "EnsureShape"
  case equal = "Equal"
  case erf = "Erf"
  case erfc = "Erfc"
  case erfinv = "Erfinv"
  case euclideanNorm = "EuclideanNorm"
  case exp = "Exp"
  case expandDims = "ExpandDims"
  case expint = "Expint"
  case expm1 = "Expm1"
  case extractImagePatches = "ExtractImagePatches"
  case fFT = "FFT"
  case ffT2D = "FFT2D"
  case fill = "Fill"
  case floor = "Floor"
  case floorDiv = "FloorDiv"
  case floorMod = "FloorMod"
  case fresnelCos = "FresnelCos"
  case fresnelSin = "FresnelSin"
  case fusedBatchNormV3 = "FusedBatchNormV3"
  case gather = "Gather"
  case gatherNd = "GatherNd"
  case gatherV2 = "GatherV2"
  case greater = "Greater"
  case greaterEqual = "GreaterEqual"
  case hsvToRGB = "HSVToRGB"
  case hashTableV2 = "HashTableV2"
  case iffT2D = "IFFT2D"
  case iRFFT = "IRFFT"
  case identity = "Identity"
  case igamma = "Igamma"
  case igammac = "Igammac"
  case imag = "Imag"
  case inTopKV2 = "InTopKV2"
  case initializeTableV2 = "InitializeTableV2"
  case inv = "Inv"
  case invert = "Invert"
  case invertPermutation = "InvertPermutation"
  case isFinite = "IsFinite"
  case isInf = "IsInf"
  case isNan = "IsNan"
  case l2Loss = "L2Loss"
  case lRN = "LRN"
  case leakyRelu = "LeakyRelu"
  case leftShift = "LeftShift"
  case less = "Less"
  case lessEqual = "LessEqual"
  case lgamma = "Lgamma"
  case linSpace = "LinSpace"
  case log = "Log"
  case log1p = "Log1p"
  case logMatrixDeterminant = "LogMatrixDeterminant"
  case logSoftmax = "LogSoftmax"
  case logicalAnd = "LogicalAnd"
  case logicalNot = "LogicalNot"
  case logicalOr = "LogicalOr"
  case lookupTableFindV2 = "LookupTableFindV2"
  case lowerBound = "LowerBound"
  case lu = "Lu"
  case matMul = "MatMul"
  case matrixBandPart = "MatrixBandPart"
  case matrixDeterminant = "MatrixDeterminant"
  case matrixDiag = "MatrixDiag"
  case matrixDiagPart = "MatrixDiagPart"
  case matrixDiagPartV3 = "MatrixDiagPartV3"
  case matrixDiagV3 = "MatrixDiagV3"
  case matrixInverse = "MatrixInverse"
  case matrixSetDiagV3 = "MatrixSetDiagV3"
  case matrixSolve = "MatrixSolve"
  case matrixTriangularSolve = "MatrixTriangularSolve"
  case max = "Max"
  case maxPool = "MaxPool"
  case maxPool3D = "MaxPool3D"
  case maximum = "Maximum"
  case mean = "Mean"
  case merge = "Merge"
  case min = "Min"
  case minimum = "Minimum"
  case mirrorPad = "MirrorPad"
  case mod = "Mod"
  case mul = "Mul"
  case mulNoNan = "MulNoNan"
  case ndtri = "Ndtri"
  case neg = "Neg"
  case nextAfter = "NextAfter"
  case notEqual = "NotEqual"
  case oneHot = "OneHot"
  case onesLike = "OnesLike"
  case pack = "Pack"
  case pad = "Pad"
  case padV2 = "PadV2"
  case polygamma = "Polygamma"
  case pow = "Pow"
  case prod = "Prod"
  case qr = "Qr"
  case rFFT = "RFFT"
  case rgbToHSV = "RGBToHSV"
  case raggedTensorToTensor = "RaggedTensorToTensor"
  case range = "Range"
  case rank = "Rank"
  case readVariableOp = "ReadVariableOp"
  case real = "Real"
  case realDiv = "RealDiv"
  case reciprocal = "Reciprocal"
  case relu = "Relu"
  case relu6 = "Relu6"
  case reshape = "Reshape"
  case resizeArea = "ResizeArea"
  case resizeBicubic = "ResizeBicubic"
  case resizeBilinear = "ResizeBilinear"
  case resizeNearestNeighbor = "ResizeNearestNeighbor"
  case reverse = "Reverse"
  case reverseV2 = "ReverseV2"
  case rightShift = "RightShift"
  case rint = "Rint"
  case roll = "Roll"
  case round = "Round"
  case rsqrt = "Rsqrt"
  case scaleAndTranslate = "ScaleAndTranslate"
  case scatterNd = "ScatterNd"
  case select = "Select"
  case selectV2 = "SelectV2"
  case selfAdjointEigV2 = "SelfAdjointEigV2"
  case selu = "Selu"
  case shape = "Shape"
  case sigmoid = "Sigmoid"
  case sign = "Sign"
  case sin = "Sin"
  case sinh = "Sinh"
  case size = "Size"
  case slice = "Slice"
  case softmax = "Softmax"
  case softplus = "Softplus"
  case softsign = "Softsign"
  case spaceToBatchND = "SpaceToBatchND"
  case spaceToDepth = "SpaceToDepth"
  case sparseCross = "SparseCross"
  case spence = "Spence"
  case split = "Split"
  case splitV = "SplitV"
  case sqrt = "Sqrt"
  case square = "Square"
  case squaredDifference = "SquaredDifference"
  case squeeze = "Squeeze"
  case statelessWhile = "StatelessWhile"
  case staticRegexReplace = "StaticRegexReplace"
  case stridedSlice = "StridedSlice"
  case stringLength = "StringLength"
  case stringLower = "StringLower"
  case stringNGrams = "StringNGrams"
  case stringSplitV2 = "StringSplitV2"
  case stringStrip = "StringStrip"
  case stringToHashBucketFast = "StringToHashBucketFast"
  case stringToHashBucketStrong = "StringToHashBucketStrong"
  case stringUpper = "StringUpper"
  case sub = "Sub"
  case sum = "Sum"
  case svd = "Svd"
  case tan = "Tan"
  case tanh = "Tanh"
  case tensorScatterAdd = "TensorScatterAdd"
  case tensorScatterMax = "TensorScatterMax"
  case tensorScatterMin = "TensorScatterMin"
  case tensorScatterSub = "TensorScatterSub"
  case tensorScatterUpdate = "TensorScatterUpdate"
  case tensorStridedSliceUpdate = "TensorStridedSliceUpdate"
  case tile = "Tile"
  case topKV2 = "TopKV2"
  case transpose = "Transpose"
  case truncateDiv = "TruncateDiv"
  case truncateMod = "TruncateMod"
  case unicodeDecode = "UnicodeDecode"
  case unicodeEncode = "UnicodeEncode"
  case unique = "Unique"
  case unpack = "Unpack"
  case unsortedSegmentMax = "UnsortedSegmentMax"
  case unsortedSegmentMin = "UnsortedSegmentMin"
  case unsortedSegmentProd = "UnsortedSegmentProd"
  case unsortedSegmentSum = "UnsortedSegmentSum"
  case upperBound = "UpperBound"
  case `where` = "Where"
  case xdivy = "Xdivy"
  case xlog1py = "Xlog1py"
  case xlogy = "Xlogy"
  case zerosLike = "ZerosLike"
  case zeta = "Zeta"
}

extension Operation {
  /// What each takes and gives: `name:T` for a type that the attribute `T` says, `name:=bool` for bools,
  /// `name:N*T` for as many as the attribute `N` says, `name:Tin...` for a list of types.
  static let signatures: [Operation: String] = [
    .abs: "x:T -> y:T",
    .acos: "x:T -> y:T",
    .acosh: "x:T -> y:T",
    .add: "x:T y:T -> z:T",
    .addN: "inputs:N*T -> sum:T",
    .addV2: "x:T y:T -> z:T",
    .all: "input:=bool reduction_indices:Tidx -> output:=bool",
    .any: "input:=bool reduction_indices:Tidx -> output:=bool",
    .argMax: "input:T dimension:Tidx -> output:output_type",
    .argMin: "input:T dimension:Tidx -> output:output_type",
    .asString: "input:T -> output:=string",
    .asin: "x:T -> y:T",
    .asinh: "x:T -> y:T",
    .assert: "condition:=bool data:T... ->",
    .atan: "x:T -> y:T",
    .atan2: "y:T x:T -> z:T",
    .atanh: "x:T -> y:T",
    .avgPool: "value:T -> output:T",
    .avgPool3D: "input:T -> output:T",
    .batch: "in_tensors:T... -> batched_tensors:T... batch_index:=int64 id:=int64",
    .batchMatMulV2: "x:T y:T -> output:T",
    .batchToSpaceND: "input:T block_shape:Tblock_shape crops:Tcrops -> output:T",
    .besselI0: "x:T -> y:T",
    .besselI0e: "x:T -> y:T",
    .besselI1: "x:T -> y:T",
    .besselI1e: "x:T -> y:T",
    .biasAdd: "value:T bias:T -> output:T",
    .bitwiseAnd: "x:T y:T -> z:T",
    .bitwiseOr: "x:T y:T -> z:T",
    .bitwiseXor: "x:T y:T -> z:T",
    .broadcastTo: "input:T shape:Tidx -> output:T",
    .bucketize: "input:T -> output:=int32",
    .cast: "x:SrcT -> y:DstT",
    .ceil: "x:T -> y:T",
    .cholesky: "input:T -> output:T",
    .clipByValue: "t:T clip_value_min:T clip_value_max:T -> output:T",
    .complex: "real:T imag:T -> out:Tout",
    .concat: "concat_dim:=int32 values:N*T -> output:T",
    .concatV2: "values:N*T axis:Tidx -> output:T",
    .conj: "input:T -> output:T",
    .const: "-> output:dtype",
    .conv2D: "input:T filter:T -> output:T",
    .conv2DBackpropInput: "input_sizes:=int32 filter:T out_backprop:T -> output:T",
    .conv3D: "input:T filter:T -> output:T",
    .conv3DBackpropInputV2: "input_sizes:Tshape filter:T out_backprop:T -> output:T",
    .cos: "x:T -> y:T",
    .cosh: "x:T -> y:T",
    .cross: "a:T b:T -> product:T",
    .cumprod: "x:T axis:Tidx -> out:T",
    .cumsum: "x:T axis:Tidx -> out:T",
    .cumulativeLogsumexp: "x:T axis:Tidx -> out:T",
    .dawsn: "x:T -> y:T",
    .denseBincount: "input:Tidx size:Tidx weights:T -> output:T",
    .depthToSpace: "input:T -> output:T",
    .depthwiseConv2dNative: "input:T filter:T -> output:T",
    .diag: "diagonal:T -> output:T",
    .digamma: "x:T -> y:T",
    .div: "x:T y:T -> z:T",
    .divNoNan: "x:T y:T -> z:T",
    .einsum: "inputs:N*T -> output:T",
    .elu: "features:T -> activations:T",
    .ensureShape: "input:T -> output:T",
    .equal: "x:T y:T -> z:=bool",
    .erf: "x:T -> y:T",
    .erfc: "x:T -> y:T",
    .erfinv: "x:T -> y:T",
    .euclideanNorm: "input:T reduction_indices:Tidx -> output:T",
    .exp: "x:T -> y:T",
    .expandDims: "input:T dim:Tdim -> output:T",
    .expint: "x:T -> y:T",
    .expm1: "x:T -> y:T",
    .extractImagePatches: "images:T -> patches:T",
    .fFT: "input:Tcomplex -> output:Tcomplex",
    .ffT2D: "input:Tcomplex -> output:Tcomplex",
    .fill: "dims:index_type value:T -> output:T",
    .floor: "x:T -> y:T",
    .floorDiv: "x:T y:T -> z:T",
    .floorMod: "x:T y:T -> z:T",
    .fresnelCos: "x:T -> y:T",
    .fresnelSin: "x:T -> y:T",
    .fusedBatchNormV3: "x:T scale:U offset:U mean:U variance:U -> y:T batch_mean:U batch_variance:U reserve_space_1:U reserve_space_2:U reserve_space_3:U",
    .gather: "params:Tparams indices:Tindices -> output:Tparams",
    .gatherNd: "params:Tparams indices:Tindices -> output:Tparams",
    .gatherV2: "params:Tparams indices:Tindices axis:Taxis -> output:Tparams",
    .greater: "x:T y:T -> z:=bool",
    .greaterEqual: "x:T y:T -> z:=bool",
    .hsvToRGB: "images:T -> output:T",
    .hashTableV2: "-> table_handle:=resource",
    .iffT2D: "input:Tcomplex -> output:Tcomplex",
    .iRFFT: "input:Tcomplex fft_length:=int32 -> output:Treal",
    .identity: "input:T -> output:T",
    .igamma: "a:T x:T -> z:T",
    .igammac: "a:T x:T -> z:T",
    .imag: "input:T -> output:Tout",
    .inTopKV2: "predictions:=float32 targets:T k:T -> precision:=bool",
    .initializeTableV2: "table_handle:=resource keys:Tkey values:Tval ->",
    .inv: "x:T -> y:T",
    .invert: "x:T -> y:T",
    .invertPermutation: "x:T -> y:T",
    .isFinite: "x:T -> y:=bool",
    .isInf: "x:T -> y:=bool",
    .isNan: "x:T -> y:=bool",
    .l2Loss: "t:T -> output:T",
    .lRN: "input:T -> output:T",
    .leakyRelu: "features:T -> activations:T",
    .leftShift: "x:T y:T -> z:T",
    .less: "x:T y:T -> z:=bool",
    .lessEqual: "x:T y:T -> z:=bool",
    .lgamma: "x:T -> y:T",
    .linSpace: "start:T stop:T num:Tidx -> output:T",
    .log: "x:T -> y:T",
    .log1p: "x:T -> y:T",
    .logMatrixDeterminant: "input:T -> sign:T log_abs_determinant:T",
    .logSoftmax: "logits:T -> logsoftmax:T",
    .logicalAnd: "x:=bool y:=bool -> z:=bool",
    .logicalNot: "x:=bool -> y:=bool",
    .logicalOr: "x:=bool y:=bool -> z:=bool",
    .lookupTableFindV2: "table_handle:=resource keys:Tin default_value:Tout -> values:Tout",
    .lowerBound: "sorted_inputs:T values:T -> output:out_type",
    .lu: "input:T -> lu:T p:output_idx_type",
    .matMul: "a:T b:T -> product:T",
    .matrixBandPart: "input:T num_lower:Tindex num_upper:Tindex -> band:T",
    .matrixDeterminant: "input:T -> output:T",
    .matrixDiag: "diagonal:T -> output:T",
    .matrixDiagPart: "input:T -> diagonal:T",
    .matrixDiagPartV3: "input:T k:=int32 padding_value:T -> diagonal:T",
    .matrixDiagV3: "diagonal:T k:=int32 num_rows:=int32 num_cols:=int32 padding_value:T -> output:T",
    .matrixInverse: "input:T -> output:T",
    .matrixSetDiagV3: "input:T diagonal:T k:=int32 -> output:T",
    .matrixSolve: "matrix:T rhs:T -> output:T",
    .matrixTriangularSolve: "matrix:T rhs:T -> output:T",
    .max: "input:T reduction_indices:Tidx -> output:T",
    .maxPool: "input:T -> output:T",
    .maxPool3D: "input:T -> output:T",
    .maximum: "x:T y:T -> z:T",
    .mean: "input:T reduction_indices:Tidx -> output:T",
    .merge: "inputs:N*T -> output:T value_index:=int32",
    .min: "input:T reduction_indices:Tidx -> output:T",
    .minimum: "x:T y:T -> z:T",
    .mirrorPad: "input:T paddings:Tpaddings -> output:T",
    .mod: "x:T y:T -> z:T",
    .mul: "x:T y:T -> z:T",
    .mulNoNan: "x:T y:T -> z:T",
    .ndtri: "x:T -> y:T",
    .neg: "x:T -> y:T",
    .nextAfter: "x1:T x2:T -> output:T",
    .notEqual: "x:T y:T -> z:=bool",
    .oneHot: "indices:TI depth:=int32 on_value:T off_value:T -> output:T",
    .onesLike: "x:T -> y:T",
    .pack: "values:N*T -> output:T",
    .pad: "input:T paddings:Tpaddings -> output:T",
    .padV2: "input:T paddings:Tpaddings constant_values:T -> output:T",
    .polygamma: "a:T x:T -> z:T",
    .pow: "x:T y:T -> z:T",
    .prod: "input:T reduction_indices:Tidx -> output:T",
    .qr: "input:T -> q:T r:T",
    .rFFT: "input:Treal fft_length:=int32 -> output:Tcomplex",
    .rgbToHSV: "images:T -> output:T",
    .raggedTensorToTensor: "shape:Tshape values:T default_value:T row_partition_tensors:num_row_partition_tensors*Tindex -> result:T",
    .range: "start:Tidx limit:Tidx delta:Tidx -> output:Tidx",
    .rank: "input:T -> output:=int32",
    .readVariableOp: "resource:=resource -> value:dtype",
    .real: "input:T -> output:Tout",
    .realDiv: "x:T y:T -> z:T",
    .reciprocal: "x:T -> y:T",
    .relu: "features:T -> activations:T",
    .relu6: "features:T -> activations:T",
    .reshape: "tensor:T shape:Tshape -> output:T",
    .resizeArea: "images:T size:=int32 -> resized_images:=float32",
    .resizeBicubic: "images:T size:=int32 -> resized_images:=float32",
    .resizeBilinear: "images:T size:=int32 -> resized_images:=float32",
    .resizeNearestNeighbor: "images:T size:=int32 -> resized_images:T",
    .reverse: "tensor:T dims:=bool -> output:T",
    .reverseV2: "tensor:T axis:Tidx -> output:T",
    .rightShift: "x:T y:T -> z:T",
    .rint: "x:T -> y:T",
    .roll: "input:T shift:Tshift axis:Taxis -> output:T",
    .round: "x:T -> y:T",
    .rsqrt: "x:T -> y:T",
    .scaleAndTranslate: "images:T size:=int32 scale:=float32 translation:=float32 -> resized_images:=float32",
    .scatterNd: "indices:Tindices updates:T shape:Tindices -> output:T",
    .select: "condition:=bool t:T e:T -> output:T",
    .selectV2: "condition:=bool t:T e:T -> output:T",
    .selfAdjointEigV2: "input:T -> e:T v:T",
    .selu: "features:T -> activations:T",
    .shape: "input:T -> output:out_type",
    .sigmoid: "x:T -> y:T",
    .sign: "x:T -> y:T",
    .sin: "x:T -> y:T",
    .sinh: "x:T -> y:T",
    .size: "input:T -> output:out_type",
    .slice: "input:T begin:Index size:Index -> output:T",
    .softmax: "logits:T -> softmax:T",
    .softplus: "features:T -> activations:T",
    .softsign: "features:T -> activations:T",
    .spaceToBatchND: "input:T block_shape:Tblock_shape paddings:Tpaddings -> output:T",
    .spaceToDepth: "input:T -> output:T",
    .sparseCross: "indices:N*=int64 values:sparse_types... shapes:N*=int64 dense_inputs:dense_types... -> output_indices:=int64 output_values:out_type output_shape:=int64",
    .spence: "x:T -> y:T",
    .split: "split_dim:=int32 value:T -> output:num_split*T",
    .splitV: "value:T size_splits:Tlen split_dim:=int32 -> output:num_split*T",
    .sqrt: "x:T -> y:T",
    .square: "x:T -> y:T",
    .squaredDifference: "x:T y:T -> z:T",
    .squeeze: "input:T -> output:T",
    .statelessWhile: "input:T... -> output:T...",
    .staticRegexReplace: "input:=string -> output:=string",
    .stridedSlice: "input:T begin:Index end:Index strides:Index -> output:T",
    .stringLength: "input:=string -> output:=int32",
    .stringLower: "input:=string -> output:=string",
    .stringNGrams: "data:=string data_splits:Tsplits -> ngrams:=string ngrams_splits:Tsplits",
    .stringSplitV2: "input:=string sep:=string -> indices:=int64 values:=string shape:=int64",
    .stringStrip: "input:=string -> output:=string",
    .stringToHashBucketFast: "input:=string -> output:=int64",
    .stringToHashBucketStrong: "input:=string -> output:=int64",
    .stringUpper: "input:=string -> output:=string",
    .sub: "x:T y:T -> z:T",
    .sum: "input:T reduction_indices:Tidx -> output:T",
    .svd: "input:T -> s:T u:T v:T",
    .tan: "x:T -> y:T",
    .tanh: "x:T -> y:T",
    .tensorScatterAdd: "tensor:T indices:Tindices updates:T -> output:T",
    .tensorScatterMax: "tensor:T indices:Tindices updates:T -> output:T",
    .tensorScatterMin: "tensor:T indices:Tindices updates:T -> output:T",
    .tensorScatterSub: "tensor:T indices:Tindices updates:T -> output:T",
    .tensorScatterUpdate: "tensor:T indices:Tindices updates:T -> output:T",
    .tensorStridedSliceUpdate: "input:T begin:Index end:Index strides:Index value:T -> output:T",
    .tile: "input:T multiples:Tmultiples -> output:T",
    .topKV2: "input:T k:Tk -> values:T indices:index_type",
    .transpose: "x:T perm:Tperm -> y:T",
    .truncateDiv: "x:T y:T -> z:T",
    .truncateMod: "x:T y:T -> z:T",
    .unicodeDecode: "input:=string -> row_splits:Tsplits char_values:=int32",
    .unicodeEncode: "input_values:=int32 input_splits:Tsplits -> output:=string",
    .unique: "x:T -> y:T idx:out_idx",
    .unpack: "value:T -> output:num*T",
    .unsortedSegmentMax: "data:T segment_ids:Tindices num_segments:Tnumsegments -> output:T",
    .unsortedSegmentMin: "data:T segment_ids:Tindices num_segments:Tnumsegments -> output:T",
    .unsortedSegmentProd: "data:T segment_ids:Tindices num_segments:Tnumsegments -> output:T",
    .unsortedSegmentSum: "data:T segment_ids:Tindices num_segments:Tnumsegments -> output:T",
    .upperBound: "sorted_inputs:T values:T -> output:out_type",
    .where: "input:T -> index:=int64",
    .xdivy: "x:T y:T -> z:T",
    .xlog1py: "x:T y:T -> z:T",
    .xlogy: "x:T y:T -> z:T",
    .zerosLike: "x:T -> y:T",
    .zeta: "x:T q:T -> z:T",
  ]
}
