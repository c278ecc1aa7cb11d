#!/usr/bin/env python3
"""Builds the models that are served, and saves them: serving_models.py keras2|keras3

Each line that it is given is a JSON list of a command and its arguments, and it answers each with a line:

    ["write", FOLDER]    saves all; gives NAME -> {"file", "numbers", "inputs" and "outputs": their names in a signature, in order}

NAME.npz has what goes in, in0, …, and what comes out, out0, ….
"""
import json, os, pathlib, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import numpy as np
import tensorflow as tf

IS3 = sys.argv[1] == "keras3"
if IS3:
    import keras as k
else:
    import tf_keras as k
L = k.layers


def mlp():
    return k.Sequential([L.Input((4,), name="given"), L.Dense(8, activation="relu"), L.Dense(3, activation="softmax", name="classes")], name="mlp")


def tanh():
    """Variables as those of the first, and another function."""
    return k.Sequential([L.Input((4,), name="given"), L.Dense(8, activation="tanh"), L.Dense(3, activation="softmax", name="classes")], name="mlp")


def convnet():
    x = given = L.Input((16, 16, 3), name="image")
    x = L.MaxPooling2D()(L.ReLU()(L.BatchNormalization()(L.Conv2D(4, 3, padding="same", use_bias=False)(x))))
    x = L.GlobalAveragePooling2D()(L.SeparableConv2D(6, 3, activation="relu")(L.ZeroPadding2D(1)(x)))
    return k.Model(given, L.Dense(5, activation="softmax", name="classes")(x), name="convnet")


def lstm():
    given = L.Input((7,), dtype="int32", name="tokens")
    x = L.LSTM(5, return_sequences=True)(L.Embedding(20, 6, mask_zero=True)(given))
    return k.Model(given, L.Dense(1, activation="sigmoid", name="score")(L.Bidirectional(L.GRU(3))(x)), name="lstm")


def transformer():
    given = L.Input((6,), dtype="int32", name="tokens")
    x = L.Embedding(20, 8)(given)
    x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 4)(x, x)]))
    x = L.LayerNormalization()(L.Add()([x, L.Dense(8)(L.Dense(16, activation="gelu")(x))]))
    return k.Model(given, L.Dense(3, name="classes")(L.GlobalAveragePooling1D()(x)), name="transformer")


def siamese():
    inner = k.Sequential([L.Input((4,)), L.Dense(5, activation="tanh"), L.Dropout(0.3)], name="encoder")
    one, other = L.Input((4,), name="one"), L.Input((4,), name="other")
    return k.Model([one, other], L.Dense(1, name="alike")(L.Subtract()([inner(one), inner(other)])), name="siamese")


def several():
    """Inputs and outputs whose names are in another order than they are, and that TensorFlow does not take as a node's."""
    wide, deep = L.Input((3,), name="wide in"), L.Input((4,), name="deep in")
    x = L.Concatenate()([L.Dense(3, name="Zeta")(wide), L.Dense(2, name="a.b")(deep)])
    return k.Model([wide, deep], [L.Dense(2, name="z")(x), L.Dense(1, name="a")(x)], name="several")


def operators():
    given = L.Input((4,), name="given")
    x = L.Dense(4)(given)
    return k.Model(given, L.Dense(2, name="out")((x + 3.0) * x[:, 1:2] - x / 2.0), name="operators")


def mixed():
    given = L.Input((4,), name="given")
    x = L.Dense(6, activation="relu", dtype="mixed_bfloat16")(given)
    return k.Model(given, L.Dense(2, dtype="float32", name="out")(x), name="mixed")


def words():
    given = L.Input((1,), dtype="string", name="text")
    x = L.TextVectorization(vocabulary=["red", "green", "blue"], output_sequence_length=4)(given)
    return k.Model(given, L.Dense(2, name="out")(L.Flatten()(L.Embedding(6, 3)(x))), name="words")


MODELS = (mlp, tanh, convnet, lstm, transformer, siamese, several, operators, mixed, words)


def example(tensor, random):
    shape = (2, *(5 if size is None else size for size in tensor.shape[1:]))
    if tf.as_dtype(tensor.dtype) == tf.string:
        return np.array([["Red blue?"], ["green red pink"]])
    if tf.as_dtype(tensor.dtype).is_integer:
        numbers = random.integers(1, 20, shape).astype("int32")
        numbers[0, -2:] = 0
        return numbers
    return random.random(shape, dtype="float32")


def write(folder):
    told = {}
    for make in MODELS:
        k.backend.clear_session()
        k.utils.set_random_seed(7)
        model, random = make(), np.random.default_rng(3)
        for weight in model.weights:
            if len(weight.shape) == 1 and "float" in str(weight.dtype):
                weight.assign(random.uniform(0.5, 1.5, tuple(weight.shape)).astype("float32"))
        given = [example(tensor, random) for tensor in model.inputs]
        fed = [tf.constant(value.tolist() if value.dtype.kind == "U" else value) for value in given]
        found = tf.nest.flatten(model(fed if len(fed) > 1 else fed[0], training=False))
        model.compile("adam", "mse")
        at = pathlib.Path(folder) / make.__name__
        model.save(f"{at}.keras" if IS3 else f"{at}.h5")
        np.savez(f"{at}.npz", **{f"in{i}": value for i, value in enumerate(given)}, **{f"out{i}": np.asarray(tf.cast(value, tf.float32))
                                                                                       for i, value in enumerate(found)})
        outputs = [f"output_{i}" for i in range(len(found))] if IS3 else list(model.output_names)
        told[make.__name__] = {"file": f"{at}.keras" if IS3 else f"{at}.h5", "numbers": f"{at}.npz", "outputs": outputs,
                               "inputs": list(model.input_names) if not IS3 else [tensor.name for tensor in model.inputs]}
    return told


if __name__ == "__main__":
    COMMANDS = {"write": write}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
