"""Writes the checkpoints that BundleWriter has to write as well, byte for byte. Made with
TensorFlow 2.21.0 and tf_keras 2.21.0.

    python make_written.py
"""
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
import tf_keras

HERE = pathlib.Path(__file__).parent
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
          "float64", "complex64", "complex128", "bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4"]


def ramp(dtype, shape):
    dtype = tf.as_dtype(dtype).as_numpy_dtype
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.arange(count).astype("u1")
    # A bool, and a number of 4 bits in its byte.
    raw &= 1 if dtype == np.bool_ else 7 if np.dtype(dtype).name in ("int4", "uint4") else 255
    return raw.view(dtype).reshape(shape)


def save(folder, name, tensors):
    prefix = str(folder / name)
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=list(tensors), shape_and_slices=[""] * len(tensors),
                      tensors=[tf.constant(value) for value in tensors.values()])
    return prefix


def types(folder):
    """Keys that are not in order, of which many share their beginnings."""
    tensors = {f"layer/{dtype}/kernel": ramp(dtype, (2, 3)) for dtype in DTYPES}
    tensors["scalar"] = ramp("float32", ())
    tensors["nothing"] = ramp("float32", (0, 5))
    tensors["B"] = ramp("uint8", (300,))
    tensors["\u00e4"] = ramp("int64", (1, 7, 1))
    tensors["text"] = np.array(b"some words" * 20, dtype=object)
    tensors["no text"] = np.array(b"", dtype=object)
    save(folder, "written-types", tensors)


def objects(folder):
    """A model, its optimizer, and an object that has nothing to save."""
    model = tf_keras.Sequential([tf_keras.layers.Dense(2, input_shape=(3,)), tf_keras.layers.ReLU()])
    for weight in model.weights:
        weight.assign(tf.ones_like(weight))
    optimizer = tf_keras.optimizers.legacy.Adam()
    optimizer.apply_gradients([(tf.ones_like(v), v) for v in model.trainable_weights])
    checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer, bare=tf.Module())
    checkpoint.save(str(folder / "written-objects"))


def blocks(folder):
    """An index of several blocks: only its digest is kept. The keys are those of the test."""
    keys = [f"{number * 7919 % 10007:05}" + "abcdefgh" * (number % 23) for number in range(5000)]
    prefix = save(folder, "blocks", {key: np.int32(number) for number, key in enumerate(keys)})
    return {kind: hashlib.sha256(pathlib.Path(prefix + suffix).read_bytes()).hexdigest()
            for kind, suffix in [("index", ".index"), ("data", ".data-00000-of-00001")]}


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    types(folder)
    objects(folder)
    for path in folder.glob("written-*"):
        shutil.copy(path, HERE)
    shutil.copy(folder / "checkpoint", HERE / "written-checkpoint")
    (HERE / "written-blocks.json").write_text(json.dumps(blocks(folder), indent=1) + "\n")
