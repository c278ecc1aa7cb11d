#!/usr/bin/env python3
"""Runs SavedModels in every program that takes them: savedmodel_worker.py all

Each line that it is given is a JSON list of a command and its arguments, and it answers each with a line:

    ["run", FOLDER, NUMBERS, CLIENTS, INPUTS, OUTPUTS]   CLIENT -> {"error", "difference"}; NUMBERS has in0, … and out0, …, the others
                                               the names in the signature; no outputs: as they are sorted
    ["look", FOLDER]           signatures: name -> {"inputs", "outputs"}, each name -> [type, shape]
    ["resave", FOLDER, OUT]    saves what was loaded anew

Clients: `serving` (the signature), `call` (the object), `session` (TensorFlow 1's loader), `layer` (Keras 3's TFSMLayer), `keras2`
(tf_keras.models.load_model, a model of layers again), `lite` (TensorFlow Lite, its own operations only).
"""
import json, os, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import numpy as np
import tensorflow as tf

sys.setrecursionlimit(20000)  # tf_keras goes through the layers of a SavedModel by recursion: the deepest applications need more.


def tensor(array):
    return tf.constant(array.tolist() if array.dtype.kind in "OU" else array)


def numbers(path):
    with np.load(path) as known:
        count = lambda stem: sum(name.startswith(stem) for name in known.files)
        return [known[f"in{i}"] for i in range(count("in"))], [known[f"out{i}"] for i in range(count("out"))]


def serving(folder, inputs, names):
    loaded = tf.saved_model.load(folder)
    signature = loaded.signatures["serving_default"]
    return signature(**{name: tensor(value) for name, value in zip(names, inputs)})


def by_number(given):
    """Names of outputs in their order: output_2 before output_10."""
    return sorted(given, key=lambda name: (name.rstrip("0123456789"), int("0" + name[len(name.rstrip("0123456789")):])))


def call(folder, inputs, names):
    loaded = tf.saved_model.load(folder)
    given = [tensor(value) for value in inputs]
    return tf.nest.flatten(loaded(given if len(given) > 1 else given[0]))


def session(folder, inputs, names):
    with tf.Graph().as_default(), tf.compat.v1.Session() as running:
        graph = tf.compat.v1.saved_model.load(running, ["serve"], folder)
        signature = graph.signature_def["serving_default"]
        fed = {signature.inputs[name].name: np.array(value.tolist(), object) if value.dtype.kind == "U" else value
               for name, value in zip(names, inputs)}
        return running.run({name: info.name for name, info in signature.outputs.items()}, fed)


def layer(folder, inputs, names):
    import keras
    given = [tensor(value) for value in inputs]
    loaded = keras.layers.TFSMLayer(folder, call_endpoint="serve")
    return tf.nest.flatten(loaded(given if len(given) > 1 else given[0]))


def keras2(folder, inputs, names):
    import tf_keras
    tf_keras.backend.clear_session()
    model = tf_keras.models.load_model(folder)
    assert isinstance(model, tf_keras.Model) and model.get_config(), "it is no model of layers"
    given = [tensor(value) for value in inputs]
    return tf.nest.flatten(model(given if len(given) > 1 else given[0], training=False))


def lite(folder, inputs, names):
    content = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    runner = tf.lite.Interpreter(model_content=content).get_signature_runner("serving_default")
    return runner(**dict(zip(names, inputs)))


CLIENTS = {client.__name__: client for client in (serving, call, session, layer, keras2, lite)}


def run(folder, path, clients, names, outputs=None):
    inputs, wanted = numbers(path)
    told = {}
    for client in clients:
        try:
            given = CLIENTS[client](folder, inputs, names)
            if isinstance(given, dict):
                given = [given[name] for name in outputs or by_number(given)]
            given = [dense(value) for value in given]
            assert len(given) == len(wanted), f"{len(given)} outputs for {len(wanted)}"
            told[client] = {"error": None, "difference": max([difference(*pair) for pair in zip(wanted, given)], default=0.0)}
        except Exception as error:
            told[client] = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]}
    return told


def dense(value):
    value = value.to_tensor() if isinstance(value, tf.RaggedTensor) else value
    return tf.sparse.to_dense(value).numpy() if isinstance(value, tf.SparseTensor) else np.asarray(value)


def difference(wanted, given):
    """The largest, relative to the largest that is wanted where that is over 1; of other shapes infinite."""
    if wanted.shape != given.shape:
        return float("inf")
    if wanted.dtype.kind not in "fiub" or wanted.size == 0:
        return 0.0 if wanted.astype("S").tolist() == given.astype("S").tolist() else float("inf")
    wanted, given = wanted.astype("float64"), given.astype("float64")
    if not np.array_equal(np.isnan(wanted), np.isnan(given)):
        return float("inf")
    return float(np.nanmax(np.abs(wanted - given), initial=0.0) / max(1.0, np.nanmax(np.abs(wanted), initial=0.0)))


def look(folder):
    def specs(infos):
        return {name: [tf.dtypes.as_dtype(info.dtype).name, None if info.tensor_shape.unknown_rank else [d.size for d in info.tensor_shape.dim]]
                for name, info in infos.items()}
    with tf.Graph().as_default(), tf.compat.v1.Session() as running:
        graph = tf.compat.v1.saved_model.load(running, ["serve"], folder)
        return {name: {"inputs": specs(signature.inputs), "outputs": specs(signature.outputs)}
                for name, signature in graph.signature_def.items()}


def resave(folder, out):
    loaded = tf.saved_model.load(folder)
    tf.saved_model.save(loaded, out, signatures=dict(loaded.signatures))
    return out


if __name__ == "__main__":
    COMMANDS = {"run": run, "look": look, "resave": resave}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
