"""Makes the fixtures: trees of HDF5 files that Keras wrote, and what Keras itself says of them.

Made with TensorFlow 2.21.0, tf_keras 2.21.0 (files k2-*), keras 3.15.1 (k3-*), h5py:

    python make.py

Each model is trained one step; then every weight and every array of the optimizer gets random
values, so that the values tell which dataset is which live variable:

    {"tree": as h5dump.py writes it,
     "weights": {container path: {"layer": nested layer names, "name": the variable's}},
     "slots": {container path: {"slot": our name, "weight": container path}}}
"""
import json
import os
import pathlib
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras as keras3
import numpy as np
import tf_keras as keras2

import h5dump

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(7)


def mlp(k):
    layers = k.layers
    return k.Sequential([
        layers.Input((4,), name="pixels"), layers.Dense(3, activation="relu", name="hidden"),
        layers.Dropout(0.5, name="drop"), layers.Dense(2, name="probs")], name="mlp")


def convnet(k):
    layers = k.layers
    image = x = layers.Input((6, 6, 3), name="image")
    x = layers.Conv2D(2, 3, name="conv")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.DepthwiseConv2D(2, name="dw")(x)
    x = layers.SeparableConv2D(3, 2, name="sep")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="prelu")(x)
    x = layers.BatchNormalization(scale=False, trainable=False, name="frozen_bn")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    x = layers.Dense(3, trainable=False, name="frozen")(x)
    return k.Model(image, layers.Dense(2, name="head")(x), name="convnet")


def recurrent(k):
    layers = k.layers
    tokens = x = layers.Input((5,), dtype="int32", name="tokens")
    x = layers.Embedding(7, 3, name="embed")(x)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True, name="lstm"), name="bi")(x)
    x = layers.TimeDistributed(layers.Dense(3, name="inner"), name="td")(x)
    x = layers.MultiHeadAttention(2, 2, name="mha")(x, x)
    x = layers.LSTM(3, return_sequences=True, name="lstm_1")(x)
    x = layers.GRU(3, name="gru")(x)
    return k.Model(tokens, layers.Dense(2, name="y")(x), name="recurrent")


def nested(k):
    layers = k.layers
    tail = k.Sequential([
        layers.Input((3,)), layers.Dense(3, name="s1"), layers.Dense(3, name="s2")], name="tail")
    inner = layers.Input((3,), name="inner_in")
    x = layers.BatchNormalization(name="inner_bn")(layers.Dense(3, name="inner_dense")(inner))
    encoder = k.Model(inner, tail(x), name="encoder")
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    shared = layers.Dense(2, name="shared")
    parts = [shared(encoder(a)), shared(encoder(b))]
    return k.Model([a, b], layers.Add(name="add")(parts), name="nested")


MODELS = {"mlp": mlp, "convnet": convnet, "recurrent": recurrent, "nested": nested}

# An optimizer's lists of arrays, and what we call them.
SLOTS = {
    "Adam": {"_momentums": "m", "_velocities": "v", "_velocity_hats": "vhat"},
    "SGD": {"momentums": "momentum"},
    "RMSprop": {"_velocities": "velocity", "_momentums": "momentum",
                "_average_gradients": "average_gradient"},
    "Adagrad": {"_accumulators": "accumulator"},
    "Adadelta": {"_accumulated_grads": "accumulator",
                 "_accumulated_delta_vars": "delta_accumulator"},
    "Adamax": {"_m": "m", "_u": "u"},
    "Ftrl": {"_accumulators": "accumulator", "_linears": "linear"},
    "Lion": {"_momentums": "m", "momentums": "m"},
}
for name in ("AdamW", "Nadam", "Lamb"):
    SLOTS[name] = SLOTS["Adam"]

# The same for tf.keras' optimizers before 2.11.
LEGACY_SLOTS = {
    "Adam": {"m": "m", "v": "v", "vhat": "vhat"}, "Nadam": {"m": "m", "v": "v"},
    "SGD": {"momentum": "momentum"}, "Adagrad": {"accumulator": "accumulator"},
    "RMSprop": {"rms": "velocity", "momentum": "momentum", "mg": "average_gradient"},
    "Adadelta": {"accum_grad": "accumulator", "accum_var": "delta_accumulator"},
    "Adamax": {"m": "m", "v": "u"}, "Ftrl": {"accumulator": "accumulator", "linear": "linear"},
}


def train(k, model, optimizer):
    model.compile(optimizer, "mse")
    inputs = [random.random((2,) + tuple(i.shape[1:])).astype("float32") for i in model.inputs]
    outputs = random.random((2,) + tuple(model.outputs[0].shape[1:])).astype("float32")
    model.fit(inputs if len(inputs) > 1 else inputs[0], outputs, verbose=0)


def variables_of(optimizer):
    variables = optimizer.variables
    return variables() if callable(variables) else variables


def scramble(model):
    for variable in list(model.weights) + list(variables_of(model.optimizer)):
        if len(variable.shape):
            variable.assign(random.random(tuple(variable.shape)).astype("float32"))


def live_weights(k, model, path=()):
    """(nested layer names, variable) of all weights, by the live objects."""
    for layer in model.layers:
        inner = path + (layer.name,)
        if isinstance(layer, k.Model):
            yield from live_weights(k, layer, inner)
        else:
            for variable in layer.weights:
                yield "/".join(inner), variable


def live_slots(model):
    """(our name, array, weight) of all slots, by the live optimizer."""
    optimizer = model.optimizer
    kind = type(optimizer).__name__
    if "legacy" in type(optimizer).__module__:
        for slot, ours in LEGACY_SLOTS[kind].items():
            for weight in model.trainable_variables:
                if slot in optimizer.get_slot_names():
                    yield ours, optimizer.get_slot(weight, slot), weight
        return
    for attribute, ours in SLOTS[kind].items():
        arrays = getattr(optimizer, attribute, None) or []
        yield from zip([ours] * len(arrays), arrays, model.trainable_variables)


def key(array):
    array = np.asarray(array)
    return array.shape, array.tobytes()


def datasets(path):
    """Container paths by value."""
    found = {}
    with h5py.File(path, "r") as file:
        def visit(name, member):
            if isinstance(member, h5py.Dataset) and member.shape:
                assert key(member[()]) not in found, name
                found[key(member[()])] = name
        file.visititems(visit)
    return found


def write(name, tree, weights, slots):
    with open(HERE / f"{name}.json", "w") as file:
        json.dump({"tree": tree, "weights": weights, "slots": slots}, file, sort_keys=True)
        file.write("\n")


def save(name, k, model, suffix="h5", weights_only=False):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{name}.{suffix}")
        model.save_weights(path) if weights_only else model.save(path)
        found = datasets(path)
        weights = {found[key(v)]: {"layer": layer, "name": v.name.split("/")[-1].split(":")[0]}
                   for layer, v in live_weights(k, model)}
        slots = {} if weights_only and suffix == "h5" else {
            found[key(v)]: {"slot": slot, "weight": found[key(weight)]}
            for slot, v, weight in live_slots(model)}
        write(name, h5dump.dump(path, relocate=True), weights, slots)


def case(name, k, make, optimizer):
    k.backend.clear_session()
    model = make(k)
    train(k, model, optimizer)
    scramble(model)
    save(name, k, model)
    return model


def main():
    for tag, k in (("k2", keras2), ("k3", keras3)):
        o = k.optimizers
        weights = case(f"{tag}-mlp", k, mlp, o.Adam())
        save(f"{tag}-mlp-weights", k, weights, "weights.h5" if k is keras3 else "h5", True)
        case(f"{tag}-convnet", k, convnet, o.SGD(0.1, momentum=0.9, nesterov=True))
        rms = o.RMSprop(momentum=0.9, centered=True)
        case(f"{tag}-recurrent", k, recurrent, rms)
        model = case(f"{tag}-nested", k, nested, o.Adam(amsgrad=True))
        if k is keras2:
            save(f"{tag}-nested-weights", k, model, "h5", True)
        for kind in SLOTS:
            if hasattr(o, kind) and kind not in ("Adam", "SGD", "RMSprop"):
                case(f"{tag}-{kind}", k, mlp, getattr(o, kind)())
    for kind in LEGACY_SLOTS:
        optimizer = getattr(keras2.optimizers.legacy, kind)
        arguments = {"SGD": {"momentum": 0.9}, "Adam": {"amsgrad": True},
                     "RMSprop": {"momentum": 0.9, "centered": True}}.get(kind, {})
        case(f"k2-legacy-{kind}", keras2, mlp, optimizer(**arguments))


if __name__ == "__main__":
    main()
