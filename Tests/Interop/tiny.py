"""Small Keras files without Keras: for tests that need many, quickly."""
import json

import h5py
import numpy as np


def write_model(path, seed, shared=0, layers=4, width=16, drift=None):
    """A full Keras 2 model of `layers` Dense layers. The kernels of the first `shared` ones depend on no seed. With `drift`, the
    others are those of the seed before, each moved by so much or a little more or less: as a training does it."""
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
            random = np.random.default_rng([i] if i < shared or drift else [i, 1 + seed])
            kernel, bias = random.random((width, width), dtype="float32"), random.random(width, dtype="float32")
            for step in range(1, seed + 1 if drift and i >= shared else 1):
                random = np.random.default_rng([i, step])
                for array in (kernel, bias):
                    array += np.float32(drift) * random.standard_normal(array.shape, dtype="float32")
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            group[f"{name}/kernel:0"] = kernel
            group[f"{name}/bias:0"] = bias
    return path
