"""Small Keras files to spoil: a legacy .h5 with any layers, and the members of a .keras archive."""
import io, json

import h5py
import numpy as np

WIDTH = 4


def dense(name="dense", **more):
    return {"class_name": "Dense", "config": {"name": name, "trainable": True, "dtype": "float32", "units": WIDTH, "activation": "linear", "use_bias": True, **more}}


def input_layer(name="x"):
    return {"class_name": "InputLayer", "config": {"batch_input_shape": [None, WIDTH], "dtype": "float32", "sparse": False, "ragged": False, "name": name}}


def functional(layers, name="tiny"):
    """A Functional config in which each layer is called on the one before it."""
    chained, before = [], None
    for layer in layers:
        own = layer["config"]["name"]
        chained.append({**layer, "name": own, "inbound_nodes": [[[before, 0, 0, {}]]] if before else []})
        before = own
    ends = {"input_layers": [[layers[0]["config"]["name"], 0, 0]], "output_layers": [[before, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": name, "layers": chained, **ends}}


def sequential(layers, name="tiny"):
    return {"class_name": "Sequential", "config": {"name": name, "layers": layers}}


def write_legacy(path, config, userblock=0):
    """A whole model as .h5, with the weights of its one layer `dense`. `config`: an object, or the attribute's bytes."""
    random = np.random.default_rng(16)
    with h5py.File(path, "w", userblock_size=userblock) as file:
        file.attrs.update(keras_version="2.15.0", backend="tensorflow")
        file.attrs["model_config"] = np.bytes_(config) if isinstance(config, bytes) else json.dumps(config)
        root = file.create_group("model_weights")
        root.attrs.update(keras_version="2.15.0", backend="tensorflow")
        names = ["dense"] if isinstance(config, bytes) else [layer["config"]["name"] for layer in config["config"]["layers"]]
        root.attrs["layer_names"] = [name.encode() for name in names]
        for name in names:
            group = root.create_group(name)
            group.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"] if name == "dense" else np.zeros(0)
        root["dense/dense/kernel:0"] = random.random((WIDTH, WIDTH), dtype="float32")
        root["dense/dense/bias:0"] = random.random(WIDTH, dtype="float32")
    return path


def in_keras3(layer, module="keras.layers"):
    return {"module": module, **layer, "registered_name": None, "build_config": {"input_shape": [None, WIDTH]}}


def keras3_config(*more, **dense_arguments):
    """config.json of Keras 3: an input, `dense`, and `more` layers."""
    first = {"class_name": "InputLayer", "config": {"batch_shape": [None, WIDTH], "dtype": "float32", "sparse": False, "name": "x"}}
    layers = [{"module": "keras.layers", **first, "registered_name": None}, in_keras3(dense(**dense_arguments)), *more]
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "tiny", "trainable": True, "dtype": "float32", "layers": layers,
            "build_input_shape": [None, WIDTH]}, "registered_name": None, "build_config": {"input_shape": [None, WIDTH]}}


def weights_h5():
    """model.weights.h5 of `keras3_config()`."""
    random, held = np.random.default_rng(3), io.BytesIO()
    with h5py.File(held, "w") as file:
        file.create_group("vars")
        own = file.create_group("layers/dense/vars")
        own.attrs["name"] = "dense"
        own["0"] = random.random((WIDTH, WIDTH), dtype="float32")
        own["1"] = random.random(WIDTH, dtype="float32")
    return held.getvalue()


def archive_members(config=None):
    """name -> bytes of a .keras archive. `config`: an object, or config.json's bytes."""
    config = keras3_config() if config is None else config
    return {"metadata.json": b'{"keras_version": "3.15.1", "date_saved": "2026-11-22@09:26:47"}',
            "config.json": config if isinstance(config, bytes) else json.dumps(config).encode(), "model.weights.h5": weights_h5()}
