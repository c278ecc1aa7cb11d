#!/usr/bin/env python3
"""Builds models of keras.applications with random weights, and loads what was exported: application_worker.py keras2|keras3

Each line that it is given is a JSON list of a command and its arguments, and it answers each with a line:

    ["names"]                  the models
    ["write", NAME, FOLDER]    saves one; gives "file", "inputs", their names, and "numbers" with an image, in0, and what is given for it
    ["load", PATH, NUMBERS]    {"error", "difference": relative to the largest output}
"""
import gc, json, os, pathlib, sys

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
gc.freeze()


def names():
    return [name for name in dir(k.applications) if name[0].isupper()]


def size(name):
    """The least that each takes: a small image is computed quickly."""
    return 75 if name.startswith(("Inception", "Xception")) else 32 if name.startswith(("VGG", "ResNet", "DenseNet", "MobileNet", "ConvNeXt")) else 64


def write(name, folder):
    k.backend.clear_session()
    k.utils.set_random_seed(7)
    shape = (size(name), size(name), 3)
    model = getattr(k.applications, name)(weights=None, input_shape=shape, classes=10)
    random = np.random.default_rng(3)
    for weight in (weight for layer in model.layers if type(layer).__name__ != "Normalization" for weight in layer.weights):
        is_kernel = len(weight.shape) > 1
        if not is_kernel and "float" in str(weight.dtype):  # kernels are random already; what batch normalisation has is not
            # The deepest would overflow, and differ from themselves, if their variances were 1.
            spread = 30 if "variance" in weight.name and name.startswith(("EfficientNetV2", "ResNetRS")) else 1
            weight.assign(random.uniform(0.8, 1.2, tuple(weight.shape)).astype("float32") * np.float32(spread))
    image = random.random((1, *shape), dtype="float32") * 255
    numbers, path = pathlib.Path(folder) / f"{name}.npz", pathlib.Path(folder) / f"{name}.{'keras' if IS3 else 'h5'}"
    np.savez(numbers, in0=image, out0=compute(model, image))
    model.save(path)
    return {"file": str(path), "numbers": str(numbers), "inputs": [layer.name for layer in model.layers if type(layer).__name__ == "InputLayer"]}


def compute(model, image):
    return np.asarray(model(tf.constant(image), training=False))


def load(path, numbers):
    k.backend.clear_session()
    try:
        with np.load(numbers) as known:
            image, wanted = known["in0"], known["out0"]
        given = compute(k.models.load_model(path), image)
        return {"error": None, "difference": float(np.abs(given - wanted).max() / np.abs(wanted).max())}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:400]}


if __name__ == "__main__":
    COMMANDS = {"names": names, "write": write, "load": load}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
