"""How each class of a Keras is built, where its defaults alone do not do: arguments, and inputs that it takes.

A class that is not named here is built with its defaults, and a layer is given the first of DEFAULT_INPUTS that it takes.
A new class of a new Keras that needs more than that fails the test until it has an entry here or in LEFT_OUT.
"""
VECTOR, SERIES, IMAGE, VOLUME = ("float", (6,)), ("float", (5, 4)), ("float", (8, 8, 3)), ("float", (4, 4, 4, 2))
FILM, WAVE, IDS, WORDS = ("float", (3, 6, 6, 2)), ("float", (600,)), ("int", (5,)), ("string", (1,))
DEFAULT_INPUTS = [[VECTOR], [SERIES], [IMAGE], [VOLUME], [VECTOR, VECTOR], [IDS]]

BASE = "a base class, in no file by itself"
ELSEWHERE = "its code is another library's or another file's"
LEFT_OUT = {
    "layers": {"Layer": BASE, "Wrapper": BASE, "InputSpec": "no layer", "AbstractRNNCell": BASE, "InputLayer": "in every model",
               "LSTMCell": "tested in RNN", "GRUCell": "tested in RNN", "SimpleRNNCell": "tested in RNN",
               "StackedRNNCells": "tested in RNN", "FlaxLayer": ELSEWHERE, "JaxLayer": ELSEWHERE, "TorchModuleWrapper": ELSEWHERE,
               "TFSMLayer": ELSEWHERE, "DenseFeatures": "feature columns are no layers of a saved model",
               "Lambda": "holds code of Python's, which no test loads", "MaxNumBoundingBoxes": "takes dictionaries of boxes, outside a model"},
    "optimizers": {"Optimizer": BASE, "OptimizerMap": "no optimizer"},
    "optimizers.legacy": {"Optimizer": BASE},
    "optimizers.schedules": {"LearningRateSchedule": BASE},
    "losses": {"Loss": BASE, "Reduction": "names, no loss"},
    "metrics": {"Metric": BASE, "MeanMetricWrapper": "holds a function of Python's"},
    "initializers": {"Initializer": BASE}, "regularizers": {"Regularizer": BASE}, "constraints": {"Constraint": BASE},
    "activations": {"threshold": "takes arguments of its own"},
}


def layer_cases(k, is3):
    """Class -> (inputs, what makes the layers[, how one is called on the inputs]). All of one class share a model."""
    L = k.layers
    seeded = k.initializers.HeNormal(seed=3)
    rich = dict(kernel_initializer=seeded, kernel_regularizer=k.regularizers.L1L2(0.01, 0.02), bias_initializer="ones",
                kernel_constraint=k.constraints.MaxNorm(2.0, axis=0), activation="gelu", activity_regularizer="l2")
    single = lambda *kinds: list(kinds)
    rnn = dict(return_sequences=True, activation="relu", recurrent_activation="sigmoid", dropout=0.1, go_backwards=True)
    pools = {f"{kind}Pooling{n}D": (single(at), lambda name=f"{kind}Pooling{n}D", n=n: [
                getattr(L, name)(2), getattr(L, name)(pool_size=(3,) * n, strides=1, padding="same")])
             for kind in ("Max", "Average") for n, at in ((1, SERIES), (2, IMAGE), (3, VOLUME))}
    adaptive = {f"Adaptive{kind}Pooling{n}D": (single(at), lambda name=f"Adaptive{kind}Pooling{n}D": [getattr(L, name)(2)])
                for kind in ("Max", "Average") for n, at in ((1, SERIES), (2, IMAGE), (3, VOLUME))}
    globals_ = {f"Global{kind}Pooling{n}D": (single(at), lambda name=f"Global{kind}Pooling{n}D": [
                    getattr(L, name)(), getattr(L, name)(keepdims=True)])
                for kind in ("Max", "Average") for n, at in ((1, SERIES), (2, IMAGE), (3, VOLUME))}
    merges = {name: (single(VECTOR, VECTOR), lambda name=name: [getattr(L, name)()], lambda layer, xs: layer(xs))
              for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")}
    both, listed = lambda layer, xs: layer(*xs), lambda layer, xs: layer(xs)
    return pools | adaptive | globals_ | merges | {
        "Concatenate": (single(SERIES, SERIES), lambda: [L.Concatenate(), L.Concatenate(axis=1)], listed),
        "Dot": (single(SERIES, SERIES), lambda: [L.Dot(1), L.Dot((2, 2), normalize=True)], listed),
        "Activation": (single(VECTOR), lambda: [L.Activation("relu"), L.Activation(k.activations.softmax)]),
        "ActivityRegularization": (single(VECTOR), lambda: [L.ActivityRegularization(0.1, 0.2)]),
        "Dense": (single(VECTOR), lambda: [L.Dense(3), L.Dense(3, use_bias=False), L.Dense(3, **rich), L.Dense(2, dtype="float64")]),
        "EinsumDense": (single(SERIES), lambda: [L.EinsumDense("abc,cd->abd", (None, 3)),
                                                 L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d", activation="relu")]),
        "Embedding": (single(IDS), lambda: [L.Embedding(9, 4), L.Embedding(9, 4, mask_zero=True, embeddings_initializer="normal")]),
        "ReversibleEmbedding": (single(IDS), lambda: [L.ReversibleEmbedding(9, 4)]),
        "Conv1D": (single(SERIES), lambda: [L.Conv1D(2, 3), L.Conv1D(4, 2, padding="causal", dilation_rate=2, groups=2, **rich)]),
        "Conv2D": (single(IMAGE), lambda: [L.Conv2D(2, 3), L.Conv2D(3, (3, 2), strides=2, padding="same", groups=3, use_bias=False),
                                           L.Conv2D(2, 2, dilation_rate=(2, 1), **rich)]),
        "Conv3D": (single(VOLUME), lambda: [L.Conv3D(2, 3), L.Conv3D(2, 2, strides=(1, 2, 1), padding="same")]),
        "Conv1DTranspose": (single(SERIES), lambda: [L.Conv1DTranspose(2, 3), L.Conv1DTranspose(2, 3, strides=2, padding="same")]),
        "Conv2DTranspose": (single(IMAGE), lambda: [L.Conv2DTranspose(2, 3), L.Conv2DTranspose(
            2, 3, strides=2, padding="same", output_padding=1, use_bias=False)]),
        "Conv3DTranspose": (single(VOLUME), lambda: [L.Conv3DTranspose(2, 3), L.Conv3DTranspose(2, 3, strides=2, padding="same")]),
        "DepthwiseConv1D": (single(SERIES), lambda: [L.DepthwiseConv1D(3), L.DepthwiseConv1D(3, depth_multiplier=2, use_bias=False)]),
        "DepthwiseConv2D": (single(IMAGE), lambda: [L.DepthwiseConv2D(3), L.DepthwiseConv2D(
            3, strides=2, padding="same", depth_multiplier=2, depthwise_regularizer="l2", activation="relu")]),
        "SeparableConv1D": (single(SERIES), lambda: [L.SeparableConv1D(2, 3), L.SeparableConv1D(2, 3, padding="same", use_bias=False)]),
        "SeparableConv2D": (single(IMAGE), lambda: [L.SeparableConv2D(2, 3), L.SeparableConv2D(
            2, 3, strides=2, padding="same", depth_multiplier=2, pointwise_regularizer="l1", activation="relu")]),
        "LocallyConnected1D": (single(SERIES), lambda: [L.LocallyConnected1D(2, 3)]),
        "LocallyConnected2D": (single(IMAGE), lambda: [L.LocallyConnected2D(2, 3)]),
        "LSTM": (single(SERIES), lambda: [L.LSTM(3), L.LSTM(3, **rnn), L.LSTM(3, use_bias=False, unit_forget_bias=False, unroll=True),
                                          L.LSTM(2, return_state=True)]),
        "GRU": (single(SERIES), lambda: [L.GRU(3), L.GRU(3, **rnn), L.GRU(3, reset_after=False), L.GRU(2, return_state=True)]),
        "SimpleRNN": (single(SERIES), lambda: [L.SimpleRNN(3), L.SimpleRNN(3, activation="relu", return_sequences=True, use_bias=False)]),
        "RNN": (single(SERIES), lambda: [
            L.RNN(L.LSTMCell(2), return_sequences=True), L.RNN(L.GRUCell(3, reset_after=False)), L.RNN(L.SimpleRNNCell(2)),
            L.RNN([L.LSTMCell(2), L.GRUCell(3)]), L.RNN(L.StackedRNNCells([L.SimpleRNNCell(2), L.LSTMCell(2)]))]),
        "ConvLSTM1D": (single(("float", (3, 6, 2))), lambda: [L.ConvLSTM1D(2, 2), L.ConvLSTM1D(2, 2, padding="same", return_sequences=True)]),
        "ConvLSTM2D": (single(FILM), lambda: [L.ConvLSTM2D(2, 2), L.ConvLSTM2D(2, 2, padding="same", return_sequences=True)]),
        "ConvLSTM3D": (single(("float", (2, 4, 4, 4, 2))), lambda: [L.ConvLSTM3D(2, 2)]),
        "Bidirectional": (single(SERIES), lambda: [
            L.Bidirectional(L.LSTM(2)), L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode="sum"),
            L.Bidirectional(L.LSTM(2), backward_layer=L.GRU(2, go_backwards=True)), L.Bidirectional(L.RNN(L.LSTMCell(2)))]),
        "TimeDistributed": (single(SERIES), lambda: [
            L.TimeDistributed(L.Dense(2)), L.TimeDistributed(k.Sequential([L.Input((4,)), L.Dense(2), L.BatchNormalization()]))]),
        "SpectralNormalization": (single(VECTOR), lambda: [
            L.SpectralNormalization(L.Dense(3)), L.SpectralNormalization(L.Dense(3), power_iterations=2)]),
        "MultiHeadAttention": (single(SERIES, SERIES), lambda: [
            L.MultiHeadAttention(2, 3), L.MultiHeadAttention(2, 3, value_dim=4, output_shape=5, use_bias=False, dropout=0.1)], both),
        "GroupQueryAttention": (single(SERIES, SERIES), lambda: [L.GroupQueryAttention(3, 4, 2)], both),
        "Attention": (single(SERIES, SERIES), lambda: [L.Attention(), L.Attention(use_scale=True), L.Attention(
            use_scale=True, score_mode="concat")], listed),
        "AdditiveAttention": (single(SERIES, SERIES), lambda: [L.AdditiveAttention(), L.AdditiveAttention(use_scale=False)], listed),
        "BatchNormalization": (single(IMAGE), lambda: [
            L.BatchNormalization(), L.BatchNormalization(axis=1, momentum=0.9, epsilon=0.01, center=False),
            L.BatchNormalization(scale=False, gamma_regularizer="l2", trainable=False)]),
        "LayerNormalization": (single(IMAGE), lambda: [
            L.LayerNormalization(), L.LayerNormalization(axis=[1, 2], epsilon=0.01), L.LayerNormalization(scale=False, center=False)]),
        "GroupNormalization": (single(IMAGE), lambda: [L.GroupNormalization(3), L.GroupNormalization(-1, scale=False)]),
        "Normalization": (single(VECTOR), lambda: [
            L.Normalization(mean=0.5, variance=2.0), L.Normalization(mean=0.5, variance=2.0, invert=True), adapted(L.Normalization())]),
        "UnitNormalization": (single(IMAGE), lambda: [L.UnitNormalization(), L.UnitNormalization(axis=[1, 2])]),
        "LeakyReLU": (single(VECTOR), lambda: [L.LeakyReLU(), L.LeakyReLU(0.1)]),
        "ELU": (single(VECTOR), lambda: [L.ELU(), L.ELU(0.5)]),
        "ReLU": (single(VECTOR), lambda: [L.ReLU(), L.ReLU(max_value=6.0, negative_slope=0.1, threshold=0.2)]),
        "PReLU": (single(IMAGE), lambda: [L.PReLU(), L.PReLU(shared_axes=[1, 2], alpha_initializer="ones")]),
        "Softmax": (single(SERIES), lambda: [L.Softmax(), L.Softmax(axis=1)]),
        "ThresholdedReLU": (single(VECTOR), lambda: [L.ThresholdedReLU(), L.ThresholdedReLU(0.5)]),
        "Dropout": (single(SERIES), lambda: [L.Dropout(0.5), L.Dropout(0.5, noise_shape=(None, 1, 4), seed=3)]),
        "AlphaDropout": (single(VECTOR), lambda: [L.AlphaDropout(0.5, seed=3)]),
        "GaussianDropout": (single(VECTOR), lambda: [L.GaussianDropout(0.5)]),
        "GaussianNoise": (single(VECTOR), lambda: [L.GaussianNoise(0.5, seed=3)]),
        "SpatialDropout1D": (single(SERIES), lambda: [L.SpatialDropout1D(0.5)]),
        "SpatialDropout2D": (single(IMAGE), lambda: [L.SpatialDropout2D(0.5)]),
        "SpatialDropout3D": (single(VOLUME), lambda: [L.SpatialDropout3D(0.5)]),
        "Flatten": (single(IMAGE), lambda: [L.Flatten(), L.Flatten(data_format="channels_first")]),
        "Permute": (single(IMAGE), lambda: [L.Permute((3, 1, 2))]),
        "RepeatVector": (single(VECTOR), lambda: [L.RepeatVector(3)]),
        "Reshape": (single(VECTOR), lambda: [L.Reshape((2, 3)), L.Reshape((-1, 2))]),
        "Masking": (single(SERIES), lambda: [L.Masking(), L.Masking(0.5)]),
        "Cropping1D": (single(SERIES), lambda: [L.Cropping1D(), L.Cropping1D((0, 2))]),
        "Cropping2D": (single(IMAGE), lambda: [L.Cropping2D(1), L.Cropping2D(((1, 2), (0, 3)))]),
        "Cropping3D": (single(VOLUME), lambda: [L.Cropping3D(1), L.Cropping3D(((1, 0), (0, 1), (2, 0)))]),
        "ZeroPadding1D": (single(SERIES), lambda: [L.ZeroPadding1D(), L.ZeroPadding1D((0, 2))]),
        "ZeroPadding2D": (single(IMAGE), lambda: [L.ZeroPadding2D(), L.ZeroPadding2D(((1, 2), (0, 3)))]),
        "ZeroPadding3D": (single(VOLUME), lambda: [L.ZeroPadding3D(), L.ZeroPadding3D(((1, 0), (0, 1), (2, 0)))]),
        "UpSampling1D": (single(SERIES), lambda: [L.UpSampling1D(), L.UpSampling1D(3)]),
        "UpSampling2D": (single(IMAGE), lambda: [L.UpSampling2D(), L.UpSampling2D((2, 3), interpolation="bilinear")]),
        "UpSampling3D": (single(VOLUME), lambda: [L.UpSampling3D(), L.UpSampling3D((1, 2, 3))]),
        "Rescaling": (single(VECTOR), lambda: [L.Rescaling(1 / 255), L.Rescaling(2.0, offset=-1.0)]),
        "Resizing": (single(IMAGE), lambda: [L.Resizing(4, 5), L.Resizing(4, 5, interpolation="nearest", crop_to_aspect_ratio=True)]),
        "CenterCrop": (single(IMAGE), lambda: [L.CenterCrop(4, 5)]),
        "CategoryEncoding": (single(IDS), lambda: [L.CategoryEncoding(10), L.CategoryEncoding(10, output_mode="count")]),
        "Discretization": (single(VECTOR), lambda: [L.Discretization(bin_boundaries=[0.2, 0.5]),
                                                    L.Discretization(bin_boundaries=[0.2, 0.5], output_mode="multi_hot")]),
        "Hashing": (single(WORDS), lambda: [L.Hashing(7), L.Hashing(7, salt=11), L.Hashing(7, mask_value="a")]),
        "HashedCrossing": (single(("int", (1,)), ("int", (1,))), lambda: [
            L.HashedCrossing(7), L.HashedCrossing(7, output_mode="one_hot")], lambda layer, xs: layer(tuple(xs))),
        "IntegerLookup": (single(IDS), lambda: [
            L.IntegerLookup(vocabulary=[3, 1, 2]), L.IntegerLookup(vocabulary=[3, 1, 2], num_oov_indices=2, output_mode="multi_hot")]),
        "StringLookup": (single(WORDS), lambda: [
            L.StringLookup(vocabulary=["a", "b"]), L.StringLookup(vocabulary=["a", "b"], mask_token="", output_mode="one_hot")]),
        "TextVectorization": (single(WORDS), lambda: [
            L.TextVectorization(vocabulary=["a", "b"], output_sequence_length=4), L.TextVectorization(
                vocabulary=["a", "b"], standardize="lower", split="character", ngrams=2, output_mode="count")]),
        "MelSpectrogram": (single(WAVE), lambda: [L.MelSpectrogram(fft_length=64, sampling_rate=8000, num_mel_bins=8)]),
        "STFTSpectrogram": (single(WAVE), lambda: [L.STFTSpectrogram(frame_length=64, frame_step=32, fft_length=64)]),
        "Pipeline": (single(IMAGE), lambda: [L.Pipeline([L.Rescaling(0.5), L.RandomFlip()])]),
        "RandomCrop": (single(IMAGE), lambda: [L.RandomCrop(4, 5)]),
        "RandomHeight": (single(IMAGE), lambda: [L.RandomHeight(0.1)]),
        "RandomWidth": (single(IMAGE), lambda: [L.RandomWidth(0.1)]),
        "RandomRotation": (single(IMAGE), lambda: [L.RandomRotation(0.1), L.RandomRotation((-0.1, 0.2), fill_mode="constant", seed=3)]),
        "RandomTranslation": (single(IMAGE), lambda: [L.RandomTranslation(0.1, (0.1, 0.2))]),
        "RandomZoom": (single(IMAGE), lambda: [L.RandomZoom(0.1), L.RandomZoom((0.1, 0.2), 0.3, interpolation="nearest")]),
        "RandomFlip": (single(IMAGE), lambda: [L.RandomFlip(), L.RandomFlip("horizontal", seed=3)]),
        "RandomBrightness": (single(IMAGE), lambda: [L.RandomBrightness(0.1, value_range=(0, 1))]),
        "RandomContrast": (single(IMAGE), lambda: [L.RandomContrast(0.1)]),
        **{name: (single(IMAGE), lambda name=name: [getattr(L, name)(0.1)]) for name in (
            "RandomColorDegeneration", "RandomHue", "RandomSaturation", "RandomSharpness")},
        "RandomPosterization": (single(IMAGE), lambda: [L.RandomPosterization(4)]),
        **{name: (single(IMAGE), lambda name=name: [getattr(L, name)()]) for name in (
            "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization", "MixUp", "RandAugment",
            "RandomColorJitter", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur", "RandomGrayscale", "RandomInvert",
            "RandomPerspective", "RandomShear", "Solarization")},
    }


def adapted(normalization):
    import numpy as np
    normalization.adapt(np.random.default_rng(3).random((16, 6), dtype="float32"))
    return normalization


def argument_cases(k, is3):
    """Kind -> class -> keyword arguments of each variant, or what makes them. A class without an entry has its defaults."""
    I, S = k.initializers, k.optimizers.schedules
    common = [{}, dict(learning_rate=0.05, clipnorm=1.0), dict(weight_decay=0.01, use_ema=True, ema_momentum=0.9)]
    legacy = [{}, dict(learning_rate=0.05, decay=0.01), dict(clipnorm=1.0)]
    optimizers = {name: common for name in ("Adadelta", "Adagrad", "Adam", "Adamax", "Nadam", "RMSprop", "SGD", "Lion", "Ftrl", "Lamb")}
    decay = dict(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5)
    old = {name: legacy for name in ("Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl")}
    return {
        "optimizers": optimizers | {
            "Adam": [*common, dict(amsgrad=True, epsilon=1e-5, beta_1=0.8), lambda: dict(learning_rate=S.ExponentialDecay(0.1, 10, 0.5))],
            "AdamW": [{}, dict(weight_decay=0.02, learning_rate=0.05), dict(amsgrad=True, clipvalue=0.5)],
            "SGD": [*common, dict(momentum=0.9), dict(momentum=0.9, nesterov=True, global_clipnorm=1.0)],
            "RMSprop": [*common, dict(momentum=0.9), dict(centered=True, rho=0.8), dict(momentum=0.9, centered=True)],
            "Adafactor": [{}, dict(learning_rate=0.05, relative_step=False)],
            "LossScaleOptimizer": [lambda: dict(inner_optimizer=k.optimizers.Adam())],
            "MultiOptimizer": [lambda: dict(optimizer_map=k.optimizers.OptimizerMap(k.optimizers.SGD()))],
        },
        "optimizers.legacy": old | {
            "Adam": [*legacy, dict(amsgrad=True)], "SGD": [*legacy, dict(momentum=0.9, nesterov=True)],
            "RMSprop": [*legacy, dict(momentum=0.9, centered=True)]},
        "optimizers.schedules": {
            "ExponentialDecay": [decay, decay | dict(staircase=True)], "InverseTimeDecay": [decay, decay | dict(staircase=True)],
            "PolynomialDecay": [dict(initial_learning_rate=0.1, decay_steps=10), dict(
                initial_learning_rate=0.1, decay_steps=2, end_learning_rate=0.01, power=2.0, cycle=True)],
            "PiecewiseConstantDecay": [dict(boundaries=[1, 5], values=[0.1, 0.05, 0.01])],
            "CosineDecay": [dict(initial_learning_rate=0.1, decay_steps=10), dict(
                initial_learning_rate=0.0, decay_steps=10, alpha=0.1, warmup_target=0.1, warmup_steps=5)],
            "CosineDecayRestarts": [dict(initial_learning_rate=0.1, first_decay_steps=3, t_mul=1.5, m_mul=0.9, alpha=0.1)]},
        "losses": {
            "BinaryCrossentropy": [{}, dict(from_logits=True, label_smoothing=0.1), dict(reduction="sum")],
            "BinaryFocalCrossentropy": [{}, dict(apply_class_balancing=True, alpha=0.3, gamma=1.5)],
            "CategoricalCrossentropy": [{}, dict(from_logits=True, label_smoothing=0.1, axis=-1), dict(reduction="none")],
            "CategoricalFocalCrossentropy": [{}, dict(alpha=0.3, gamma=1.5)],
            "SparseCategoricalCrossentropy": [{}, dict(from_logits=True, ignore_class=1)],
            # Keras 3 forgets these when it saves.
            "CosineSimilarity": [{}] if is3 else [{}, dict(axis=0)], "Huber": [{}] if is3 else [{}, dict(delta=0.1)],
            "Tversky": [{}, dict(alpha=0.3, beta=0.6)],
            "Dice": [{}, dict(axis=1)], "Circle": [{}, dict(gamma=20.0, margin=0.2)],
            "MeanSquaredError": [{}, dict(reduction="sum", name="renamed")]},
        "metrics": {
            "AUC": [{}, dict(num_thresholds=20, curve="PR", summation_method="majoring", name="renamed"),
                    dict(multi_label=True, num_labels=3, from_logits=True)],
            "BinaryAccuracy": [{}, dict(threshold=0.3)], "BinaryCrossentropy": [{}, dict(from_logits=True, label_smoothing=0.1)],
            "BinaryIoU": [{}, dict(target_class_ids=[1], threshold=0.3)],
            "CategoricalCrossentropy": [{}, dict(from_logits=True, label_smoothing=0.1)],
            "SparseCategoricalCrossentropy": [{}, dict(from_logits=True, axis=-1)], "CosineSimilarity": [{}] if is3 else [{}, dict(axis=0)],
            "F1Score": [{}, dict(average="macro", threshold=0.3)], "FBetaScore": [{}, dict(average="micro", beta=2.0, threshold=0.3)],
            "IoU": [dict(num_classes=3, target_class_ids=[0, 1])], "MeanIoU": [dict(num_classes=3)],
            "OneHotIoU": [dict(num_classes=3, target_class_ids=[0, 2])], "OneHotMeanIoU": [dict(num_classes=3)],
            "MeanRelativeError": [dict(normalizer=[0.5, 0.5, 0.5])], "Precision": [{}, dict(thresholds=[0.3, 0.6], class_id=1)],
            "Recall": [{}, dict(top_k=2, name="renamed")], "R2Score": [{}, dict(class_aggregation="variance_weighted_average")],
            "FalseNegatives": [{}, dict(thresholds=0.3)], "TopKCategoricalAccuracy": [{}, dict(k=2)],
            "SparseTopKCategoricalAccuracy": [dict(k=2)], "Mean": [{}, dict(dtype="float64")],
            **{name: [{(name.split("At")[1][0].lower() + name.split("At")[1][1:]): 0.5, "num_thresholds": 50}] for name in (
                "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity")}},
        "initializers": {
            "Constant": [dict(value=0.5)], "Identity": [{}, dict(gain=2.0)], "IdentityInitializer": [{}, dict(gain=2.0)],
            "RandomNormal": [{}, dict(mean=1.0, stddev=0.2, seed=3)], "RandomUniform": [{}, dict(minval=-1.0, maxval=2.0, seed=3)],
            "VarianceScaling": [{}, dict(scale=2.0, mode="fan_out", distribution="uniform", seed=3)], "Orthogonal": [{}, dict(gain=2.0)]},
        "regularizers": {"L1": [dict(l1=0.1)], "L2": [dict(l2=0.1)], "L1L2": [{}, dict(l1=0.1, l2=0.2)],
                         "OrthogonalRegularizer": [dict(factor=0.1, mode="columns")]},
        "constraints": {"MaxNorm": [{}, dict(max_value=3, axis=1)], "MinMaxNorm": [{}, dict(min_value=0.1, max_value=2.0, rate=0.5)]},
    }
