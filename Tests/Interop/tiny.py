"""Small Keras files without Keras: for tests that need many, quickly."""
import json

import h5py
import numpy as np


def write_model(path, seed, shared=0, layers=4, width=16):
    """A full Keras 2 model of `layers` Dense layers. The kernels of the first `shared` ones depend on no seed."""
    names = [f"dense_{i}" for i in range(layers)]
    config = [{"class_name": "InputLayer", "config": {"batch_input_shape": [None, width], "dtype": "float32", "sparse": False, "ragged": False, "name": "x"}}]
    config += [{"class_name": "Dense", "config": {"name": name, "trainable": True, "dtype": "float32", "units": width, "activation": "linear", "use_bias": True}} for name in names]
    with h5py.File(path, "w") as file:
        file.attrs.update(keras_version="2.15.0", backend="tensorflow")
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "tiny", "layers": config}})
        root = file.create_group("model_weights")
        root.attrs.update(keras_version="2.15.0", backend="tensorflow")
        root.attrs["layer_names"] = [name.encode() for name in names]
        for i, name in enumerate(names):
            random = np.random.default_rng([i] if i < shared else [i, 1 + seed])
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            group[f"{name}/kernel:0"] = random.random((width, width), dtype="float32")
            group[f"{name}/bias:0"] = random.random(width, dtype="float32")
    return path
