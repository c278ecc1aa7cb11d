"""Makes the fixtures container-*.json: one model in each container that one Keras has.

Made with TensorFlow 2.21.0, tf_keras 2.21.0 (container-k2-*), keras 3.15.1 (container-k3-*), h5py:

    python make_containers.py

Tests/Interop/container_worker.py writes the models, with random values in all variables:

    {"h5": tree of the .h5 as h5dump.py writes it,
     "config", "metadata": texts of the .keras, "weights": tree of the model.weights.h5 in it,
     "index": text of the .weights.json, "shards": {file name: tree},
     "same": {container path in .weights.h5: container path in .h5}, by the values}
"""
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np

import h5dump

HERE = pathlib.Path(__file__).parent
WORKER = HERE.parents[1] / "Interop" / "container_worker.py"
MODELS = {
    "keras2": ["model_nested", "model_recurrent", "model_td_functional", "optimizer_adam_ams",
               "optimizer_adafactor", "optimizer_loss_scale", "optimizer_schedule"],
    "keras3": ["model_nested", "model_recurrent", "layer_bi_two", "layer_rnn_stacked",
               "layer_depthwise2d", "layer_spectral", "layer_gqa", "layer_bn_renorm", "model_int4", "model_float8", "model_bf16",
               "optimizer_adam_all", "optimizer_rmsprop_all", "optimizer_nadam", "optimizer_muon",
               "optimizer_loss_scale"],
}


def values(file):
    """Container path to what is there; scalars may be equal by chance and are left out."""
    found = {}
    with h5py.File(file, "r") as opened:
        def visit(name, member):
            if isinstance(member, h5py.Dataset) and member.shape:
                found[name] = member.shape, hashlib.sha256(np.asarray(member[()]).tobytes()).digest()
        opened.visititems(visit)
    return found


def same(weights, legacy):
    by_value = {value: path for path, value in values(legacy).items()}
    return {path: by_value[value] for path, value in values(weights).items() if value in by_value}


def shards(index):
    names = {name for group in json.loads(index.read_text())["weight_map"].values() for name in group}
    return {"index": index.read_text(),
            "shards": {name: h5dump.dump(index.parent / name, relocate=True) for name in sorted(names)}}


def fixture(folder, name):
    legacy = folder / f"{name}.h5"
    with zipfile.ZipFile(folder / f"{name}.keras") as archive:
        weights = archive.read("model.weights.h5")
        made = {"config": archive.read("config.json").decode(),
                "metadata": archive.read("metadata.json").decode()}
    made |= {"h5": h5dump.dump(legacy, relocate=True),
             "weights": h5dump.dump(io.BytesIO(weights), relocate=True),
             "same": same(io.BytesIO(weights), legacy)}
    index = folder / f"{name}_sharded.weights.json"
    return made | (shards(index) if index.exists() else {})


def main():
    for dialect, names in MODELS.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, WORKER, dialect, folder, *names], check=True)
            for name in names:
                path = HERE / f"container-{dialect[0]}{dialect[-1]}-{name}.json"
                with open(path, "w") as file:
                    json.dump(fixture(pathlib.Path(folder), name), file, sort_keys=True)
                    file.write("\n")


if __name__ == "__main__":
    main()
