#!/usr/bin/env python3
"""Trains the models of this example and writes what `tour.sh` commits: keras2/*.h5, keras3/*.h5, metrics.

    make_digits.py            # trains in both dialects (each in its own process)
    make_digits.py keras2     # only that one

A convnet learns the 8x8 handwritten digits that ship with scikit-learn, five epochs with Adam, one checkpoint
an epoch. Then its convolutions are frozen and only the head learns digits that sit one pixel further right.
Seeded: the same libraries on the same kind of CPU write the same bytes. Versions: requirements.txt.
"""
import csv, json, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20
COLUMNS = ["file", "loss", "accuracy", "val_loss", "val_accuracy", "message"]


def digits():
    """(train, validation), each (images, labels); images 8x8x1 in 0...1."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    images, labels = load_digits(return_X_y=True)
    images = (images.reshape(-1, 8, 8, 1) / 16).astype("float32")
    train_x, test_x, train_y, test_y = train_test_split(images, labels, test_size=0.25, random_state=SEED, stratify=labels)
    return (train_x, train_y), (test_x, test_y)


def shifted(data):
    """The same digits, one pixel further right: what a camera that was knocked would send."""
    import numpy as np
    images, labels = data
    moved = np.zeros_like(images)
    moved[:, :, 1:] = images[:, :, :-1]
    return moved, labels


def network(keras):
    layers = keras.layers
    return keras.Sequential([
        layers.Input((8, 8, 1), name="image"),
        layers.Conv2D(8, 3, padding="same", activation="relu", name="edges"),
        layers.MaxPooling2D(2, name="pool_edges"),
        layers.Conv2D(12, 3, padding="same", activation="relu", name="strokes"),
        layers.MaxPooling2D(2, name="pool_strokes"),
        layers.Flatten(name="flatten"),
        layers.Dense(10, activation="softmax", name="head"),
    ], name="digits")


def fit(keras, model, train, validation, rate, epochs, name, message, folder):
    """Trains; after every epoch saves NAME-<epoch>.h5 and yields its row of the metrics."""
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    for epoch in range(1, epochs + 1):
        history = model.fit(*train, batch_size=16, epochs=1, verbose=0, validation_data=validation).history
        file = f"{name}-{epoch}.h5"
        model.save(os.path.join(folder, file))
        values = {key: f"{history[key][0]:.4f}" for key in COLUMNS[1:-1]}
        yield {"file": file, **values, "message": message.format(epoch)}


def make(dialect):
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
    import tensorflow as tf
    if dialect == "keras2":
        import tf_keras as keras
    else:
        import keras
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    folder = os.path.join(HERE, dialect)
    os.makedirs(folder, exist_ok=True)

    train, validation = digits()
    model = network(keras)
    rows = list(fit(keras, model, train, validation, 0.005, 5, "epoch", "digits, epoch {}", folder))
    for layer in model.layers:
        layer.trainable = layer.name == "head"
    rows += fit(keras, model, shifted(train), shifted(validation), 0.01, 2, "finetune", "shifted digits, head only, epoch {}", folder)

    with open(os.path.join(folder, "metrics.tsv"), "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    made_with = {"tensorflow": tf.__version__, "keras": keras.__version__, "seed": SEED}
    with open(os.path.join(folder, "metrics.json"), "w") as file:
        json.dump({"made_with": made_with, "checkpoints": rows}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    if sys.argv[1:] in (["keras2"], ["keras3"]):
        make(sys.argv[1])
    else:
        for dialect in ("keras2", "keras3"):
            subprocess.run([sys.executable, __file__, dialect], check=True)
