"""Writes graphs.json: the same models built in tf_keras 2.21 and in Keras 3.15, each with the
configuration that its library writes into a .keras archive.

Run with a Python that has both. The layers have the same names, so that the connections which one
library writes are what a translation of the other's has to say.
"""

import json
import os
import pathlib

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import tf_keras


def nested(k):
    layers = k.layers
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    chain = k.Sequential([layers.Input((4,)), layers.Dense(4, name="s1")], name="chain")
    inner = k.Input((4,), name="inner")
    body = k.Model(inner, layers.Dense(4, name="fd")(inner), name="body")
    one, two = k.Input((4,), name="one"), k.Input((4,), name="two")
    pair = k.Model(
        [one, two], [layers.Add(name="sum")([one, two]), layers.Dense(3, name="pd")(one)],
        name="pair")
    shared = layers.Dense(4, name="shared")
    x, y = body(shared(a)), body(shared(b))
    p, q = pair([chain(x), y])
    return k.Model([a, b], [p, q, body(chain(y)), chain(p)], name="nested")


def structures(k):
    layers = k.layers
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    x = layers.Dense(2, name="x")(a)
    both = layers.Concatenate(name="both")([x, b])
    return k.Model({"left": a, "right": b}, {"sum": both, "x": x}, name="structures")


def states(k):
    layers = k.layers
    steps = k.Input((5, 4), name="steps")
    h, c = k.Input((3,), name="h"), k.Input((3,), name="c")
    out, h2, c2 = layers.LSTM(3, return_state=True, name="first")(steps, initial_state=[h, c])
    second = layers.Bidirectional(layers.LSTM(3), name="second")(
        steps, initial_state=[h, c, h2, c2])
    return k.Model([steps, h, c], [out, second], name="states")


def attention(k):
    layers = k.layers
    q, v = k.Input((5, 4), name="q"), k.Input((6, 4), name="v")
    x = layers.MultiHeadAttention(2, 2, name="cross")(q, v)
    return k.Model(
        [q, v], layers.MultiHeadAttention(2, 2, name="causal")(x, value=x, use_causal_mask=True),
        name="attention")


def masked(k):
    layers = k.layers
    ids = k.Input((5,), name="ids")
    x = layers.Embedding(10, 4, mask_zero=True, name="embedding")(ids)
    return k.Model(ids, layers.GRU(3, name="gru")(x), name="masked")


def operations(k):
    x, y = k.Input((4,), name="x"), k.Input((4,), name="y")
    z = (3.0 - x) * y + 2.0
    return k.Model([x, y], z[:, 1:3], name="operations")


def plain(model, library):
    return json.loads(json.dumps(library.saving.serialize_keras_object(model)))


models = {}
for make in (nested, structures, states, attention, masked, operations):
    models[make.__name__] = {
        "keras2": plain(make(tf_keras), tf_keras), "keras3": plain(make(keras), keras)}
path = pathlib.Path(__file__).with_name("graphs.json")
path.write_text(json.dumps(models, separators=(",", ":")) + "\n")
