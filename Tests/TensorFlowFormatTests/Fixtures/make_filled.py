"""Writes two checkpoints of the same objects with other numbers in them.

    python make_filled.py

They are filled-1 and filled-2, each an index only: 40 variables, of which 7 are the same in both,
in one piece each, and a graph of objects.
"""

import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf

FOLDER = pathlib.Path(__file__).parent


class Layer(tf.Module):
    def __init__(self, number, values):
        super().__init__()
        self.kernel = tf.Variable(values.normal(size=(number % 5, 3)).astype("float32"))
        self.steps = tf.Variable(np.int64(values.integers(0, 1 << 40)))


class Model(tf.Module):
    def __init__(self, seed):
        super().__init__()
        values = np.random.default_rng(seed)
        self.layers = [Layer(number, values) for number in range(20)]


for seed in (1, 2):
    model = Model(seed)
    for layer in model.layers[:3]:
        layer.steps.assign(7)
    path = tf.train.Checkpoint(model).write(str(FOLDER / f"filled-{seed}"))
    os.remove(path + ".data-00000-of-00001")
