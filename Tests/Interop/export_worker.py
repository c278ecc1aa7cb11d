#!/usr/bin/env python3
"""Saves the models of format_worker.py and some more, and computes with what was exported: export_worker.py keras2|keras3

Each line that it is given is a JSON list of a command and its arguments, and it answers each with a line:

    ["write", FOLDER, MODELS]              FOLDER/<model>/<what each format calls it>; gives the models' names. What MODELS does not
                                           name is saved only in the formats that have the architecture
    ["compute", KIND, PATH, MODEL, OUT]    what PATH gives for the usual inputs, into OUT.npz; PATH is weights or a checkpoint for
                                           MODEL, else a whole model. Gives an error or null
"""
import gc, json, pathlib, sys

import format_worker as formats
from format_worker import IS3, answers, keras, layers, np, numbers, optimizers, tf, tokens

gc.freeze()  # clear_session collects; what TensorFlow loaded need not be looked at each time.


@keras.utils.register_keras_serializable("interop")
class Scaled(layers.Layer):
    """A class of the user's own, with a variable and a setting."""

    def __init__(self, power=1, **others):
        super().__init__(**others)
        self.power = power

    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer="ones")
        super().build(shape)

    def call(self, x):
        return x * self.scale ** self.power

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def custom():
    x = given = layers.Input((4,), name="given")
    x = Scaled(power=2, name="scaled")(layers.Dense(4, name="dense")(x))
    return keras.Model(given, layers.Dense(3, name="y")(x), name="custom"), optimizers.Adam(0.01), numbers(4, 4)


def operators():
    """Arithmetic on tensors, and slices: each Keras has other objects for it."""
    x = given = layers.Input((6,), name="given")
    y = layers.Dense(6, name="dense")(x)
    x = (y * 2.0 + x - 0.5) / 1.5
    x = layers.Concatenate(name="both")([x[:, 1:4], -y[:, ::2]])
    return keras.Model(given, layers.Dense(3, name="y")(x), name="operators"), optimizers.SGD(0.01), numbers(4, 6)


def masked():
    x = words = layers.Input((6,), dtype="int32", name="words")
    x = layers.Embedding(9, 4, mask_zero=True, name="embed")(x)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both")(x)
    x = layers.GRU(3, name="gru")(layers.Dropout(0.2, name="drop")(x))
    return keras.Model(words, layers.Dense(3, name="y")(x), name="masked"), optimizers.RMSprop(0.01), tokens(4, 6)


def states():
    """An encoder whose states begin a decoder, and one layer that is called twice."""
    a, b = layers.Input((5, 2), name="a"), layers.Input((4, 2), name="b")
    shared = layers.Dense(2, name="shared")
    _, hidden, carry = layers.LSTM(3, return_state=True, name="encoder")(shared(a))
    x = layers.LSTM(3, name="decoder")(shared(b), initial_state=[hidden, carry])
    return keras.Model([a, b], layers.Dense(3, name="y")(x), name="states"), optimizers.Adam(0.01), [numbers(4, 5, 2), numbers(4, 4, 2)]


def only_here():
    """A class that the other Keras does not have."""
    x = given = layers.Input((6, 3), name="given")
    inner = layers.RMSNormalization(name="known_here") if IS3 else layers.LocallyConnected1D(3, 2, name="known_here")
    return keras.Model(given, layers.Dense(3, name="y")(inner(x)), name="only_here"), None, None


formats.MODELS += [custom, operators, masked, states]


def write_model(make, folder, in_all):
    """Without a graph where none is saved: making one takes the time."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    model, optimizer, inputs = make()
    model.compile(optimizer=optimizer, loss="mse", run_eagerly=True)
    model.train_on_batch(inputs, numbers(4, 3))
    formats.scramble(model)
    if in_all:
        model.run_eagerly = False
        return formats.save(model, folder)
    folder.mkdir()
    model.save(folder / "model.keras")
    model.save(folder / "model.h5")


def write(folder, in_all):
    folder, models = pathlib.Path(folder), [make.__name__ for make in formats.MODELS]
    for make in formats.MODELS:
        write_model(make, folder / make.__name__, make.__name__ in in_all)
    (folder / "only_here").mkdir()
    model, _, _ = only_here()
    model.save(folder / "only_here" / ("model.keras" if IS3 else "model.h5"))
    x = keras.Input((1500,), name="x")
    large = keras.Model(x, layers.Dense(1500, name="b")(layers.Dense(1500, name="a")(x)), name="large")
    large.save(folder / "large.keras")
    return models


def compute(kind, path, model, out):
    keras.backend.clear_session()
    try:
        loaded = keras.models.load_model(model if kind in ("weights", "checkpoint") else path)
        if kind in ("weights", "checkpoint"):
            for weight in loaded.weights:
                weight.assign(np.zeros(tuple(weight.shape), "float32"))
            loaded.load_weights(path)
        # Weights alone say nothing of an optimizer: those before them say how the model was compiled, and it starts anew.
        if kind == "checkpoint" and any(key.startswith("optimizer/") for key in tf.train.load_checkpoint(path).get_variable_to_shape_map()):
            loaded.optimizer.build(loaded.trainable_variables)
            tf.train.Checkpoint(model=loaded, optimizer=loaded.optimizer).restore(path).assert_consumed()
        random = np.random.default_rng(9)
        given = [random.integers(0, 9, (3, *i.shape[1:])).astype("int32") if "int" in str(i.dtype)
                 else random.random((3, *i.shape[1:]), dtype="float32") for i in loaded.inputs]
        told = loaded([tf.constant(value) for value in given] if len(given) > 1 else tf.constant(given[0]), training=False)
        np.savez(out, *(np.asarray(value, "float32") for value in tf.nest.flatten(told)))
        return None
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]


if __name__ == "__main__":
    COMMANDS = {"write": write, "compute": compute}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
