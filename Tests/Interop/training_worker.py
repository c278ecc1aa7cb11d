#!/usr/bin/env python3
"""Trains a model, saves it in the middle, and goes on with what was made of it: training_worker.py keras2|keras3

Each line that it is given is a JSON list of a command and its arguments, and it answers each with a line:

    ["write", FOLDER]                     FOLDER/<optimizer>/<container>, saved after three steps, and goes_on.npz, the weights
                                          after three more; gives optimizer -> containers
    ["resume", OPTIMIZER, KIND, PATH, FOLDER]   loads PATH, trains three steps: {"error", "start" and "difference", relative}
"""
import gc, json, os, pathlib, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import numpy as np
import safetensors.numpy
import tensorflow as tf

IS3 = sys.argv[1] == "keras3"
if IS3:
    import keras as k
else:
    import tf_keras as k
L, O, S = k.layers, k.optimizers, k.optimizers.schedules
gc.freeze()

OPTIMIZERS = {
    "Adam": lambda: O.Adam(0.01), "SGD with momentum": lambda: O.SGD(0.05, momentum=0.9), "RMSprop": lambda: O.RMSprop(0.01),
    "AdamW": lambda: O.AdamW(0.01, weight_decay=0.02), "Nadam": lambda: O.Nadam(0.01),
    "Adam, exponential decay": lambda: O.Adam(S.ExponentialDecay(0.02, 2, 0.8)),
    "SGD, cosine decay": lambda: O.SGD(S.CosineDecay(0.05, 10), momentum=0.9, nesterov=True),
}
STEPS = 3


def build(name):
    k.backend.clear_session()
    k.utils.set_random_seed(7)
    x = given = L.Input((4,), name="given")
    x = L.BatchNormalization(name="norm")(L.Dense(6, activation="relu", name="hidden")(x))
    x = L.Dense(5, activation="tanh", trainable=False, name="frozen")(x)
    model = k.Model(given, L.Dense(3, name="out")(x), name="trained")
    model.compile(OPTIMIZERS[name](), "mse", run_eagerly=True, **({"jit_compile": False} if IS3 else {}))
    return model


def train(model, first):
    random = np.random.default_rng(3)
    data = [(random.random((8, 4), dtype="float32"), random.random((8, 3), dtype="float32")) for _ in range(2 * STEPS)]
    model.run_eagerly = True
    for x, y in data[first:first + STEPS]:
        model.train_on_batch(x, y)


def weights(model):
    return {layer.name + "/" + str(index): np.asarray(weight) for layer in model.layers for index, weight in enumerate(layer.get_weights())}


def write(folder):
    told = {}
    for name in OPTIMIZERS:
        model, at = build(name), pathlib.Path(folder) / name.replace(", ", "-").replace(" ", "-")
        at.mkdir()
        train(model, 0)
        np.savez(at / "stopped.npz", **weights(model))
        model.save(at / "model.keras")  # before the .h5, which takes the optimizer's settings away in Keras 3
        model.save(at / "model.h5")
        tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(str(at / "trained"))
        if IS3:
            model.save_weights(at / "model.weights.h5")
        else:
            model.save(at / "saved", save_format="tf")
        safetensors.numpy.save_file({(w.path if IS3 else w.name.removesuffix(":0")).replace("/", "."): np.asarray(w) for w in model.weights},
                                    at / "model.safetensors")
        train(model, STEPS)
        np.savez(at / "goes_on.npz", **weights(model))
        told[name] = {"folder": at.name, "containers": ["model.keras", "model.h5", "trained-1", "model.weights.h5" if IS3 else "saved"]}
    return told


def restored(name, kind, path):
    if kind in ("h5", "keras", "savedmodel"):
        model = k.models.load_model(path)
        assert getattr(model, "optimizer", None) is not None, "no optimizer"
        return model
    model = build(name)
    model.optimizer.build(model.trainable_variables)
    if kind == "checkpoint":
        tf.train.Checkpoint(model=model, optimizer=model.optimizer).restore(path).assert_consumed()
    else:
        model.load_weights(path)
    return model


def resume(name, kind, path, folder):
    k.backend.clear_session()
    start = None
    try:
        model = restored(name, kind, path)
        start = difference(np.load(os.path.join(folder, "stopped.npz")), weights(model))
        train(model, STEPS)
        return {"error": None, "start": start, "difference": difference(np.load(os.path.join(folder, "goes_on.npz")), weights(model))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:400], "start": start}


def difference(wanted, given):
    assert set(wanted) == set(given), sorted(set(wanted) ^ set(given))
    return max(0.0 if wanted[name].tobytes() == given[name].tobytes() else
               float(np.abs(wanted[name] - given[name]).max() / np.abs(wanted[name]).max()) for name in wanted)


if __name__ == "__main__":
    COMMANDS = {"write": write, "resume": resume}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
