"""Prints object-pairs.json: layers with the same settings as tf_keras 2.21.0 and Keras 3.15.1
serialise them, a pair a layer.

    python make_object_pairs.py > object-pairs.json
"""
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tf_keras

CASES = [
    ("Dense", {"units": 3, "activation": "gelu", "kernel_regularizer": "l2"}),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same"}),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2}),
    ("SeparableConv2D", {"filters": 2, "kernel_size": 3}),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 3}),
    ("BatchNormalization", {"momentum": 0.9}),
    ("LayerNormalization", {"epsilon": 1e-5}),
    ("LSTM", {"units": 2, "return_sequences": True, "dropout": 0.5}),
    ("GRU", {"units": 2, "reset_after": False}),
    ("SimpleRNN", {"units": 2}),
    ("Embedding", {"input_dim": 4, "output_dim": 2, "mask_zero": True}),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
    ("ReLU", {"max_value": 6.0}),
    ("SpatialDropout2D", {"rate": 0.5}),
    ("Resizing", {"height": 4, "width": 5}),
]


def main():
    pairs = []
    for name, settings in CASES:
        pair = {}
        for lib, key in ((tf_keras, "keras2"), (keras, "keras3")):
            layer = getattr(lib.layers, name)(name="x", **settings)
            pair[key] = lib.saving.serialize_keras_object(layer)
        pairs.append(pair)
    print(json.dumps(pairs, separators=(",", ":"), sort_keys=True))


main()
