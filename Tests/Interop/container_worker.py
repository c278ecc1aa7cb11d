"""Writes one model after another in every container that one Keras has: python container_worker.py keras3 FOLDER

For each it makes FOLDER/<name>.keras, <name>.h5 and <name>.weights.h5 (taken from the archive: the same bytes as
save_weights writes), for some of Keras 3's a sharded <name>.weights.json too. All variables have random values, also the
optimizer's, so that equal bytes mean the same variable. The last line printed is the list of names."""
import io, json, os, pathlib, sys, traceback, zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

DIALECT, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
ONLY = set(sys.argv[3:])
IS3 = DIALECT == "keras3"
if IS3:
    import keras as k
else:
    import tf_keras as k
L = k.layers
random = np.random.default_rng(11)


def chain(*layers, shape, dtype=None, name="model"):
    x = i = k.Input(shape, dtype=dtype, name="in")
    for layer in layers:
        x = layer(x)
    return k.Model(i, x, name=name)


def head():
    return L.Dense(2, name="head")


# One layer each: name -> (input shape, layer). Their own names differ from their classes'.
LAYERS = {
    "dense": ((4,), lambda: L.Dense(3, name="x")),
    "dense_no_bias": ((4,), lambda: L.Dense(3, use_bias=False, name="x")),
    "einsum": ((4,), lambda: L.EinsumDense("ab,bc->ac", output_shape=3, bias_axes="c", name="x")),
    "einsum_no_bias": ((4,), lambda: L.EinsumDense("ab,bc->ac", output_shape=3, name="x")),
    "conv1d": ((8, 3), lambda: L.Conv1D(2, 3, name="x")),
    "conv2d": ((8, 8, 3), lambda: L.Conv2D(2, 3, use_bias=False, name="x")),
    "conv3d": ((5, 5, 5, 2), lambda: L.Conv3D(2, 3, name="x")),
    "conv1d_transpose": ((8, 3), lambda: L.Conv1DTranspose(2, 3, name="x")),
    "conv2d_transpose": ((8, 8, 3), lambda: L.Conv2DTranspose(2, 3, name="x")),
    "conv3d_transpose": ((5, 5, 5, 2), lambda: L.Conv3DTranspose(2, 3, name="x")),
    "depthwise1d": ((8, 3), lambda: L.DepthwiseConv1D(3, name="x")),
    "depthwise2d": ((8, 8, 3), lambda: L.DepthwiseConv2D(3, use_bias=False, name="x")),
    "separable1d": ((8, 3), lambda: L.SeparableConv1D(2, 3, name="x")),
    "separable2d": ((8, 8, 3), lambda: L.SeparableConv2D(2, 3, use_bias=False, name="x")),
    "prelu": ((8, 8, 3), lambda: L.PReLU(shared_axes=[1, 2], name="x")),
    "bn": ((4,), lambda: L.BatchNormalization(name="x")),
    "bn_no_scale": ((4,), lambda: L.BatchNormalization(scale=False, name="x")),
    "bn_no_center": ((4,), lambda: L.BatchNormalization(center=False, name="x")),
    "bn_bare": ((4,), lambda: L.BatchNormalization(center=False, scale=False, name="x")),
    "bn_frozen": ((4,), lambda: L.BatchNormalization(trainable=False, name="x")),
    "ln": ((4,), lambda: L.LayerNormalization(name="x")),
    "ln_no_scale": ((4,), lambda: L.LayerNormalization(scale=False, name="x")),
    "gn": ((4, 8), lambda: L.GroupNormalization(4, name="x")),
    "gn_no_center": ((4, 8), lambda: L.GroupNormalization(4, center=False, name="x")),
    "normalization": ((4,), lambda: L.Normalization(name="x")),
    "spectral": ((4,), lambda: L.SpectralNormalization(L.Dense(3, name="inner"), name="x")),
    "dropout": ((4,), lambda: L.Dropout(0.5, name="x")),
    "gaussian_noise": ((4,), lambda: L.GaussianNoise(0.5, name="x")),
    "random_flip": ((8, 8, 3), lambda: L.RandomFlip(name="x")),
    "lstm": ((5, 3), lambda: L.LSTM(2, return_sequences=True, name="x")),
    "lstm_no_bias": ((5, 3), lambda: L.LSTM(2, use_bias=False, name="x")),
    "gru": ((5, 3), lambda: L.GRU(2, name="x")),
    "gru_dropout": ((5, 3), lambda: L.GRU(2, dropout=0.5, recurrent_dropout=0.2, name="x")),
    "simple_rnn": ((5, 3), lambda: L.SimpleRNN(2, name="x")),
    "conv_lstm1d": ((5, 8, 3), lambda: L.ConvLSTM1D(2, 3, name="x")),
    "conv_lstm2d": ((5, 8, 8, 3), lambda: L.ConvLSTM2D(2, 3, use_bias=False, name="x")),
    "conv_lstm3d": ((3, 5, 5, 5, 2), lambda: L.ConvLSTM3D(2, 3, name="x")),
    "rnn_cell": ((5, 3), lambda: L.RNN(L.LSTMCell(2, name="cell_a"), name="x")),
    "rnn_gru_cell": ((5, 3), lambda: L.RNN(L.GRUCell(2), name="x")),
    "rnn_stacked": ((5, 3), lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(2, name="a"), L.LSTMCell(3, name="b"),
                                                               L.GRUCell(2, name="c")]), name="x")),
    "rnn_list": ((5, 3), lambda: L.RNN([L.SimpleRNNCell(2), L.SimpleRNNCell(3)], name="x")),
    "bi_lstm": ((5, 3), lambda: L.Bidirectional(L.LSTM(2, name="inner"), name="x")),
    "bi_gru": ((5, 3), lambda: L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode="sum", name="x")),
    "bi_rnn": ((5, 3), lambda: L.Bidirectional(L.RNN(L.LSTMCell(2, name="c"), name="inner"), name="x")),
    "bi_two": ((5, 3), lambda: L.Bidirectional(L.LSTM(2, name="f"), backward_layer=L.GRU(2, name="b", go_backwards=True),
                                               name="x")),
    "td_dense": ((5, 3), lambda: L.TimeDistributed(L.Dense(2, name="inner"), name="x")),
    "td_bn": ((5, 3), lambda: L.TimeDistributed(L.BatchNormalization(name="inner"), name="x")),
    "td_lstm": ((5, 4, 3), lambda: L.TimeDistributed(L.LSTM(2, name="inner"), name="x")),
    "td_bi": ((5, 4, 3), lambda: L.TimeDistributed(L.Bidirectional(L.LSTM(2, name="inner"), name="both"), name="x")),
}
if IS3:
    LAYERS |= {
        "rms_norm": ((4,), lambda: L.RMSNormalization(name="x")),
        "ln_rms": ((4,), lambda: L.LayerNormalization(rms_scaling=True, name="x")),
        "bn_renorm": ((4,), lambda: L.BatchNormalization(renorm=True, name="x")),
        "gqa": ((5, 4), lambda: SelfAttention(L.GroupQueryAttention(2, 4, 2, name="x"))),
        "gqa_no_bias": ((5, 4), lambda: SelfAttention(L.GroupQueryAttention(2, 4, 2, use_bias=False, name="x"))),
    }


class SelfAttention:
    """Gives a layer its input twice."""

    def __init__(self, layer):
        self.layer = layer

    def __call__(self, x):
        return self.layer(x, x)


LAYERS |= {
    "mha": ((5, 4), lambda: SelfAttention(L.MultiHeadAttention(2, 3, name="x"))),
    "mha_no_bias": ((5, 4), lambda: SelfAttention(L.MultiHeadAttention(2, 3, use_bias=False, dropout=0.1, name="x"))),
    "attention": ((5, 4), lambda: SelfAttentionList(L.Attention(use_scale=True, name="x"))),
    "attention_concat": ((5, 4), lambda: SelfAttentionList(L.Attention(use_scale=True, score_mode="concat", name="x"))),
    "additive": ((5, 4), lambda: SelfAttentionList(L.AdditiveAttention(name="x"))),
}


class SelfAttentionList(SelfAttention):
    def __call__(self, x):
        return self.layer([x, x])


def mlp():
    return k.Sequential([k.Input((4,)), L.Dense(3, name="hidden"), L.Dropout(0.5), L.Dense(2, name="probs")], name="mlp")


def unnamed():
    return k.Sequential([k.Input((4,)), L.Dense(3), L.Dense(3), L.BatchNormalization(), L.Dense(2)])


def frozen():
    return chain(L.Dense(3, name="a", trainable=False), L.BatchNormalization(name="bn"), L.Dense(3, name="b"),
                 L.BatchNormalization(name="bn2", trainable=False), head(), shape=(4,))


def nested():
    tail = k.Sequential([k.Input((3,)), L.Dense(3, name="s1"), L.Dense(3, name="s2")], name="tail")
    inner = k.Input((3,), name="inner_in")
    encoder = k.Model(inner, tail(L.BatchNormalization(name="inner_bn")(L.Dense(3, name="inner_dense")(inner))), name="encoder")
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    shared = L.Dense(2, name="shared")
    return k.Model([a, b], L.Add(name="add")([shared(encoder(a)), shared(encoder(b))]), name="nested")


def nested_frozen():
    model = nested()
    model.get_layer("encoder").trainable = False
    return model


def twins():
    """Two nested models whose layers have equal names."""
    def part(name):
        return k.Sequential([k.Input((3,)), L.Dense(3, name="d"), L.LSTM(2, name="l")] if False else
                            [k.Input((3,)), L.Dense(3, name="d"), L.BatchNormalization(name="n")], name=name)
    return chain(part("left"), part("right"), L.Dense(2, name="d"), shape=(3,))


def td_model():
    inner = k.Sequential([k.Input((3,)), L.Dense(3, name="s1"), L.Dense(2, name="s2")], name="inner")
    return chain(L.TimeDistributed(inner, name="td"), head(), shape=(5, 3))


def td_functional():
    i = k.Input((3,), name="i")
    inner = k.Model(i, L.BatchNormalization(name="bn")(L.Dense(3, name="s1")(i)), name="inner")
    return chain(L.TimeDistributed(inner, name="td"), head(), shape=(5, 3))


def embedding():
    return chain(L.Embedding(7, 3, mask_zero=False, name="e"), L.GlobalAveragePooling1D(), head(), shape=(5,), dtype="int32")


def convnet():
    return chain(L.Conv2D(2, 3, name="conv_a"), L.BatchNormalization(name="bn_a"), L.Conv2D(3, 3, name="conv_b"),
                 L.SeparableConv2D(3, 2, name="sep"), L.DepthwiseConv2D(2, name="dw"), L.PReLU(name="prelu"),
                 L.GlobalAveragePooling2D(), L.Dense(3, trainable=False, name="frozen"), head(), shape=(9, 9, 3))


def recurrent():
    return chain(L.Embedding(7, 3, name="embed"), L.Bidirectional(L.LSTM(2, return_sequences=True, name="lstm"), name="bi"),
                 L.TimeDistributed(L.Dense(3, name="inner"), name="td"), SelfAttention(L.MultiHeadAttention(2, 2, name="mha")),
                 L.LSTM(3, return_sequences=True, name="lstm_1"), L.GRU(3, name="gru"), head(), shape=(5,), dtype="int32")


MODELS = {"mlp": mlp, "unnamed": unnamed, "frozen": frozen, "nested": nested, "nested_frozen": nested_frozen, "twins": twins,
          "td_model": td_model, "td_functional": td_functional, "embedding": embedding, "convnet": convnet,
          "recurrent": recurrent}


def bf16():
    k.mixed_precision.set_global_policy("mixed_bfloat16") if not IS3 else k.config.set_dtype_policy("mixed_bfloat16")
    try:
        return unnamed()
    finally:
        k.mixed_precision.set_global_policy("float32") if not IS3 else k.config.set_dtype_policy("float32")


def quantized(make, mode="int8"):
    def made():
        model = make()
        model.quantize(mode)
        return model
    return made


def lora():
    model = mlp()
    model.layers[0].enable_lora(2)
    return model


def lora_in_place():
    model = chain(L.Dense(3, name="d"), L.EinsumDense("ab,bc->ac", output_shape=3, bias_axes="c", name="e"), head(), shape=(4,))
    model.layers[1].enable_lora(2)
    model.layers[2].enable_lora(2)
    return model


if IS3:
    MODELS |= {"int8": quantized(mlp), "int8_embedding": quantized(embedding), "int4": quantized(mlp, "int4"),
               "float8": quantized(mlp, "float8"), "lora": lora, "lora_in_place": lora_in_place,
               "int8_einsum": quantized(lambda: chain(LAYERS["einsum"][1](), head(), shape=(4,))),
               "reversible": lambda: chain(L.ReversibleEmbedding(7, 3, tie_weights=False, name="e"), head(), shape=(5,), dtype="int32")}
MODELS["bf16"] = bf16

O = k.optimizers
OPTIMIZERS = {
    "adam": lambda: O.Adam(), "adam_ams": lambda: O.Adam(amsgrad=True), "adam_ema": lambda: O.Adam(use_ema=True),
    "adamw": lambda: O.AdamW(), "adamw_ams": lambda: O.AdamW(amsgrad=True), "sgd": lambda: O.SGD(),
    "sgd_momentum": lambda: O.SGD(0.1, momentum=0.9), "sgd_ema": lambda: O.SGD(0.1, momentum=0.9, use_ema=True),
    "rmsprop": lambda: O.RMSprop(), "rmsprop_momentum": lambda: O.RMSprop(momentum=0.9),
    "rmsprop_centered": lambda: O.RMSprop(centered=True), "rmsprop_all": lambda: O.RMSprop(momentum=0.9, centered=True),
    "adagrad": lambda: O.Adagrad(), "adadelta": lambda: O.Adadelta(), "adamax": lambda: O.Adamax(), "nadam": lambda: O.Nadam(),
    "lion": lambda: O.Lion(), "ftrl": lambda: O.Ftrl(), "adafactor": lambda: O.Adafactor(),
    "schedule": lambda: O.Adam(O.schedules.ExponentialDecay(0.1, 10, 0.9)),
}
if IS3:
    OPTIMIZERS |= {
        "lamb": lambda: O.Lamb(), "muon": lambda: O.Muon(), "loss_scale": lambda: O.LossScaleOptimizer(O.Adam()),
        "accumulate": lambda: O.Adam(gradient_accumulation_steps=2), "sgd_accumulate": lambda: O.SGD(gradient_accumulation_steps=2),
        "schedule_free": lambda: O.ScheduleFreeAdamW(), "adam_all": lambda: O.Adam(amsgrad=True, use_ema=True, gradient_accumulation_steps=2)}
else:
    OPTIMIZERS |= {f"legacy_{n.lower()}": (lambda n=n: getattr(O.legacy, n)())
                   for n in ("Adam", "SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl")}
    OPTIMIZERS["legacy_sgd_momentum"] = lambda: O.legacy.SGD(0.1, momentum=0.9)
    OPTIMIZERS["loss_scale"] = lambda: k.mixed_precision.LossScaleOptimizer(O.Adam())


def scramble(variables):
    for v in variables:
        shape, dtype = tuple(v.shape), np.dtype("float32") if "float" in str(v.dtype) else np.dtype(getattr(v.dtype, "name", v.dtype))
        value = random.random(shape).astype(dtype) if dtype.kind == "f" else random.integers(0, 100, shape).astype(dtype)
        v.assign(value)


def compiled(model, optimizer):
    model.compile(optimizer, "mse")
    if hasattr(optimizer, "build"):
        optimizer.build(model.trainable_variables)
    else:
        optimizer._create_all_weights(model.trainable_variables)
    return model


def save(name, model):
    scramble(model.weights)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        variables = optimizer.variables
        scramble(variables() if callable(variables) else variables)
    archive = FOLDER / f"{name}.keras"
    model.save(archive)
    with zipfile.ZipFile(archive) as opened:
        (FOLDER / f"{name}.weights.h5").write_bytes(opened.read("model.weights.h5"))
    if IS3 and name in ("model_nested", "optimizer_adam"):
        model.save_weights(FOLDER / f"{name}_sharded.weights.json", max_shard_size=1e-7)
    model.save(FOLDER / f"{name}.h5")


def layer_model(name):
    shape, make = LAYERS[name]
    return compiled(chain(L.Rescaling(1.0, name="before"), make(), shape=shape), O.Adam())


def cases():
    for name in LAYERS:
        yield f"layer_{name}", lambda: layer_model(name)
    for name, make in MODELS.items():
        trains = name not in ("int8", "int8_embedding", "int4", "int8_einsum", "float8", "lora")
        yield f"model_{name}", lambda: compiled(make(), O.Adam()) if trains else make()
    for name, make in OPTIMIZERS.items():
        yield f"optimizer_{name}", lambda: compiled(frozen(), make())


written = []
for name, make in cases():
    if ONLY and name not in ONLY:
        continue
    k.backend.clear_session()
    try:
        save(name, make())
        written.append(name)
    except Exception as error:
        print("left out:", name, type(error).__name__, str(error)[:300].replace("\n", " "), file=sys.stderr)
print(json.dumps(written))
