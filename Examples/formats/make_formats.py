#!/usr/bin/env python3
"""Trains the model of this example and saves it in every way, in saved/: see README.md. Versions: requirements.txt.

A net of 33 numbers learns which points of a square lie in a circle. Seeded: the same libraries on the same kind
of processor learn the same numbers. What is written round them has times and random names in it.
"""
import os, pathlib, shutil

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
import keras
import numpy as np
import safetensors.numpy
import tensorflow as tf

FOLDER = pathlib.Path(__file__).resolve().parent / "saved"
SEED = 20


def points(count):
    places = np.random.default_rng(SEED).uniform(-1, 1, (count, 2)).astype("float32")
    return places, (np.square(places).sum(axis=1) < 0.5).astype("float32")


def trained():
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    model = keras.Sequential([
        keras.layers.Input((2,), name="place"),
        keras.layers.Dense(8, activation="relu", name="hidden"),
        keras.layers.Dense(1, activation="sigmoid", name="inside"),
    ], name="circle")
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
    model.fit(*points(512), epochs=10, verbose=0)
    return model


def save(model):
    model.save(FOLDER / "circle.keras")
    model.save_weights(FOLDER / "circle.weights.h5")
    model.export(FOLDER / "serving", verbose=False)
    # Empty, and git keeps no empty folder.
    (FOLDER / "serving" / "assets").rmdir()
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    tf.train.CheckpointManager(checkpoint, FOLDER / "training", max_to_keep=2, checkpoint_name="ck").save()
    weights = {f"{layer.name}.{weight.name}": weight.numpy() for layer in model.layers for weight in layer.weights}
    safetensors.numpy.save_file(weights, FOLDER / "circle.safetensors")
    np.savez(FOLDER / "circle.npz", *model.get_weights())
    # Last: once Keras has written HDF5, it leaves the optimizer's settings out of .keras.
    model.save(FOLDER / "circle.h5")


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    save(trained())
