"""Makes the fixtures tracked-*.json: TensorFlow checkpoints and SavedModels of models that Keras
saved as HDF5, too, so that the bytes of each variable tell which is which in the other file.

Made with TensorFlow 2.21.0, tf_keras 2.21.0 (files tracked-k2-*), keras 3.15.1 (tracked-k3-*), h5py:

    python make_tracked.py

    {"h5": {"tree": as h5dump.py writes it, "values": {dataset: value}},
     "weights.h5": the same for save_weights, or null,
     "containers": {name: {"entries": [{"key", "dtype", "shape", "value"}],
                           "graph": [{"children": [[name, node]], "slots": [[original, name, node]],
                                      "attributes": [[name, full name, key]]}] or null,
                           "metadata": [[node, path, identifier, text]]}}}

Nodes are numbered anew in the graphs, but not in the metadata. A value is the beginning of the SHA-256 of the variable's bytes.
"""
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras as keras3
import numpy as np
import tensorflow as tf
import tf_keras as keras2
from tensorflow.core.protobuf import saved_model_pb2, trackable_object_graph_pb2
from tf_keras.protobuf import saved_metadata_pb2

import h5dump
import make

HERE = pathlib.Path(__file__).parent
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def value(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]


def graph(text):
    """The objects, without those that hold nothing; layers are counted, so they stay."""
    nodes = trackable_object_graph_pb2.TrackableObjectGraph.FromString(text).nodes
    layers = {c.node_id for n in nodes for c in n.children if c.local_name.startswith("layer")}
    kept = [i for i, n in enumerate(nodes)
            if n.children or n.attributes or n.slot_variables or i in layers or i == 0]
    place = {node: i for i, node in enumerate(kept)}
    result = []
    for node in (nodes[i] for i in kept):
        lists = {
            "children": [[c.local_name, place[c.node_id]] for c in node.children
                         if c.node_id in place],
            "attributes": [[a.name, a.full_name, a.checkpoint_key] for a in node.attributes],
            "slots": [[place[s.original_variable_node_id], s.slot_name,
                       place[s.slot_variable_node_id]] for s in node.slot_variables]}
        result.append({k: v for k, v in lists.items() if v})
    return result


def bundle(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    types, shapes = reader.get_variable_to_dtype_map(), reader.get_variable_to_shape_map()
    entries = [
        {"key": key, "dtype": types[key].name, "shape": shapes[key],
         "value": value(reader.get_tensor(key))}
        for key in sorted(types, key=str.encode) if types[key] != tf.string]
    objects = graph(reader.get_tensor(OBJECT_GRAPH)) if OBJECT_GRAPH in types else None
    return {"entries": entries, "graph": objects, "metadata": []}


def saved_model(folder):
    result = bundle(folder / "variables/variables")
    texts = folder / "keras_metadata.pb"
    if texts.exists():
        nodes = saved_metadata_pb2.SavedMetadata.FromString(texts.read_bytes()).nodes
        result["metadata"] = [[n.node_id, n.node_path, n.identifier, n.metadata] for n in nodes]
    return result


def hdf5(path):
    values = {}

    def visit(name, member):
        if isinstance(member, h5py.Dataset) and member.dtype.kind not in "SO":
            values[name] = value(member[()])

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return {"tree": h5dump.dump(path, relocate=True), "values": values}


def distinguish(variables):
    """Makes all values differ, so that a value tells which variable it is of."""
    for variable in variables:
        if np.dtype(np.float32) == variable.dtype or variable.dtype in ("float32", tf.float32):
            variable.assign(make.random.random(tuple(variable.shape)).astype("float32"))


def saved(k, model, containers):
    """All that can be made of a Keras model in this version."""
    folder = pathlib.Path(tempfile.mkdtemp())
    h5 = folder / "model.h5"
    model.save(str(h5))
    result = {"h5": hdf5(h5), "weights.h5": None, "containers": {}}
    if k is keras2:
        model.save_weights(str(folder / "weights.h5"))
        result["weights.h5"] = hdf5(folder / "weights.h5")
    for name in containers:
        path = folder / name
        if name == "checkpoint":
            members = {"net": model}
            if getattr(model, "optimizer", None) is not None:
                members["opt"] = model.optimizer
            result["containers"][name] = bundle(tf.train.Checkpoint(**members).save(str(path)))
        elif name == "weights":
            model.save_weights(str(path), save_format="tf")
            result["containers"][name] = bundle(path)
        elif name == "savedmodel":
            model.save(str(path), save_format="tf")
            result["containers"][name] = saved_model(path)
        elif name == "export":
            model.export(str(path), **({"verbose": False} if k is keras3 else {}))
            result["containers"][name] = saved_model(path)
    shutil.rmtree(folder)
    return result


def twins(k):
    """Two nested models whose layers have the same names."""
    layers = k.layers

    def tower(name):
        x = layers.Input((3,), name=name + "_in")
        return k.Model(x, layers.Dense(3, name="dense")(x), name=name)

    a = layers.Input((3,), name="a")
    x = tower("right")(tower("left")(a))
    return k.Model(a, layers.Dense(2, name="head")(x), name="twins")


def write(name, fixture):
    text = json.dumps(fixture, separators=(",", ":"), sort_keys=True)
    (HERE / f"tracked-{name}.json").write_text(text + "\n")
    print(name, len(text))


def state(model):
    return list(model.weights) + list(make.variables_of(model.optimizer))


def keras_models(k, tag, containers):
    k.utils.set_random_seed(1)
    plans = [("mlp", make.mlp, k.optimizers.Adam()), ("nested", make.nested, None),
             ("recurrent", make.recurrent, k.optimizers.RMSprop(momentum=0.9)),
             ("convnet", make.convnet, k.optimizers.SGD(momentum=0.9)), ("twins", twins, None)]
    if k is keras2:
        plans.append(("legacy", make.mlp, k.optimizers.legacy.RMSprop(momentum=0.5)))
    for name, build, optimizer in plans:
        model = build(k)
        if optimizer is None:
            distinguish(model.weights)
        else:
            make.train(k, model, optimizer)
            make.scramble(model)
        # A SavedModel has five times as many objects, which tell nothing new of a large model.
        some = [c for c in containers if c != "savedmodel" or name in ("mlp", "nested", "legacy")]
        write(f"{tag}-{name}", saved(k, model, some))


class Subclassed(keras2.Model):
    """A model whose class alone says what is in it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first = keras2.layers.Dense(3, name="first")
        self.scale = self.add_weight(name="scale", shape=(3,))
        self.seen = keras2.metrics.Mean(name="seen")

    def call(self, inputs):
        return self.first(inputs) * self.scale


class Lazy(keras3.Model):
    """Builds its layers where TensorFlow does not learn their names."""

    def __init__(self):
        super().__init__()
        self.a = keras3.layers.Dense(3, name="first")
        self.b = keras3.layers.Dense(2, name="second")

    def call(self, inputs):
        return self.b(self.a(inputs))


class Module(tf.Module):
    """No Keras at all."""

    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.ones((2, 2)), name="w")
        self.unnamed = tf.Variable([1.0])
        self.pair = [tf.Variable([1.0], name="part"), tf.Variable([2.0], name="part")]
        self.step = tf.Variable(0, dtype=tf.int64)
        self.generator = tf.random.Generator.from_seed(3)


def tensorflow1(prefix):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        step = v1.train.get_or_create_global_step()
        kernel = v1.get_variable("dense/kernel", (3, 2))
        bias = v1.get_variable("dense/bias", (2,))
        operations = [tf.train.ExponentialMovingAverage(0.9).apply([kernel])]
        loss = tf.reduce_sum(kernel)
        for optimizer in (
                v1.train.AdamOptimizer(), v1.train.MomentumOptimizer(0.1, 0.9),
                v1.train.RMSPropOptimizer(0.1, centered=True), v1.train.AdagradOptimizer(0.1),
                v1.train.FtrlOptimizer(0.1), v1.train.AdadeltaOptimizer(0.1)):
            operations.append(optimizer.minimize(loss, global_step=step))
        with v1.variable_scope("train"):
            loss = tf.reduce_sum(bias)
            operations.append(v1.train.RMSPropOptimizer(0.1).minimize(loss))
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            return bundle(v1.train.Saver().save(session, str(prefix)))


def others():
    """Containers without an HDF5 file beside them."""
    folder = pathlib.Path(tempfile.mkdtemp())
    inputs = np.ones((2, 3), "float32")
    subclassed = Subclassed()
    subclassed.compile("adam", "mse")
    subclassed.fit(inputs, inputs, verbose=0)
    subclassed.save(str(folder / "subclassed"), save_format="tf")
    lazy = Lazy()
    lazy.compile("adam", "mse")
    lazy.fit(inputs, np.ones((2, 2)), verbose=0)
    code = keras2.Sequential([keras2.layers.Input((3,)),
                              keras2.layers.Lambda(lambda x: 2 * x, name="twice")])
    code.save(str(folder / "lambda"), save_format="tf")
    layer = keras2.layers.Dense(2, name="only")
    layer(inputs)
    tf.saved_model.save(layer, str(folder / "layer"))
    generator, critic = keras2.layers.Dense(3, name="g"), keras2.layers.Dense(1, name="d")
    optimizers = keras2.optimizers.Adam(), keras2.optimizers.legacy.Adam()
    for layer, optimizer in zip((generator, critic), optimizers):
        layer(inputs)
        weights = layer.trainable_variables
        optimizer.apply_gradients([(tf.zeros_like(v), v) for v in weights])
    gan = tf.train.Checkpoint(generator=generator, critic=critic, generator_optimizer=optimizers[0],
                              critic_optimizer=optimizers[1])
    write("others", {"containers": {
        "subclassed": saved_model(folder / "subclassed"),
        "lazy": bundle(tf.train.Checkpoint(model=lazy).save(str(folder / "lazy"))),
        "lambda": saved_model(folder / "lambda"), "layer": saved_model(folder / "layer"),
        "module": bundle(tf.train.Checkpoint(Module()).save(str(folder / "module"))),
        "gan": bundle(gan.save(str(folder / "gan"))), "tf1": tensorflow1(folder / "tf1")}})
    shutil.rmtree(folder)


if __name__ == "__main__":
    keras_models(keras2, "k2", ["checkpoint", "savedmodel", "export"])
    keras_models(keras3, "k3", ["checkpoint", "export"])
    others()
