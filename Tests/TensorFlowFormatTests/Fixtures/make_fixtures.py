"""Makes the checkpoints and SavedModels of this folder, and expected.json: what TensorFlow itself
reads in them. Made with TensorFlow 2.21.0 and tf_keras 2.21.0.

    python make_fixtures.py

Nothing in them does harm: the files that operations name do not exist.
"""
import hashlib
import json
import os
import pathlib
import shutil
import struct
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
import tf_keras
from google.protobuf import text_format
from tensorflow.core.protobuf import (
    saved_model_pb2, saver_pb2, tensor_bundle_pb2, trackable_object_graph_pb2)

HERE = pathlib.Path(__file__).parent
tf1 = tf.compat.v1
expected = {"bundles": {}, "models": {}}


# ---------------------------------------------------------------- checkpoints

def describe_bundle(name, prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    tensors = {}
    for key, shape in reader.get_variable_to_shape_map().items():
        value = reader.get_tensor(key)
        dtype = reader.get_variable_to_dtype_map()[key].name
        if dtype == "string":
            values = [value] if isinstance(value, bytes) else value.reshape(-1).tolist()
            tensors[key] = {"dtype": dtype, "shape": shape, "strings": [v.hex() for v in values]}
        else:
            data = np.ascontiguousarray(value).tobytes()
            tensors[key] = {"dtype": dtype, "shape": shape, "bytes": len(data),
                            "sha256": hashlib.sha256(data).hexdigest()}
    expected["bundles"][name] = {"tensors": tensors}
    if "_CHECKPOINTABLE_OBJECT_GRAPH" in tensors:
        graph = trackable_object_graph_pb2.TrackableObjectGraph.FromString(
            reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
        expected["bundles"][name]["objects"] = [
            {"children": [[c.local_name, c.node_id] for c in node.children],
             "attributes": [[a.name, a.full_name, a.checkpoint_key] for a in node.attributes],
             "slots": [[s.original_variable_node_id, s.slot_name, s.slot_variable_node_id]
                       for s in node.slot_variables]} for node in graph.nodes]


def keep(name, folder, prefix):
    for path in folder.glob(prefix + ".*"):
        shutil.copy(path, HERE / (name + path.name[len(prefix):]))


def objects(folder):
    """An object of every type of variable, held in a circle, and an optimizer with slots."""
    rng = np.random.RandomState(0)
    module = tf.Module()
    for dtype in [tf.float64, tf.float32, tf.float16, tf.bfloat16, tf.int8, tf.int16, tf.int32, tf.int64,
                  tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.bool, tf.complex64, tf.complex128]:
        value = tf.cast(rng.randint(0, 2 if dtype == tf.bool else 100, (2, 3)), dtype)
        setattr(module, "v_" + dtype.name, tf.Variable(value, name="named/" + dtype.name))
    module.empty = tf.Variable(tf.zeros((0, 4)))
    module.scalar = tf.Variable(7.0)
    module.text = tf.Variable(["ab", "", "é" * 200])
    module.itself = module
    weight = tf.Variable([1.0, 2.0], name="weight")
    optimizer = tf_keras.optimizers.legacy.Adam()
    optimizer.apply_gradients([(tf.constant([0.5, 0.5]), weight)])
    tf.train.Checkpoint(module=module, weight=weight, optimizer=optimizer).write(str(folder / "objects"))
    keep("objects", folder, "objects")
    describe_bundle("objects", HERE / "objects")


def named(folder):
    """Of TensorFlow 1: names only, and variables in parts, one of them cut along both axes."""
    with tf.Graph().as_default(), tf1.Session() as session:
        random = tf1.random_uniform_initializer(seed=1)
        tf1.get_variable("plain", shape=[3], initializer=random)
        tf1.get_variable("rows", shape=[300, 2], initializer=random,
                         partitioner=tf1.fixed_size_partitioner(3))
        tf1.get_variable("columns", shape=[3, 200], initializer=random,
                         partitioner=tf1.fixed_size_partitioner(2, axis=1))
        session.run(tf1.global_variables_initializer())
        tf1.train.Saver(write_version=saver_pb2.SaverDef.V2).save(
            session, str(folder / "named"), write_meta_graph=False)
        tf1.train.Saver(write_version=saver_pb2.SaverDef.V1).save(
            session, str(folder / "version1"), write_meta_graph=False)
    keep("named", folder, "named")
    describe_bundle("named", HERE / "named")
    shutil.copy(folder / "version1", HERE / "version1.index")


def boxes(folder):
    """A tensor cut along both axes unevenly."""
    whole = np.arange(20 * 100, dtype="int32").reshape(20, 100)
    cuts = [(0, 7, 0, 100), (7, 13, 0, 90), (7, 5, 90, 10), (12, 8, 90, 10)]
    tf.raw_ops.SaveV2(
        prefix=str(folder / "boxes"), tensor_names=["boxes"] * 4,
        shape_and_slices=[f"20 100 {r},{h}:{c},{w}" for r, h, c, w in cuts],
        tensors=[whole[r:r + h, c:c + w] for r, h, c, w in cuts])
    keep("boxes", folder, "boxes")
    describe_bundle("boxes", HERE / "boxes")


def shards(folder):
    for shard in range(3):
        tf.raw_ops.SaveV2(
            prefix=str(folder / f"part{shard}"), tensor_names=[f"a{shard}", f"b{shard}"],
            shape_and_slices=["", ""],
            tensors=[tf.range(5) + shard, tf.constant([f"shard {shard}"])])
    tf.raw_ops.MergeV2Checkpoints(
        checkpoint_prefixes=[str(folder / f"part{shard}") for shard in range(3)],
        destination_prefix=str(folder / "shards"))
    keep("shards", folder, "shards")
    describe_bundle("shards", HERE / "shards")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(number):
    out = b""
    while number >= 0x80:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def table(entries, per_block):
    """A sorted table with so many entries a block; the first of a block has a restart."""
    out = b""

    def block(entries):
        nonlocal out
        body, last = b"", b""
        for key, value in entries:
            shared = len(os.path.commonprefix([key, last]))
            body += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
            last = key
        body += struct.pack("<II", 0, 1) + b"\x00"
        handle = varint(len(out)) + varint(len(body) - 1)
        out += body + struct.pack("<I", masked(body))
        return handle

    index = [(entries[start:start + per_block][-1][0], block(entries[start:start + per_block]))
             for start in range(0, len(entries), per_block)]
    footer = block([]) + block(index)
    return out + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def by_hand(name, values, big, per_block):
    data, tensors = b"", {}
    entries = [(b"", tensor_bundle_pb2.BundleHeaderProto(num_shards=1, endianness=int(big)).SerializeToString())]
    for key, value in values.items():
        raw = (value.byteswap() if big else value).tobytes()
        entry = tensor_bundle_pb2.BundleEntryProto(
            dtype=tf.as_dtype(value.dtype).as_datatype_enum, offset=len(data), size=len(raw), crc32c=masked(raw))
        entry.shape.CopyFrom(tf.TensorShape(value.shape).as_proto())
        data += raw
        entries.append((key.encode(), entry.SerializeToString()))
        tensors[key] = {"dtype": value.dtype.name, "shape": list(value.shape), "bytes": value.nbytes,
                        "sha256": hashlib.sha256(value.tobytes()).hexdigest()}
    (HERE / f"{name}.index").write_bytes(table(entries, per_block))
    (HERE / f"{name}.data-00000-of-00001").write_bytes(data)
    expected["bundles"][name] = {"tensors": tensors}


def big():
    """What TensorFlow writes on a big-endian machine; it refuses to read it on another."""
    by_hand("big", {"c": np.array([1 + 2j, 3 - 4j], "complex64"), "f": np.array([[1.5, -2.25]], "float64"),
                    "i": np.arange(-3, 4, dtype="int16"), "u": np.arange(5, dtype="uint8")}, True, 9)


def blocks():
    """An index of several blocks. TensorFlow begins another after 256 KiB, and reads these."""
    by_hand("blocks", {f"layer_{i}/kernel": np.full((i,), i, "int32") for i in range(9)}, False, 3)
    by_hand_tensors = expected["bundles"]["blocks"]
    describe_bundle("blocks", HERE / "blocks")
    assert expected["bundles"]["blocks"] == by_hand_tensors


# ---------------------------------------------------------------- SavedModels

def describe_model(name, proto, findings):
    def endpoint(name, info):
        shape = None if info.tensor_shape.unknown_rank else [d.size for d in info.tensor_shape.dim]
        dtype = tf.as_dtype(info.dtype).name if info.dtype else "invalid"
        return {"name": name, "dtype": dtype, "shape": shape}

    graphs = []
    for meta in proto.meta_graphs:
        counts = {}
        for nodes in [meta.graph_def.node] + [f.node_def for f in meta.graph_def.library.function]:
            for node in nodes:
                counts[node.op] = counts.get(node.op, 0) + 1
        graphs.append({
            "tags": list(meta.meta_info_def.tags), "operations": counts,
            "signatures": {key: {
                "method": s.method_name,
                "inputs": sorted((endpoint(*item) for item in s.inputs.items()), key=lambda e: e["name"]),
                "outputs": sorted((endpoint(*item) for item in s.outputs.items()), key=lambda e: e["name"]),
            } for key, s in meta.signature_def.items()}})
    meta = proto.meta_graphs[0]
    nodes = meta.object_graph_def.nodes
    expected["models"][name] = {
        "graphs": graphs, "version": meta.meta_info_def.tensorflow_version,
        "git": meta.meta_info_def.tensorflow_git_version, "producer": meta.graph_def.versions.producer,
        "assets": [asset.filename for asset in meta.asset_file_def],
        "children": [[[c.local_name, c.node_id] for c in node.children] for node in nodes],
        "variables": [[i, n.variable.name, n.variable.trainable] for i, n in enumerate(nodes)
                      if n.WhichOneof("kind") == "variable"],
        "findings": findings}


def save(name, module, findings, signatures=None, change=None):
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        keep_model(name, folder, findings, change)


def keep_model(name, folder, findings, change=None):
    proto = saved_model_pb2.SavedModel.FromString(
        pathlib.Path(folder, "saved_model.pb").read_bytes())
    for meta in proto.meta_graphs:
        meta.meta_info_def.ClearField("stripped_op_list")
        meta.graph_def.ClearField("debug_info")
        for nodes in [meta.graph_def.node] + [f.node_def for f in meta.graph_def.library.function]:
            for node in nodes:
                node.ClearField("experimental_debug_info")
    if change:
        change(proto)
    (HERE / f"{name}.pb").write_bytes(proto.SerializeToString(deterministic=True))
    describe_model(name, proto, findings)
    return proto


def function(body, *shapes, dtype=tf.float32):
    module = tf.Module()
    module.f = tf.function(body, input_signature=[tf.TensorSpec(shape, dtype) for shape in shapes])
    return module


def ordinary(folder):
    """A variable, a table from an asset, an assertion, a print, a dataset: nothing to note."""
    vocabulary = folder / "vocabulary.txt"
    vocabulary.write_text("a\nb\n")

    class Model(tf.Module):
        def __init__(self):
            self.weight = tf.Variable([[1.0], [2.0]], name="weight")
            self.table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(
                str(vocabulary), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER), -1)

        @tf.function(input_signature=[tf.TensorSpec([None, 2], name="x"), tf.TensorSpec([], tf.string, name="word")])
        def __call__(self, x, word):
            tf.debugging.assert_non_negative(x)
            tf.print("shape", tf.shape(x))
            total = tf.data.Dataset.range(3).cache().reduce(tf.constant(0, tf.int64), lambda a, b: a + b)
            return {"y": x @ self.weight, "index": self.table.lookup(word), "total": total}

    model = Model()
    save("ordinary", model, [], signatures=model.__call__)


def simple(folder):
    """By names, with the saver of TensorFlow 1 and two of it."""
    with tf.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf.float32, [None, 3], name="x")
        y = tf.matmul(x, tf1.get_variable("w", shape=[3, 2]), name="y")
        tf1.train.Saver(sharded=True)
        session.run(tf1.global_variables_initializer())
        tf1.saved_model.simple_save(session, str(folder / "simple"), {"x": x}, {"y": y})
    proto = keep_model("simple", folder / "simple", [])
    (HERE / "simple.pbtxt").write_text(text_format.MessageToString(proto))


def dangerous(folder):
    unsafe = "unsafe-op"

    def top():
        with tf.Graph().as_default(), tf1.Session() as session:
            x = tf.io.read_file("/nonexistent/secret", name="stolen")
            tf1.saved_model.simple_save(session, str(folder / "top"), {"x": x}, {"x": x})
        keep_model("top", folder / "top", [[unsafe, "stolen", 'ReadFile of "/nonexistent/secret"']])

    def constant_restore():
        with tf.Graph().as_default(), tf1.Session() as session:
            path = tf.strings.join([tf.constant("/nonexistent"), tf.constant("/variables")])
            x = tf.raw_ops.RestoreV2(prefix=tf.identity(path), tensor_names=["w"], shape_and_slices=[""],
                                     dtypes=[tf.float32], name="restored")[0]
            tf1.saved_model.simple_save(session, str(folder / "constant"), {"x": x}, {"x": x})
        keep_model("constant", folder / "constant",
                   [[unsafe, "restored", 'RestoreV2 of "/nonexistent/variables"']])

    def written(x):
        tf.io.write_file("/nonexistent/" + tf.strings.as_string(x), "data", name="out")
        return x

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def restore(path):
        return tf.raw_ops.RestoreV2(prefix=path, tensor_names=["w"], shape_and_slices=[""],
                                    dtypes=[tf.float32])[0]

    def from_graph(text):
        return lambda x: x + tf.cast(tf.raw_ops.DatasetCardinality(
            input_dataset=tf.raw_ops.DatasetFromGraph(graph_def=text)), tf.float32)

    def rename(proto):
        for f in proto.meta_graphs[0].graph_def.library.function:
            for node in f.node_def:
                if node.op == "Sinh":
                    node.op = "HarmlessCustomOp"

    top()
    constant_restore()
    save("written", function(written, []), [[unsafe, "*/out", "WriteFile"]])
    save("python", function(lambda x: tf.numpy_function(lambda v: v, [x], tf.float32, name="py"), []),
         [[unsafe, "*/py", "PyFunc*"]])
    save("matching", function(lambda x: x + tf.cast(tf.size(tf.io.matching_files("/nonexistent/*")), tf.float32), []),
         [[unsafe, "*", 'MatchingFiles of "/nonexistent/*"']])
    save("called", function(lambda x: x + restore("/nonexistent/called"), []),
         [[unsafe, "*", 'RestoreV2 in __inference_restore_* of "/nonexistent/called"']])
    save("printed", function(lambda x: [tf.print(x, output_stream="file:///nonexistent/log"), x][1], []),
         [[unsafe, "*", "PrintV2 to file:///nonexistent/log"]])
    save("custom", function(tf.sinh, []), [["unknown-op", "*", "HarmlessCustomOp"]], change=rename)
    graph = tf.raw_ops.DatasetToGraphV2(
        input_dataset=tf.data.TextLineDataset("/nonexistent/lines")._variant_tensor)
    dataset_function = tf.data.Dataset.range(2).map(lambda i: tf.io.read_file("/nonexistent/nested"))
    nested = tf.raw_ops.DatasetToGraphV2(input_dataset=dataset_function._variant_tensor)
    for name, text, finding in [("lines", graph, "TextLineDataset"),
                                ("nested", nested, 'ReadFile of "/nonexistent/nested"')]:
        save(name, function(from_graph(text.numpy()), []), [[unsafe, "*/*", finding]])


def keras(folder):
    model = tf_keras.Sequential([tf_keras.layers.Dense(1, input_shape=(2,), name="d")], name="tiny")
    model.save(str(folder / "keras"), save_format="tf", include_optimizer=False)
    proto = keep_model("keras", folder / "keras", [])
    shutil.copy(folder / "keras" / "keras_metadata.pb", HERE / "keras_metadata.pb")
    from tf_keras.protobuf import saved_metadata_pb2
    metadata = saved_metadata_pb2.SavedMetadata.FromString((HERE / "keras_metadata.pb").read_bytes())
    expected["models"]["keras"]["keras"] = [
        [n.node_id, n.node_path, n.identifier, n.metadata] for n in metadata.nodes]
    # As TensorFlow 2.0 to 2.4 wrote it: the same texts in the program.
    for node in metadata.nodes:
        user = proto.meta_graphs[0].object_graph_def.nodes[node.node_id].user_object
        user.identifier, user.metadata = node.identifier, node.metadata
    (HERE / "keras_within.pb").write_bytes(proto.SerializeToString(deterministic=True))


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    for make in [objects, named, boxes, shards, ordinary, simple, dangerous, keras]:
        make(folder)
    big()
    blocks()
(HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
