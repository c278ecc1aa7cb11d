"""Prints Sources/KerasFormat/KerasClassNames.swift: every class that a Keras model's configuration
names and Keras itself ships. Needs keras 3 and tf_keras; made with 3.15.1 and 2.21.0.

    python make_class_names.py > ../../../Sources/KerasFormat/KerasClassNames.swift

What those two no longer have is listed by hand, from the tags 1.0.0 to 2.4.0 of
https://github.com/keras-team/keras and from tf.keras of TensorFlow 1.13 to 2.15.
"""
import inspect
import os
import pkgutil
import importlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tf_keras

OLD = """
AtrousConv1D AtrousConv2D AtrousConvolution1D AtrousConvolution2D Convolution1D Convolution2D
Convolution3D Convolution2DTranspose Deconvolution2D Deconvolution3D SeparableConvolution2D
SeparableConvolution1D CuDNNGRU CuDNNLSTM ConvRecurrent2D ConvRNN2D Recurrent Highway MaxoutDense
Merge TimeDistributedDense TimeDistributedMerge Container Graph Network ActivityRegularization
ParametricSoftplus SReLU ThresholdedReLU LocallyConnected1D LocallyConnected2D GaussianDropout
LegacyTFLayer AddLoss AddMetric ClassMethod InstanceMethod InstanceProperty TFOpLambda
SlicingOpLambda TensorFlowOpLayer FinalizeStatefulMetric DenseFeatures SequenceFeatures
LinearModel WideDeepModel PeepholeLSTMCell ConvLSTMCell SyncBatchNormalization
BatchNormalizationV1
BatchNormalizationV2 GRUV1 GRUV2 LSTMV1 LSTMV2 GRUCellV1 GRUCellV2 LSTMCellV1 LSTMCellV2
RandomFourierFeatures LayerNormalizationV2 ImageResizing Resizing
PreprocessingLayer CombinerPreprocessingLayer Rescaling CenterCrop RandomCrop RandomFlip
RandomTranslation RandomRotation RandomZoom RandomContrast RandomHeight RandomWidth
TextVectorization Normalization Discretization Hashing CategoryCrossing CategoryEncoding
IntegerLookup StringLookup IndexLookup DeviceAwareIntegerLookup Reduction PreprocessingStage
FunctionalPreprocessingStage ModuleWrapper
Policy PolicyV1 AutoCastVariable LossScaleOptimizerV1 FixedLossScale DynamicLossScale
WeightRegularizer ActivityRegularizer EigenvalueRegularizer L1L2Regularizer
Wrapper Layer InputSpec InputLayer Model Sequential Functional Lambda Masking
""".split()

ROOTS = {
    keras: ["layers", "initializers", "regularizers", "constraints", "dtype_policies", "models",
            "random", "quantizers", "losses", "metrics", "optimizers", "optimizers.schedules"],
    tf_keras: ["layers", "layers.experimental", "layers.experimental.preprocessing", "initializers",
               "regularizers", "constraints", "mixed_precision", "models", "losses", "metrics",
               "optimizers", "optimizers.legacy", "optimizers.schedules", "experimental"],
}


def public_classes(package, path):
    try:
        module = importlib.import_module(f"{package.__name__}.{path}")
    except ModuleNotFoundError:
        return
    for name, member in vars(module).items():
        if inspect.isclass(member) and not name.startswith("_"):
            yield name
            yield member.__name__


def operations():
    """Keras 3's operations: `x + 3` in a functional model is an `Add`."""
    import keras.src.ops as package
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if info.name.endswith("_test"):
            continue
        module = importlib.import_module(info.name)
        for name, member in vars(module).items():
            if inspect.isclass(member) and issubclass(member, keras.Operation):
                yield name


def main():
    names = set(OLD) | set(operations())
    for package, paths in ROOTS.items():
        for path in paths:
            names |= set(public_classes(package, path))
    lines, line = [], "   "
    for name in sorted(names):
        if len(line) + len(name) + 1 > 96:
            lines.append(line)
            line = "   "
        line += " " + name
    lines.append(line)
    print("// Made by Tests/KerasFormatTests/Fixtures/make_class_names.py. Do not edit.\n")
    print("/// The classes that Keras 1, 2 and 3 ship and a model's configuration may name.")
    print("enum KerasClassNames {")
    print("  static let all: Set<Substring> = Set(")
    print('    """')
    print("\n".join(lines))
    print('    """.utf8.split { $0 <= UInt8(ascii: " ") }.map { Substring($0) })')
    print("}")


if __name__ == "__main__":
    main()
