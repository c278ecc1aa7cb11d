"""Items 36 to 41: SavedModels whose graphs reach for files or run Python, and protocol buffers that never end."""
import json, os

import numpy as np

from . import bundling
from .case import FORMAT, LIMIT, MARKER, UNSAFE_PATH, Case, attack, each
from .hdf5_files import LAMBDA
from .keras_files import dense, input_layer, sequential
from .protobuf import entry, field, nested, tag, varint

FLOAT, STRING, VARIANT = 1, 7, 21


def node(name, op, *inputs, **attributes):
    """NodeDef. Attributes are AttrValues."""
    parts = [field(1, name), field(2, op)] + [field(3, source) for source in inputs]
    return b"".join(parts + [entry(5, key, value) for key, value in sorted(attributes.items())])


def kind(dtype):
    return field(6, dtype)


def kinds(*dtypes):
    return field(1, field(6, bytes(dtypes)) if dtypes else b"")


def text(name, value):
    """A Const that is one string."""
    value = value.encode() if isinstance(value, str) else value
    return node(name, "Const", dtype=kind(STRING), value=field(8, field(1, STRING) + field(2, b"") + field(8, value)))


def graph(nodes, functions=()):
    """GraphDef."""
    library = field(2, b"".join(field(1, function) for function in functions)) if functions else b""
    return b"".join(field(1, each_node) for each_node in nodes) + library + field(4, field(1, 1882))


def function(name, nodes, result):
    """FunctionDef with one string result: `node:output:0`."""
    signature = field(1, name) + field(3, field(1, "result") + field(3, STRING)) + field(17, 1)
    return field(1, signature) + b"".join(field(3, each_node) for each_node in nodes) + field(4, field(1, "result") + field(2, result))


def call(name, function_name):
    return node(name, "StatefulPartitionedCall", Tin=kinds(), Tout=kinds(STRING), f=field(10, field(1, function_name)))


INFO = field(4, "serve") + field(5, "2.15.0") + field(6, "v2.15.0")


def meta_graph(graph_def, objects=b""):
    return field(1, INFO) + field(2, graph_def) + (field(7, objects) if objects else b"")


def saved_model(graph_def, objects=b""):
    return field(1, 1) + field(2, meta_graph(graph_def, objects))


def write(folder, *pieces, objects=b""):
    """A SavedModel with one variable. `pieces` are saved_model.pb."""
    path = folder / "model"
    (path / "variables").mkdir(parents=True)
    with open(path / "saved_model.pb", "wb") as file:
        for piece in pieces:
            file.write(piece)
    bundle = bundling.Bundle()
    bundle.add("dense/kernel", np.arange(4, dtype="f4"))
    if objects:
        bundle.add_text("_CHECKPOINTABLE_OBJECT_GRAPH", objects)
    bundle.write(path / "variables" / "variables")
    return path


def read_file(name):
    return [text(f"{name}_place", "/etc/hostname"), node(name, "ReadFile", f"{name}_place")]


def write_file(name):
    return [text(f"{name}_place", "/tmp/never"), text(f"{name}_what", "inert"), node(name, "WriteFile", f"{name}_place", f"{name}_what")]


def flagged(folder, graph_def, *where, finding="unsafe-op"):
    return Case(write(folder, saved_model(graph_def)), flagged=frozenset({finding}), where=where)


@attack(36, "control")
def sound(folder):
    return Case(write(folder, saved_model(graph([text("words", "Nothing is read from /etc/hostname here."), node("copy", "Identity", "words", T=kind(STRING))]))))


@each(36, {"read-file": read_file, "write-file": write_file})
def an_operation_on_files(folder, nodes):
    return flagged(folder, graph(nodes("evil")), "evil")


def python_call(name, op, **more):
    return [node(name, op, Tin=kinds(), Tout=kinds(STRING), token=field(2, "pyfunc_0"), **more)]


def matching_files(name):
    return [text(f"{name}_pattern", "/etc/*"), node(name, "MatchingFiles", f"{name}_pattern")]


@each(37, {"py-func": lambda name: python_call(name, "PyFunc"), "py-func-stateless": lambda name: python_call(name, "PyFuncStateless"),
           "eager-py-func": lambda name: python_call(name, "EagerPyFunc", is_async=field(5, 0)), "matching-files": matching_files})
def an_operation_that_reaches_out(folder, nodes):
    return flagged(folder, graph(nodes("evil")), "evil")


def reading_function(name):
    return function(name, [text("evil_place", "/etc/hostname"), node("evil", "ReadFile", "evil_place:output:0")], "evil:contents:0")


def writing_function(name):
    nodes = [text("evil_place", "/tmp/never"), text("evil_what", "inert"), node("evil", "WriteFile", "evil_place:output:0", "evil_what:output:0")]
    return function(name, nodes, "evil_what:output:0")


@each(37, {"read-in-function": reading_function, "write-in-function": writing_function})
def in_the_function_library(folder, made):
    name = "__inference_load_7"
    return flagged(folder, graph([call("run", name)], [made(name)]), "evil", name)


def from_graph(name, graph_def):
    """Nodes that make a dataset of a serialised graph."""
    return [text(f"{name}_graph", graph_def), node(name, "DatasetFromGraph", f"{name}_graph")]


NESTED = graph(read_file("evil"))


@each(37, {"nested-graph": from_graph("dataset", NESTED), "twice-nested-graph": from_graph("dataset", graph(from_graph("inner", NESTED))),
           "nested-graph-function": from_graph("dataset", graph([call("run", "load")], [reading_function("load")]))})
def in_a_serialised_graph(folder, nodes):
    return flagged(folder, graph(nodes), "evil")


@attack(37, "nested-graph-in-function")
def in_a_serialised_graph_in_a_function(folder):
    nodes = [text("held", NESTED), node("dataset", "DatasetFromGraph", "held:output:0")]
    return flagged(folder, graph([call("run", "load")], [function("load", nodes, "held:output:0")]), "evil", "load")


@each(38, {"graph": [], "function": ["load"]})
def an_unknown_operation(folder, functions):
    evil = node("evil", "SomebodysCustomOperation", T=kind(FLOAT))
    body = [function(name, [text("words", "x"), evil], "words:output:0") for name in functions]
    return flagged(folder, graph([call("run", "load")] if body else [evil], body), "SomebodysCustomOperation", finding="unknown-op")


# An attribute that is a function with attributes of which one is a function, and so on.
DEEP_FUNCTIONS = nested(100_000, tag(10, 2), tag(2, 2), field(1, "f") + tag(2, 2))
DEEP_GROUPS = tag(99, 3) * 100_000 + tag(99, 4) * 100_000
EMPTY_GRAPH = saved_model(graph([]))


@each(39, {"groups": EMPTY_GRAPH + DEEP_GROUPS, "groups-in-node": saved_model(field(1, node("deep", "NoOp") + DEEP_GROUPS)),
           "messages": saved_model(graph([node("deep", "NoOp", f=DEEP_FUNCTIONS)])), "length-past-end": EMPTY_GRAPH + tag(2, 2) + varint(2**40) + b"x",
           "length-past-message": saved_model(field(1, tag(1, 2) + varint(100) + b"x")), "length-2-64": EMPTY_GRAPH + tag(2, 2) + b"\xff" * 9 + b"\1",
           "varint-of-11-bytes": EMPTY_GRAPH + tag(1, 0) + b"\xff" * 10 + b"\1", "varint-cut": EMPTY_GRAPH + tag(1, 0) + b"\xff",
           "six-bytes": bytes.fromhex("0a000a010a00")})
def a_broken_protocol_buffer(folder, data):
    return Case(write(folder, data), refused=FORMAT | LIMIT)


@attack(40, "unknown-field-of-1-gb")
def a_big_field_and_nothing_else(folder):
    path = write(folder, field(1, 1) + tag(1000, 2) + varint(10**9))
    os.truncate(path / "saved_model.pb", (path / "saved_model.pb").stat().st_size + 10**9)
    return Case(path, refused=LIMIT | FORMAT)


@each(40, {"1e8-empty-meta-graphs": None, "1e8-empty-nodes": 1})
def very_many_empty_messages(folder, place, count=10**8):
    piece = bytes.fromhex("1200" if place is None else "0a00") * 10**6
    length = 2 * count
    # Around the nodes: a graph, and a meta graph with what one must have.
    start = field(1, 1)
    if place is not None:
        inside = tag(2, 2) + varint(length)
        start += tag(2, 2) + varint(len(field(1, INFO)) + len(inside) + length) + field(1, INFO) + inside
    return Case(write(folder, start, *[piece] * (count // 10**6)), refused=LIMIT | FORMAT)


@each(40, {"wire-type-6": EMPTY_GRAPH + tag(50, 6) + b"\0", "wire-type-7": EMPTY_GRAPH + tag(50, 7) + b"\0", "field-0": EMPTY_GRAPH + tag(0, 0) + b"\0",
           "group-end-first": EMPTY_GRAPH + tag(50, 4), "group-without-end": EMPTY_GRAPH + tag(50, 3),
           "group-end-of-other": EMPTY_GRAPH + tag(50, 3) + tag(51, 4)})
def a_bad_tag(folder, data):
    return Case(write(folder, data), refused=LIMIT | FORMAT)


def keras_objects():
    """(SavedObjectGraph, TrackableObjectGraph) of a Sequential with one layer."""
    versions = field(1, 2) + field(2, 1)
    children = field(1, field(1, 1) + field(2, "layer-0"))
    saved = [children + field(4, field(1, "_tf_keras_sequential") + field(2, versions)), field(4, field(1, "_tf_keras_layer") + field(2, versions))]
    return b"".join(field(1, each_node) for each_node in saved), field(1, children) + field(1, b"")


def keras_metadata(config):
    """SavedMetadata of that."""
    root = {"name": config["config"]["name"], "trainable": True, **config, "is_graph_network": True, "keras_version": "2.15.0", "backend": "tensorflow",
            "model_config": config}
    nodes = [(0, "root", "_tf_keras_sequential", root), (1, "root.layer-0", "_tf_keras_layer", config["config"]["layers"][1])]
    encoded = [(field(2, place) if place else b"") + field(3, path) + field(4, identifier) + field(5, json.dumps(metadata)) + field(6, field(1, 2) + field(2, 1))
               for place, path, identifier, metadata in nodes]
    return b"".join(field(1, each_node) for each_node in encoded)


@each(41, {"lambda": LAMBDA, "nested-lambda": sequential([LAMBDA], name="inner")})
def a_lambda_in_the_metadata(folder, layer):
    objects, trackable = keras_objects()
    path = write(folder, saved_model(graph([]), objects), objects=trackable)
    (path / "keras_metadata.pb").write_bytes(keras_metadata(sequential([input_layer(), layer])))
    return Case(path, flagged=frozenset({"lambda"}), where=("code",))


@attack(41, "control")
def sound_metadata(folder):
    objects, trackable = keras_objects()
    path = write(folder, saved_model(graph([]), objects), objects=trackable)
    (path / "keras_metadata.pb").write_bytes(keras_metadata(sequential([input_layer(), dense()])))
    return Case(path)


@attack(41, "asset-symlink")
def an_asset_that_is_a_symlink(folder):
    (folder.parent / "canary.txt").write_text(MARKER)
    path = write(folder, EMPTY_GRAPH)
    (path / "assets").mkdir()
    (path / "assets" / "words.txt").symlink_to("../../../canary.txt")
    return Case(path, refused=UNSAFE_PATH)


@attack(41, "asset-fifo")
def an_asset_that_is_a_fifo(folder):
    path = write(folder, EMPTY_GRAPH)
    (path / "assets").mkdir()
    os.mkfifo(path / "assets" / "words.txt")
    return Case(path, refused=UNSAFE_PATH)
