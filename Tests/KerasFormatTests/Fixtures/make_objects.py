"""Makes the fixture objects-k2.json: what Keras 2 itself says in keras_metadata.pb of the objects
of a model, and of which variables each is the holder.

Made with TensorFlow 2.21.0, tf_keras 2.21.0, h5py:

    python make_objects.py

    {"tree": the HDF5 file of the model, as h5dump.py writes it,
     "inputShapes": {layer, with the models round it: [what it was called with first]},
     "metadata": {path from the root: {"identifier" and KEYS, "config" only of what is no model}},
     "variables": {name: [all paths from the root]},
     "weights": [names as model.weights has them], "trained": [those of model.trainable_weights]}
"""
import json
import os
import pathlib
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tf_keras as keras
from tensorflow.core.protobuf import saved_model_pb2
from tf_keras.protobuf import saved_metadata_pb2

import h5dump

HERE = pathlib.Path(__file__).parent
# What a SavedModel has of each object for its functions.
KEYS = ["class_name", "name", "trainable", "dtype", "batch_input_shape", "build_input_shape",
        "is_graph_network", "config"]
PROGRAM = {"variables", "trainable_variables", "regularization_losses", "signatures", "keras_api"}


def model():
    layers = keras.layers
    pixels = layers.Input((6, 6, 2), name="pixels")
    encoder_in = layers.Input((5, 4), name="encoder_in")
    norm = layers.BatchNormalization(name="norm", trainable=False)
    encoder = keras.Model(
        encoder_in, layers.GRU(4, return_sequences=True, name="gru")(norm(encoder_in)),
        name="encoder")
    x = layers.Conv2D(4, 2, name="conv")(pixels)
    x = layers.Reshape((25, 4), name="rows")(x)
    x = layers.AveragePooling1D(5, name="pool")(x)
    x = encoder(x)
    query = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="bi")(x)
    x = layers.MultiHeadAttention(2, 3, name="mha")(query, x)
    x = layers.TimeDistributed(layers.Dense(3), name="td")(x)
    x = layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], name="cells")(x)
    x = keras.Sequential(
        [layers.Input((3,)), layers.Dense(3, name="dense"), layers.PReLU(name="bend")],
        name="head")(x)
    x = layers.Concatenate(name="both")([x, layers.GlobalMaxPooling2D(name="peak")(pixels)])
    return keras.Model(pixels, layers.Dense(2, name="out")(x), name="net")


def input_shapes(model, prefix=""):
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        # Of a nested model the last call: before that are those that made it.
        first, *rest = layer.inbound_nodes[-1].call_args
        tensors = list(first) if isinstance(first, (list, tuple)) else [first]
        if isinstance(layer, keras.layers.MultiHeadAttention):
            tensors += rest
        found[prefix + layer.name] = [list(t.shape) for t in tensors]
        if isinstance(layer, keras.Model):
            found.update(input_shapes(layer, prefix + layer.name + "/"))
    return found


def variables(folder):
    nodes = saved_model_pb2.SavedModel.FromString(
        (folder / "saved_model.pb").read_bytes()).meta_graphs[0].object_graph_def.nodes
    found, rest = {}, [(0, ())]
    while rest:
        node, path = rest.pop(0)
        if nodes[node].WhichOneof("kind") == "variable":
            found.setdefault(nodes[node].variable.name, []).append(".".join(path))
        rest += [(c.node_id, path + (c.local_name,)) for c in nodes[node].children
                 if c.local_name not in PROGRAM]
    return found


def metadata(folder):
    nodes = saved_metadata_pb2.SavedMetadata.FromString(
        (folder / "keras_metadata.pb").read_bytes()).nodes
    found = {}
    for node in nodes:
        said = json.loads(node.metadata)
        kept = {key: said[key] for key in KEYS if key in said}
        if said.get("is_graph_network"):
            del kept["config"]
        found[node.node_path] = {"identifier": node.identifier, **kept}
    return found


def main():
    keras.utils.set_random_seed(1)
    net = model()
    folder = pathlib.Path(tempfile.mkdtemp())
    net.save(str(folder / "model.h5"))
    net.save(str(folder / "saved"), save_format="tf")
    fixture = {
        "tree": h5dump.dump(folder / "model.h5", relocate=True),
        "inputShapes": input_shapes(net),
        "metadata": metadata(folder / "saved"),
        "variables": variables(folder / "saved"),
        "weights": [v.name for v in net.weights],
        "trained": [v.name for v in net.trainable_weights],
    }
    shutil.rmtree(folder)
    text = json.dumps(fixture, separators=(",", ":"), sort_keys=True)
    (HERE / "objects-k2.json").write_text(text + "\n")


main()
