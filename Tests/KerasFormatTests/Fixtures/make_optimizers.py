"""Makes optimizers.json: what the optimizers of Keras 2 and 3 have after some steps.

For each optimizer its configuration, the variables (name, type, shape) in their order, for Nadam
the product that Keras 3 keeps, and for Keras 2 what a checkpoint has below `optimizer`: the keys,
and for every list of variables their keys.
"""

import json
import os
import pathlib
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from tensorflow.core.protobuf import trackable_object_graph_pb2

BOTH = {
    "Adam": ("Adam", {}),
    "Adam, amsgrad, averaged": ("Adam", {"amsgrad": True, "use_ema": True}),
    "Adam, scheduled": ("Adam", {"learning_rate": "schedule"}),
    "AdamW": ("AdamW", {}),
    "Nadam": ("Nadam", {}),
    "SGD": ("SGD", {}),
    "SGD, momentum": ("SGD", {"momentum": 0.9}),
    "RMSprop": ("RMSprop", {}),
    "RMSprop, all": ("RMSprop", {"momentum": 0.5, "centered": True}),
    "Adagrad": ("Adagrad", {}),
    "Adadelta": ("Adadelta", {}),
    "Adamax": ("Adamax", {}),
    "Ftrl": ("Ftrl", {}),
    "Lion": ("Lion", {}),
    "Adafactor": ("Adafactor", {}),
    "Adam, scaled": ("Adam", {"scaled": True}),
}
KERAS3 = {
    "Adam, accumulating": ("Adam", {"gradient_accumulation_steps": 2, "use_ema": True}),
    "Lamb": ("Lamb", {}),
    "Muon": ("Muon", {}),
    "ScheduleFreeAdamW": ("ScheduleFreeAdamW", {}),
}


def optimizer(library, name, settings):
    settings = {"learning_rate": 0.01, **settings}
    if settings["learning_rate"] == "schedule":
        settings["learning_rate"] = library.optimizers.schedules.ExponentialDecay(0.02, 2, 0.9)
    scaled = settings.pop("scaled", False)
    made = getattr(library.optimizers, name)(**settings)
    if scaled:
        return library.mixed_precision.LossScaleOptimizer(made, initial_scale=1024.0)
    return made


def trained(library, name, settings):
    layers = library.layers
    model = library.Sequential(
        [
            layers.Conv1D(3, 2, activation="tanh", name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(2, name="out"),
        ],
        name="net",
    )
    model.build((None, 4, 2))
    made = optimizer(library, name, settings)
    model.compile(optimizer=made, loss="mse")
    for _ in range(3):
        model.train_on_batch(np.ones((2, 4, 2), "float32"), np.zeros((2, 2), "float32"))
    return made


def checkpoint(made):
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(optimizer=made).write(folder + "/c")
        reader = tf.train.load_checkpoint(path)
        graph = trackable_object_graph_pb2.TrackableObjectGraph()
        graph.ParseFromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    nodes = graph.nodes
    top = nodes[next(c.node_id for c in nodes[0].children if c.local_name == "optimizer")]
    lists = {}
    for child in top.children:
        elements = sorted(nodes[child.node_id].children, key=lambda c: c.local_name)
        keys = {c.local_name: nodes[c.node_id].attributes[0].checkpoint_key for c in elements}
        lists[child.local_name] = keys or [a.checkpoint_key for a in nodes[child.node_id].attributes]
    types = reader.get_variable_to_dtype_map()
    return {
        "lists": {name: keys for name, keys in lists.items() if keys},
        "types": {k: t.name for k, t in types.items() if k.startswith("optimizer/")},
        "names": {a.checkpoint_key: a.full_name for n in nodes for a in n.attributes
                  if a.checkpoint_key.startswith("optimizer/")},
    }


def described(library, name, settings):
    made = trained(library, name, settings)
    variables = []
    for variable in made.variables:
        dtype = tf.as_dtype(variable.dtype).name
        name = variable.path if library is keras else variable.name
        variables.append([name, dtype, list(variable.shape)])
    described = {
        "optimizer": library.optimizers.serialize(made),
        "variables": variables,
    }
    if library is keras and "nadam" in made.name:
        described["u_product"] = float(made.variables[-1].numpy())
    if library is tf_keras:
        described["checkpoint"] = checkpoint(made)
    return described


result = {
    "keras2": {name: described(tf_keras, *spec) for name, spec in BOTH.items()},
    "keras3": {name: described(keras, *spec) for name, spec in {**BOTH, **KERAS3}.items()},
}
target = pathlib.Path(__file__).parent / "optimizers.json"
target.write_text(json.dumps(result, separators=(",", ":"), sort_keys=True) + "\n")
