"""The large models that the rows are measured with. All can be made new: the same tensors with other numbers."""
import json, pathlib, subprocess, sys

import h5py
import numpy as np

from measuring import files_of, remove, settle

KERAS = pathlib.Path(__file__).with_name("save_with_keras.py")


class EditedModel:
    """An .h5 of many tensors, written without Keras and changed in place."""

    rows = ["new", "mostly", "nothing", "checkout", "export", "memory"]
    # What checkout is asked for, the file's ending, and the Keras that does the same.
    exports = [("--as keras", ".keras", "keras3"), ("--as h5 --keras 3", ".h5", "keras3"), ("--as weights", ".weights.h5", "keras3"),
               ("--as checkpoint", ".ckpt", "keras2"), ("--as savedmodel", ".savedmodel", "keras3"), ("--as safetensors", ".safetensors", None),
               ("--as npz", ".npz", None)]
    suffix = ".h5"
    title = "A full model in Keras' HDF5, like a ResNet: 300 trained tensors of mixed sizes, two Adam slots each"

    def __init__(self, folder, shrink):
        self.path = folder / "model.h5"
        write_resnet(self.path, shrink)
        settle()

    def change(self, seed, every=1):
        """Makes every n-th tensor new, by its first number; then lets the disk rest."""
        with h5py.File(self.path, "r+") as file:
            found = []
            file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) and item.size > 1 else None)
            for dataset in found[::every]:
                dataset[(0,) * dataset.ndim] = seed + np.random.random()
        settle()

    def delete(self):
        remove(self.path)


class SavedModel:
    """What Keras or TensorFlow saved, twice with other weights."""

    title = "like VGG16 with a narrower classifier: 32 trained tensors, two Adam slots each"
    rows = ["new", "nothing", "checkout", "memory"]
    suffix = ""

    def __init__(self, folder, shrink):
        self.folder = folder / "saved"
        self.folder.mkdir()
        command = [sys.executable, KERAS, self.format, self.folder, f"--shrink={shrink}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{KERAS.name} {self.format}: {done.stderr[-2000:]}")
        self.change(0)

    def change(self, seed):
        """Turns to the other weights; then lets the disk rest."""
        self.path = self.folder / f"{seed % 2}{self.suffix}"
        settle()

    def delete(self):
        remove(self.folder)


class KerasArchive(SavedModel):
    format, suffix = "keras", ".keras"
    rows = SavedModel.rows + ["known", "export"]
    # tf_keras does not open it: there is no conversion to Keras 2 to compare with.
    exports = [("--as h5", ".h5", "keras3"), ("--as h5 --keras 2", ".h5", None), ("--as checkpoint", ".ckpt", None),
               ("--as savedmodel", ".savedmodel", "keras3")]
    title = f"A .keras of Keras 3, {SavedModel.title}"

    @property
    def as_hdf5(self):
        """The same weights as .h5: those of `change(1)` were saved so too."""
        return self.path.with_suffix(".h5")


class TensorFlowSavedModel(SavedModel):
    format = "savedmodel"
    title = f"A SavedModel of tf_keras, {SavedModel.title}"


class Checkpoint(SavedModel):
    format = "checkpoint"
    title = f"A tf.train.Checkpoint, {SavedModel.title}"


MODELS = {"h5": EditedModel, "keras": KerasArchive, "savedmodel": TensorFlowSavedModel, "checkpoint": Checkpoint}


def size(path):
    return sum(file.stat().st_size for file in files_of(path))


def write_resnet(path, shrink):
    """75 blocks of convolution and normalisation like a ResNet: 300 trained tensors, two Adam slots each, and the moving statistics."""
    random = np.random.default_rng(1)
    widths = [width // shrink for width in (128, 384, 484) for _ in range(25)]
    blocks, before = [], 3
    for i, width in enumerate(widths):
        blocks.append((f"conv_{i}", {"kernel": (3, 3, before, width), "bias": (width,)}))
        blocks.append((f"norm_{i}", {"gamma": (width,), "beta": (width,), "moving_mean": (width,), "moving_variance": (width,)}))
        before = width
    layers = [{"class_name": "InputLayer", "config": {"batch_input_shape": [None, 224, 224, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "image"}}]
    for name, weights in blocks:
        conv = {"name": name, "trainable": True, "dtype": "float32", "filters": weights.get("bias", [0])[0], "kernel_size": [3, 3], "padding": "same", "activation": "linear", "use_bias": True}
        norm = {"name": name, "trainable": True, "dtype": "float32", "axis": [3], "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}
        layers.append({"class_name": "Conv2D", "config": conv} if "kernel" in weights else {"class_name": "BatchNormalization", "config": norm})
    adam = {"class_name": "Custom>Adam", "config": {"name": "Adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}}
    with h5py.File(path, "w") as file:
        file.attrs.update(keras_version="2.15.0", backend="tensorflow")
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "resnet_like", "layers": layers}})
        file.attrs["training_config"] = json.dumps({"loss": "mean_squared_error", "metrics": None, "weighted_metrics": None, "loss_weights": None, "optimizer_config": adam})
        root = file.create_group("model_weights")
        root.attrs.update(keras_version="2.15.0", backend="tensorflow")
        root.attrs["layer_names"] = [b"image", *(name.encode() for name, _ in blocks)]
        root.create_group("image").attrs["weight_names"] = np.zeros(0)
        optimizer = file.create_group("optimizer_weights")
        optimizer["iteration:0"] = np.int64(1000)
        slots = ["iteration:0"]
        for name, weights in blocks:
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{weight}:0".encode() for weight in weights]
            for weight, shape in weights.items():
                group[f"{name}/{weight}:0"] = random.random(shape, dtype="float32")
                if not weight.startswith("moving"):
                    for slot in ("m", "v"):
                        slots.append(f"Adam/{slot}/{name}/{weight}:0")
                        optimizer[slots[-1]] = random.random(shape, dtype="float32")
        names = [name.encode() for name in slots]
        optimizer.attrs["weight_names"] = names
