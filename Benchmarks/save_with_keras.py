#!/usr/bin/env python3
"""Saves a model with Keras 3, tf_keras or TensorFlow: twice, with other weights.

    save_with_keras.py keras|savedmodel|checkpoint FOLDER [--shrink 4]

Makes FOLDER/0 and FOLDER/1 (.keras for keras, and FOLDER/1.h5 with the weights of FOLDER/1.keras).
"""
import argparse, os, pathlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import numpy as np  # noqa: E402

# The convolutions of VGG16, a pooling after each group; then a classifier, narrower than VGG's so that weights
# and both slots of Adam are 1 GiB.
CONVOLUTIONS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
CLASSIFIER = (2560, 2560, 1000)


def compiled_model(keras, shrink):
    layers = [keras.layers.Input((224, 224, 3), name="image")]
    for group in CONVOLUTIONS:
        layers += [keras.layers.Conv2D(width // shrink, 3, padding="same", activation="relu") for width in group]
        layers.append(keras.layers.MaxPooling2D())
    layers.append(keras.layers.Flatten())
    layers += [keras.layers.Dense(width // shrink, activation="relu") for width in CLASSIFIER]
    model = keras.Sequential(layers)
    model.compile(optimizer=keras.optimizers.Adam(), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def fill(model, seed):
    """Gives all weights and slots other numbers; scalars keep theirs."""
    random = np.random.default_rng(seed)
    for variable in [*model.weights, *model.optimizer.variables]:
        if len(variable.shape):
            variable.assign(random.random(tuple(variable.shape), dtype="float32"))


def save(model, format, path):
    if format == "savedmodel":
        model.save(path, save_format="tf")
    elif format == "checkpoint":
        import tensorflow
        tensorflow.train.Checkpoint(model=model, optimizer=model.optimizer).save(path / "ck")
    else:
        model.save(path.with_suffix(".keras"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=["keras", "savedmodel", "checkpoint"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--shrink", type=int, default=1, help="divides the width of every layer")
    options = parser.parse_args()
    if options.format == "keras":
        import keras
    else:
        import tf_keras as keras
    model = compiled_model(keras, options.shrink)
    for seed in range(2):
        fill(model, seed)
        save(model, options.format, options.folder / str(seed))
    if options.format == "keras":
        # Last: when it saves an .h5, Keras 3.15 takes the optimizer out of the configuration that a later .keras gets.
        model.save(options.folder / "1.h5")


if __name__ == "__main__":
    main()
