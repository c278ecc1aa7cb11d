"""Puts SavedModels together of TensorFlow's own messages and has TensorFlow and Keras 2 run them. SavedModelWriter
has to write the same, byte for byte. Made with TensorFlow 2.21.0 and tf_keras 2.21.0.

    python make_saved_models.py
"""
import json
import os
import pathlib
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
import tf_keras
from google.protobuf import text_format
from tensorflow.core.framework import attr_value_pb2, tensor_pb2
from tensorflow.core.protobuf import trackable_object_graph_pb2
from tf_keras.protobuf import saved_metadata_pb2

from saved_model_messages import (
    NOTHING, call, concrete, dictionary, function, kinds, model, node, references, saved_function, saver, shape,
    signature, specification, strings, user_object, values)

HERE = pathlib.Path(__file__).parent
DTYPES = {"float32": "DT_FLOAT", "int64": "DT_INT64", "string": "DT_STRING"}

KERNEL = np.array([[1, -2], [0.5, 0.25], [-1, 3]], "f")
BIAS = np.array([0.5, -0.5], "f")
# Key, name, the name that a node may have, value.
VARIABLES = [
    ("layer_with_weights-0/kernel", "hidden layer/é/kernel", "hidden_layer/_/kernel", KERNEL),
    ("layer_with_weights-0/bias", "_bias", "v_bias", BIAS),
    ("layer_with_weights-1/scale", "save/keys", "save/keys", np.float32(3)),
    ("optimizer/iter", "iter", "iter", np.int64(7)),
    ("layer_with_weights-0/bias/.OPTIMIZER_SLOT/optimizer/m", "_bias", "v_bias_1", np.array([0.125, 0.25], "f")),
    ("save_counter", "", "save_counter/.ATTRIBUTES/VARIABLE_VALUE", np.int64(1)),
]
FIRST_VARIABLE = 6
CHILDREN = [
    {"layer-0": 1, "layer-1": 2, "layer_with_weights-0": 3, "layer-2": 3, "layer_with_weights-1": 4, "layer-3": 4,
     "optimizer": 5, "save_counter": 11, "variables": 12, "trainable_variables": 13, "non_trainable_variables": 14,
     "signatures": 17, "serve": 19, "__call__": 19},
    {}, {}, {"kernel": 6, "bias": 7}, {"scale": 8, "keras_api": 15}, {"iter": 9}, {}, {}, {}, {}, {}, {},
    {"0": 6, "1": 7, "2": 8}, {"0": 6, "1": 7}, {"0": 8}, {"call_and_return_conditional_losses": 16}, {},
    {"serving_default": 18}, {}, {},
]
IDENTIFIERS = {
    0: "_tf_keras_network", 1: "_tf_keras_input_layer", 2: "_tf_keras_input_layer", 3: "_tf_keras_layer",
    4: "_tf_keras_layer", 5: "optimizer", 12: "trackable_list_wrapper", 13: "trackable_list_wrapper",
    14: "trackable_list_wrapper", 15: "_generic_user_object", 17: "signature_map",
}


# Keras' metadata


def metadata():
    common = {"trainable": True, "expects_training_arg": False, "dtype": "float32", "batch_input_shape": None,
              "must_restore_from_config": False, "preserve_input_structure_in_config": False, "autocast": True}
    inputs = {name: {"batch_input_shape": [None, width], "dtype": "float32", "sparse": False, "ragged": False,
                     "name": name} for name, width in [("my input", 3), ("in:0", 2)]}
    dense = {"name": "hidden", "trainable": True, "dtype": "float32", "units": 2, "activation": "relu",
             "use_bias": True}
    scale = {"name": "scale"}

    def layer(kind, config, inbound):
        return {"class_name": kind, "config": config, "name": config["name"], "inbound_nodes": inbound}

    def built(kind, config, width):
        shape = {"class_name": "TensorShape", "items": [None, width]}
        return {"name": config["name"], **common, "class_name": kind, "config": config, "build_input_shape": shape}

    layers = [layer("InputLayer", config, []) for config in inputs.values()]
    layers += [layer("Dense", dense, [[["my input", 0, 0, {}]]]), layer("NoSuchLayer", scale, [[["in:0", 0, 0, {}]]])]
    config = {"name": "toy", "trainable": True, "layers": layers, "input_layers": [["my input", 0, 0], ["in:0", 0, 0]],
              "output_layers": [["hidden", 0, 0], ["scale", 0, 0]]}
    network = {"name": "toy", **common, "class_name": "Functional", "config": config, "is_graph_network": True,
               "keras_version": "2.15.0", "backend": "tensorflow",
               "model_config": {"class_name": "Functional", "config": config}}
    shaped = [{"class_name": "InputLayer", **config, "config": config,
               "batch_input_shape": {"class_name": "__tuple__", "items": config["batch_input_shape"]}}
              for config in inputs.values()]
    return [json.dumps(text) for text in [network, *shaped, built("Dense", dense, 3), built("NoSuchLayer", scale, 2)]]


def metadata_file(texts):
    paths = ["root", "root.layer-0", "root.layer-1", "root.layer_with_weights-0", "root.layer_with_weights-1"]
    file = saved_metadata_pb2.SavedMetadata()
    for node, (path, text) in enumerate(zip(paths, texts)):
        saved = file.nodes.add(node_id=node, node_path=path, identifier=IDENTIFIERS[node], metadata=text)
        saved.version.producer, saved.version.min_consumer = 2, 1
    return file


def write(name, message, keys, tensors, objects, metadata=None):
    """Writes the files as they are kept, and the directory that they are of."""
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "variables").mkdir()
    tf.raw_ops.SaveV2(
        prefix=str(folder / "variables/variables"), tensor_names=[*keys, "_CHECKPOINTABLE_OBJECT_GRAPH"],
        shape_and_slices=[""] * (len(keys) + 1), tensors=[*map(tf.constant, tensors), objects.SerializeToString()])
    (folder / "saved_model.pb").write_bytes(message.SerializeToString(deterministic=True))
    if metadata:
        (folder / "keras_metadata.pb").write_bytes(metadata.SerializeToString(deterministic=True))
    for path in folder.rglob("*"):
        if path.is_file():
            shutil.copy(path, HERE / f"saved-{name}-{path.name}")
    return str(folder)


# A model with two inputs and two outputs, whose names are in another order than they are


def toy():
    message, graph = model()
    library = graph.graph_def.library
    read = {"dtype": "type: DT_FLOAT"}
    float_ = {"T": "type: DT_FLOAT"}

    nodes = function(library, "__inference_layer_2", [("y", "DT_FLOAT")], [("scale", ())],
                     [("z", "DT_FLOAT", "scale/Mul:z:0")])
    node(nodes, "read_scale", "ReadVariableOp", "scale", **read)
    node(nodes, "scale/Mul", "Mul", "y", "read_scale:value:0", **float_)

    handles = [("kernel", (3, 2)), ("bias", (2,)), ("scale", ())]
    nodes = function(library, "__inference_serve_1", [("x", "DT_FLOAT"), ("y", "DT_FLOAT")], handles,
                     [("out0", "DT_FLOAT", "hidden/Relu:activations:0"), ("out1", "DT_FLOAT", "scale/Mul:z:0")])
    for name, _ in handles:
        node(nodes, f"read_{name}", "ReadVariableOp", name, **read)
    node(nodes, "hidden/MatMul", "MatMul", "x", "read_kernel:value:0", **float_)
    node(nodes, "hidden/BiasAdd", "BiasAdd", "hidden/MatMul:product:0", "read_bias:value:0", **float_,
         data_format='s: "NHWC"')
    node(nodes, "hidden/Relu", "Relu", "hidden/BiasAdd:output:0", **float_)
    node(nodes, "scale/Mul", "Mul", "y", "read_scale:value:0", **float_)

    nodes = function(library, "__inference_signature_wrapper_0", [("input1", "DT_FLOAT"), ("input0", "DT_FLOAT")],
                     [(f"variable{i}", dims) for i, (_, dims) in enumerate(handles)],
                     [("output1", "DT_FLOAT", "call:output:1"), ("output0", "DT_FLOAT", "call:output:0")])
    types = ["DT_FLOAT"] * 2 + ["DT_RESOURCE"] * 3
    call(nodes, "call", ["input0", "input1", "variable0", "variable1", "variable2"], types, ["DT_FLOAT"] * 2,
         "__inference_serve_1")
    toy_graph(graph.graph_def.node, types)
    signature(graph, "serving_default",
              [("in:0", "serving_default_in_0:0", "DT_FLOAT", (-1, 2)),
               ("my input", "serving_default_my_input:0", "DT_FLOAT", (-1, 3))],
              [("__a", "StatefulPartitionedCall:0", "DT_FLOAT", (-1, 2)),
               ("hidden layer", "StatefulPartitionedCall:1", "DT_FLOAT", (-1, 2))])
    saver(graph, "save/restore_all", "save/control_dependency:0")
    toy_objects(graph.object_graph_def)
    texts = metadata()
    (HERE / "saved-toy-metadata.json").write_text(json.dumps(texts) + "\n")
    folder = write("toy", message, [key + "/.ATTRIBUTES/VARIABLE_VALUE" for key, _, _, _ in VARIABLES],
                   [value for _, _, _, value in VARIABLES], toy_checkpoint(), metadata_file(texts))
    run_toy(folder)


def toy_graph(nodes, types):
    names = [name for _, _, name, _ in VARIABLES]
    stored = [DTYPES[value.dtype.name] for _, _, _, value in VARIABLES]
    for (_, _, name, value), kind in zip(VARIABLES, stored):
        node(nodes, name, "VarHandleOp", dtype=f"type: {kind}", shape=shape(*value.shape), shared_name=f's: "{name}"')
    node(nodes, "serving_default_in_0", "Placeholder", dtype="type: DT_FLOAT", shape=shape(-1, 2))
    node(nodes, "serving_default_my_input", "Placeholder", dtype="type: DT_FLOAT", shape=shape(-1, 3))
    call(nodes, "StatefulPartitionedCall", ["serving_default_in_0", "serving_default_my_input", *names[:3]], types,
         ["DT_FLOAT"] * 2, "__inference_signature_wrapper_0")
    node(nodes, "saver_filename", "Placeholder", dtype="type: DT_STRING", shape=shape())
    keys = [(key + "/.ATTRIBUTES/VARIABLE_VALUE").encode() for key, _, _, _ in VARIABLES]
    # A variable has the name save/keys.
    node(nodes, "save/keys_1", "Const", dtype="type: DT_STRING", value=strings(keys))
    node(nodes, "save/slices", "Const", dtype="type: DT_STRING", value=strings([b""] * 6))
    files = ["saver_filename", "save/keys_1", "save/slices"]

    def numbered(name):
        return [name] + [f"{name}_{i}" for i in range(1, 6)]

    node(nodes, "save/RestoreV2", "RestoreV2", *files, dtypes=kinds(*stored))
    for i, assign in enumerate(numbered("save/AssignVariableOp")):
        node(nodes, assign, "AssignVariableOp", names[i], f"save/RestoreV2:{i}", dtype=f"type: {stored[i]}")
    node(nodes, "save/restore_all", "NoOp", *["^" + assign for assign in numbered("save/AssignVariableOp")])
    for i, value in enumerate(numbered("save/ReadVariableOp")):
        node(nodes, value, "ReadVariableOp", names[i], dtype=f"type: {stored[i]}")
    node(nodes, "save/SaveV2", "SaveV2", *files, *numbered("save/ReadVariableOp"), dtypes=kinds(*stored))
    node(nodes, "save/control_dependency", "Identity", "saver_filename", "^save/SaveV2", T="type: DT_STRING")


def toy_objects(objects):
    first, second = specification("my input", "DT_FLOAT", -1, 3), specification("in:0", "DT_FLOAT", -1, 2)
    a, hidden = specification("__a", "DT_FLOAT", -1, 2), specification("hidden layer", "DT_FLOAT", -1, 2)
    both = values("list", first, second)
    for number, children in enumerate(CHILDREN):
        made = objects.nodes.add()
        references(made, children)
        if number in IDENTIFIERS:
            user_object(made, IDENTIFIERS[number])
    for number, (_, _, name, value) in enumerate(VARIABLES, FIRST_VARIABLE):
        text_format.Parse(f"dtype: {DTYPES[value.dtype.name]} {shape(*value.shape)} name: '{name}'",
                          objects.nodes[number].variable)
        objects.nodes[number].variable.trainable = number in (6, 7)
    saved_function(objects.nodes[16], "__inference_layer_2", NOTHING)
    objects.nodes[18].bare_concrete_function.concrete_function_name = "__inference_signature_wrapper_0"
    objects.nodes[18].bare_concrete_function.argument_keywords.extend(["in:0", "my input"])
    saved_function(objects.nodes[19], "__inference_serve_1", values("tuple", both))

    inputs = specification("inputs", "DT_FLOAT", -1, 2)
    outputs = specification("outputs", "DT_FLOAT", -1, 2)
    concrete(objects, "__inference_layer_2", [8], values("tuple", values("tuple", inputs), dictionary()),
             values("tuple", outputs, values("list")))
    concrete(objects, "__inference_serve_1", [6, 7, 8], values("tuple", values("tuple", both), dictionary()),
             values("list", hidden, a))
    concrete(objects, "__inference_signature_wrapper_0", [6, 7, 8],
             values("tuple", values("tuple"), dictionary(in_0=second, my_input=first)),
             dictionary(**{"__a": a, "hidden layer": hidden}))


def toy_checkpoint():
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    holders = {0, 3, 4, 5, 12, 13, 14}
    for number, children in enumerate(CHILDREN):
        made = graph.nodes.add()
        references(made, children)
        variable = number - FIRST_VARIABLE
        is_variable = 0 <= variable < len(VARIABLES)
        if is_variable:
            key, name, _, _ = VARIABLES[variable]
            made.attributes.add(name="VARIABLE_VALUE", full_name=name,
                                checkpoint_key=key + "/.ATTRIBUTES/VARIABLE_VALUE")
        made.has_checkpoint_values.value = is_variable or number in holders
    graph.nodes[5].slot_variables.add(original_variable_node_id=7, slot_name="m", slot_variable_node_id=10)
    return graph


def run_toy(folder):
    x, y = np.random.default_rng(0).normal(size=(4, 3)).astype("f"), np.ones((4, 2), "f")
    expected = [np.maximum(x @ KERNEL + BIAS, 0), y * 3]
    named = {"my input": tf.constant(x), "in:0": tf.constant(y)}
    loaded = tf.saved_model.load(folder)
    outputs = loaded.signatures["serving_default"](**named)
    for found in [loaded([x, y]), loaded.serve([x, y]), [outputs["hidden layer"], outputs["__a"]],
                  tf_keras.models.load_model(folder).predict([x, y], verbose=0)]:
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one, other, rtol=1e-6)
    assert [len(loaded.variables), len(loaded.trainable_variables), loaded.save_counter.numpy()] == [3, 2, 1]


# A model without variables: a table that has to be filled before it is read


def lookup():
    message, graph = model()
    nodes = function(graph.graph_def.library, "__inference_serve_1", [("words", "DT_STRING")], [],
                     [("ids", "DT_INT64", "find:values:0")])
    table = {"Tin": "type: DT_STRING", "Tout": "type: DT_INT64"}
    numbers = tensor_pb2.TensorProto(dtype="DT_INT64", tensor_content=np.array([5, -6, 1 << 40]).tobytes())
    numbers.tensor_shape.dim.add(size=3)
    unknown = tensor_pb2.TensorProto(dtype="DT_INT64", tensor_content=np.array(-1).tobytes())
    unknown.tensor_shape.SetInParent()
    node(nodes, "table", "HashTableV2", key_dtype="type: DT_STRING", value_dtype="type: DT_INT64",
         shared_name='s: "words of lookup"')
    node(nodes, "keys", "Const", dtype="type: DT_STRING", value=strings(["a".encode(), "ä".encode(), b""]))
    node(nodes, "values", "Const", dtype="type: DT_INT64", value=f"tensor {{ {numbers} }}")
    node(nodes, "unknown", "Const", dtype="type: DT_INT64", value=f"tensor {{ {unknown} }}")
    node(nodes, "fill", "LookupTableImportV2", "table:table_handle:0", "keys:output:0", "values:output:0", **table)
    node(nodes, "find", "LookupTableFindV2", "table:table_handle:0", "words", "unknown:output:0", "^fill", **table)

    nodes = function(graph.graph_def.library, "__inference_signature_wrapper_0", [("input0", "DT_STRING")], [],
                     [("output0", "DT_INT64", "call:output:0")])
    call(nodes, "call", ["input0"], ["DT_STRING"], ["DT_INT64"], "__inference_serve_1")
    nodes = graph.graph_def.node
    node(nodes, "words_to_ids_words", "Placeholder", dtype="type: DT_STRING", shape=shape(-1))
    call(nodes, "StatefulPartitionedCall", ["words_to_ids_words"], ["DT_STRING"], ["DT_INT64"],
         "__inference_signature_wrapper_0")
    node(nodes, "saver_filename", "Placeholder", dtype="type: DT_STRING", shape=shape())
    node(nodes, "save/restore_all", "NoOp")
    saver(graph, "save/restore_all")
    signature(graph, "words to ids", [("words", "words_to_ids_words:0", "DT_STRING", (-1,))],
              [("ids", "StatefulPartitionedCall:0", "DT_INT64", (-1,))])
    run_lookup(write("lookup", message, [], [], lookup_objects(graph.object_graph_def)))


def lookup_objects(objects):
    checkpoint = trackable_object_graph_pb2.TrackableObjectGraph()
    root = {"variables": 1, "trainable_variables": 2, "non_trainable_variables": 3, "signatures": 4, "serve": 6,
            "__call__": 6}
    for children in [root, {}, {}, {}, {"words to ids": 5}, {}, {}]:
        references(objects.nodes.add(), children)
        made = checkpoint.nodes.add()
        references(made, children)
        made.has_checkpoint_values.value = False
    user_object(objects.nodes[0], "_generic_user_object")
    for number in (1, 2, 3):
        user_object(objects.nodes[number], "trackable_list_wrapper")
    user_object(objects.nodes[4], "signature_map")
    bare = objects.nodes[5].bare_concrete_function
    bare.concrete_function_name = "__inference_signature_wrapper_0"
    bare.argument_keywords.append("words")
    bare.allowed_positional_arguments = 1
    words, ids = specification("words", "DT_STRING", -1), specification("ids", "DT_INT64", -1)
    saved_function(objects.nodes[6], "__inference_serve_1", values("tuple", words))
    concrete(objects, "__inference_serve_1", [], values("tuple", values("tuple", words), dictionary()), ids)
    concrete(objects, "__inference_signature_wrapper_0", [], values("tuple", values("tuple"), dictionary(words=words)),
             dictionary(ids=ids))
    return checkpoint


def run_lookup(folder):
    words, ids = tf.constant(["a", "zz", "ä", ""]), [5, -1, -6, 1 << 40]
    loaded = tf.saved_model.load(folder)
    for found in [loaded(words), loaded.signatures["words to ids"](words)["ids"]]:
        assert found.numpy().tolist() == ids
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], folder)
        ends = graph.signature_def["words to ids"]
        found = session.run(ends.outputs["ids"].name, {ends.inputs["words"].name: ["a", "zz", "ä", ""]})
        assert found.tolist() == ids


# Every kind of attribute


def attribute_values():
    texts = {
        "kind": "type: DT_BFLOAT16", "kinds": kinds("DT_FLOAT", "DT_RESOURCE", "DT_UINT4"), "no kinds": "list { }",
        "integer": "i: -2", "zero": "i: 0", "integers": "list { i: 0 i: -1 i: 300 }", "real": "f: -0.25",
        "no real": "f: 0", "reals": "list { f: 1 f: 0 }", "flag": "b: true", "no flag": "b: false", "text": 's: "é"',
        "no text": 's: ""', "texts": 'list { s: "" s: "SAME" }', "shape": shape(-1, 0, 3), "scalar": "shape { }",
        "shapes": "list { " + shape(-1) + " shape { } }", "function": 'func { name: "f" }',
        "tensor": r'tensor { dtype: DT_BOOL tensor_shape { dim { size: 2 } } tensor_content: "\x00\x01" }',
        "empty": "tensor { dtype: DT_HALF tensor_shape { dim { size: 0 } } }",
        "words": 'tensor { dtype: DT_STRING tensor_shape { dim { size: 2 } } string_val: "" string_val: "b" }',
    }
    values = {name: text_format.Parse(text, attr_value_pb2.AttrValue()) for name, text in texts.items()}
    messages = {name: value.SerializeToString(deterministic=True).hex() for name, value in values.items()}
    (HERE / "attributes.json").write_text(json.dumps(messages, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    attribute_values()
    lookup()
    toy()
