#!/usr/bin/env python3
"""Writes the models of the interop tests with one of the two Keras, and loads what was checked out.

    keras_worker.py keras2|keras3 write FOLDER    writes FOLDER/<case>.h5; prints file -> facts as JSON
    keras_worker.py keras2|keras3 load FOLDER     for FOLDER/<case>.h5 and FOLDER/back/<case>.h5: are the
                                                  predictions of both the same bits? prints file -> answer

The facts: "slots", a list of [list in the optimizer, SHA-256 of the weight, SHA-256 of the slot], as Keras
itself ties them; "variables", the number of the model's variables.
"""
import hashlib, json, os, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import numpy as np
import tensorflow as tf

DIALECT, TASK, FOLDER = sys.argv[1:4]
if DIALECT == "keras2":
    import tf_keras as keras
    policy = keras.mixed_precision.Policy
else:
    import keras
    policy = keras.DTypePolicy
layers, optimizers = keras.layers, keras.optimizers
rng = np.random.default_rng(5)


@keras.utils.register_keras_serializable("interop")
class Oddities(layers.Layer):
    """Variables of every kind of shape and number that a layer may own."""

    KINDS = {"scalar": ((), "float32"), "empty": ((0, 3), "float32"), "counts": ((4,), "int64"), "bytes": ((5,), "uint8"),
             "small": ((3,), "int8"), "half": ((2, 2), "float16"), "double": ((3,), "float64"), "flags": ((3,), "bool")}

    def build(self, shape):
        for name, (extent, dtype) in self.KINDS.items():
            setattr(self, name, self.add_weight(name=name, shape=extent, dtype=dtype, trainable=False, initializer="zeros"))
        super().build(shape)

    def fill(self):
        for name, (extent, dtype) in self.KINDS.items():
            getattr(self, name).assign(np.asarray(rng.integers(0, 2 if dtype == "bool" else 99, extent)).astype(dtype))

    def call(self, x):
        return x + self.scalar


def train(model, optimizer, inputs, outputs, loss="mse"):
    model.compile(optimizer=optimizer, loss=loss)
    model.fit(inputs, outputs, epochs=2, batch_size=4, verbose=0)
    return model


def numbers(*shape):
    return rng.random(shape, dtype="float32")


def mlp():
    model = keras.Sequential([layers.Input((6,), name="x"), layers.Dense(5, activation="relu", name="hidden"),
                              layers.Dropout(0.25, name="drop"), layers.Dense(3, activation="softmax", name="probabilities")], name="mlp")
    return train(model, optimizers.Adam(0.01), numbers(8, 6), numbers(8, 3))


def convnet():
    image = layers.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv")(image)
    x = skip = layers.BatchNormalization(name="norm")(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    x = layers.BatchNormalization(name="norm_unscaled", scale=False)(x)
    x = layers.Add(name="add")([layers.Activation("relu", name="relu")(x), skip])
    x = layers.SeparableConv2D(5, 3, name="separable")(x)
    out = layers.Dense(2, name="head")(layers.GlobalAveragePooling2D(name="pool")(x))
    return train(keras.Model(image, out, name="convnet"), optimizers.SGD(0.01, momentum=0.9, nesterov=True), numbers(4, 8, 8, 3), numbers(4, 2))


def bilstm():
    x = layers.Input((5, 2), name="series")
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both_ways")(x)
    y = layers.Dense(1, name="y")(layers.GRU(3, name="gru")(y))
    return train(keras.Model(x, y, name="bilstm"), optimizers.RMSprop(0.01), numbers(4, 5, 2), numbers(4, 1))


def nested_shared():
    inner_in = layers.Input((4,), name="inner_in")
    inner = keras.Model(inner_in, layers.LayerNormalization(name="inner_norm")(layers.Dense(4, activation="tanh", name="inner_dense")(inner_in)), name="encoder")
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(2, name="shared")
    joined = layers.Concatenate(name="join")([shared(inner(a)), shared(inner(b))])
    tail = keras.Sequential([layers.Input((4,)), layers.Dense(3, activation="relu", name="first"), layers.Dense(2, name="last")], name="tail")
    return train(keras.Model([a, b], tail(joined), name="nested"), optimizers.Adam(0.01), [numbers(4, 4), numbers(4, 4)], numbers(4, 2))


def masked_text():
    tokens = layers.Input((6,), dtype="int32", name="tokens")
    x = layers.LSTM(3, name="lstm")(layers.Embedding(20, 4, mask_zero=True, name="words")(tokens))
    model = keras.Model(tokens, layers.Dense(1, activation="sigmoid", name="score")(x), name="masked_text")
    return train(model, optimizers.Adam(0.01), rng.integers(0, 20, (4, 6)).astype("int32"), numbers(4, 1))


def attention():
    x = layers.Input((5, 8), name="x")
    y = layers.MultiHeadAttention(2, 4, name="attend")(x, x)
    y = layers.LayerNormalization(name="norm")(layers.Add(name="residual")([x, y]))
    return train(keras.Model(x, layers.Dense(2, name="y")(y), name="attention"), optimizers.AdamW(0.01), numbers(4, 5, 8), numbers(4, 5, 2))


def bfloat16():
    x = layers.Input((4,), name="x")
    y = layers.Dense(4, name="pure", dtype=policy("bfloat16"))(x)
    return keras.Model(x, layers.Dense(2, name="y", dtype="float32")(y), name="bfloat16")


def mixed_policies():
    x = layers.Input((4,), name="x")
    y = layers.Dense(4, activation="relu", name="mixed", dtype=policy("mixed_bfloat16"))(x)
    y = layers.Dense(4, name="half", dtype=policy("float16"))(y)
    y = layers.Dense(4, name="double", dtype=policy("float64"))(y)
    return keras.Model(x, layers.Dense(2, name="y", dtype="float32")(y), name="mixed_policies")


def long_names():
    """Names whose lists do not fit one attribute (64,512 bytes): Keras cuts them into layer_names0, layer_names1, ..."""
    long = lambda kind, i: f"{kind}_{i:03d}_" + "x" * 590
    inner = keras.Sequential([layers.Input((2,)), *(layers.Dense(2, name=long("inner", i)) for i in range(60))], name="many_weights")
    return keras.Sequential([layers.Input((2,)), *(layers.Dense(2, name=long("outer", i)) for i in range(115)), inner], name="long_names")


def oddities():
    odd = Oddities(name="odd")
    x = layers.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(2, name="y")(odd(x)), name="oddities")
    odd.fill()
    return model


def frozen_base():
    """As after fine-tuning: frozen layers own no optimizer slots."""
    model = keras.Sequential([layers.Input((4,)), layers.Dense(6, name="base"), layers.BatchNormalization(name="norm"), layers.Dense(3, name="head")], name="frozen")
    for layer in model.layers[:-1]:
        layer.trainable = False
    return train(model, optimizers.Adam(0.01), numbers(8, 4), numbers(8, 3))


def trained_by(optimizer):
    def model():
        made = keras.Sequential([layers.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="second")], name="small")
        return train(made, optimizer(), numbers(8, 4), numbers(8, 2))
    return model


CASES = {make.__name__: make for make in (mlp, convnet, bilstm, nested_shared, masked_text, attention, bfloat16, mixed_policies, long_names, oddities, frozen_base)}
OPTIMIZERS = {
    "adadelta": lambda: optimizers.Adadelta(0.1), "adagrad": lambda: optimizers.Adagrad(0.01),
    "adam_amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True), "adamax": lambda: optimizers.Adamax(0.01), "ftrl": lambda: optimizers.Ftrl(0.01),
    "lion": lambda: optimizers.Lion(0.01), "nadam": lambda: optimizers.Nadam(0.01), "sgd_plain": lambda: optimizers.SGD(0.01),
    "rmsprop_centered": lambda: optimizers.RMSprop(0.01, momentum=0.9, centered=True),
}
CASES.update({f"by_{name}": trained_by(make) for name, make in OPTIMIZERS.items()})
if DIALECT == "keras2":
    CASES["by_adafactor"] = trained_by(lambda: optimizers.Adafactor(0.01))  # Keras 3 cannot save it as .h5
    CASES["by_legacy_adam"] = trained_by(lambda: optimizers.legacy.Adam(0.01))
    CASES["by_legacy_rmsprop"] = trained_by(lambda: optimizers.legacy.RMSprop(0.01, momentum=0.9, centered=True))


def sha256(variable):
    return hashlib.sha256(np.ascontiguousarray(variable.numpy()).tobytes()).hexdigest()


def slots(model):
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return []
    trained = model.trainable_variables
    if hasattr(optimizer, "get_slot_names"):  # Keras 2's legacy optimizers
        return [[name, sha256(v), sha256(optimizer.get_slot(v, name))] for name in optimizer.get_slot_names() for v in trained]
    own = {id(variable) for variable in (optimizer.variables if not callable(optimizer.variables) else optimizer.variables())}
    lists = {name: value for name, value in vars(optimizer).items()
             if isinstance(value, (list, tuple)) and len(value) == len(trained) and value and all(v is None or id(v) in own for v in value)}
    named = {}
    for name, members in lists.items():
        if name not in ("_variables", "_trainable_variables", "_non_trainable_variables"):
            named.setdefault(tuple(map(id, members)), (name, members))
    return [[name, sha256(w), sha256(s)] for name, members in named.values() for w, s in zip(trained, members) if s is not None]


def inputs(model):
    random = np.random.default_rng(9)
    given = [random.integers(0, 9, (3, *i.shape[1:])).astype("int32") if "int" in str(i.dtype) else random.random((3, *i.shape[1:]), dtype="float32") for i in model.inputs]
    return given[0] if len(given) == 1 else given


def write():
    facts = {}
    for case, make in CASES.items():
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        model = make()
        model.save(os.path.join(FOLDER, case + ".h5"))
        facts[case + ".h5"] = {"slots": slots(model), "variables": len(model.weights)}
        if case in ("mlp", "convnet", "nested_shared", "attention", "long_names"):
            # Keras 2 writes the legacy layout and no optimizer; Keras 3 its own, which carries the optimizer.
            name = case + (".weights.h5" if DIALECT == "keras3" else "_weights.h5")
            model.save_weights(os.path.join(FOLDER, name))
            facts[name] = {"slots": slots(model) if DIALECT == "keras3" else [], "variables": len(model.weights)}
    return facts


def load_one(path, case):
    if not case.endswith(("_weights.h5", ".weights.h5")):
        return keras.models.load_model(path, compile=False)
    model = CASES[case.replace(".weights.h5", "").replace("_weights.h5", "")]()
    model.load_weights(path)
    return model


def load():
    answer = {}
    for case in sorted(os.listdir(os.path.join(FOLDER, "back"))):
        keras.backend.clear_session()
        try:
            original = load_one(os.path.join(FOLDER, case), case)
        except Exception as error:
            answer[case] = {"original": " ".join(f"{type(error).__name__}: {error}".split())[:200]}
            continue
        back = load_one(os.path.join(FOLDER, "back", case), case)
        given = inputs(original)
        same = all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in
                   zip(tf.nest.flatten(original.predict(given, verbose=0)), tf.nest.flatten(back.predict(given, verbose=0))))
        answer[case] = {"original": None, "same": same}
    return answer


print(json.dumps(write() if TASK == "write" else load()), file=answers, flush=True)
