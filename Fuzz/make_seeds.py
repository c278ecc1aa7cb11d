#!/usr/bin/env python3
"""Makes the seeds: small files that the real libraries write, in parts as each target takes them.

    REGISTRY=.build/release/registry .venv/bin/python Fuzz/make_seeds.py

Needs tensorflow, keras 3, tf_keras, h5py, numpy and safetensors, and the program itself for packs."""
import io, json, os, pathlib, re, struct, subprocess, tempfile, zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["KERAS_BACKEND"] = "tensorflow"
import h5py
import keras as k3
import numpy
import safetensors.numpy
import tensorflow
import tf_keras as k2
from google.protobuf import text_format
from tensorflow.core.framework import graph_pb2, types_pb2
from tensorflow.core.protobuf import saved_model_pb2

SEEDS = pathlib.Path(__file__).resolve().parent / "Seeds"
SEPARATOR = b"\n<next>\n"


def seed(target, name, *parts):
    """Writes the parts of an input."""
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    parts = [part.encode() if isinstance(part, str) else part for part in parts]
    (folder / name).write_bytes(SEPARATOR.join(parts))


# MARK: Zip, NumPy, safetensors

def zips():
    for name, method in ("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("folder/", "")
            archive.writestr("folder/é.txt", "a" * 60)
            archive.comment = b"a comment"
        seed("zip", name, buffer.getvalue())

    class Pipe(io.RawIOBase):  # Without seek, zipfile writes data descriptors.
        def __init__(self):
            self.bytes = b""

        def writable(self):
            return True

        def write(self, data):
            self.bytes += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"descriptor" * 5)
    seed("zip", "descriptor", pipe.bytes)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"zip64")
    seed("zip", "zip64", buffer.getvalue())
    limit, zipfile.ZIP_FILECOUNT_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT, 0
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "many members")
    zipfile.ZIP_FILECOUNT_LIMIT = limit
    seed("zip", "zip64-end", buffer.getvalue())


def arrays():
    weights = {"a": numpy.arange(6, dtype="<f4").reshape(2, 3), "b": numpy.int64(7)}
    turned = {"f": numpy.asfortranarray(numpy.arange(6, dtype="<u2").reshape(2, 3)), "big": numpy.arange(3, dtype=">c8")}
    for name, save, values in ("plain", numpy.savez, weights), ("turned", numpy.savez, turned), \
            ("deflated", numpy.savez_compressed, weights | turned):
        buffer = io.BytesIO()
        save(buffer, **values)
        seed("npz", name, buffer.getvalue())

    def npy(flag, array):
        buffer = io.BytesIO()
        numpy.save(buffer, array, allow_pickle=True)
        return flag + buffer.getvalue()
    seed("npy", "numbers", npy(b"s", weights["a"]), npy(b"d", turned["f"]), npy(b"s", turned["big"]))
    seed("npy", "others", npy(b"s", numpy.array([None])), npy(b"d", numpy.array(["text"])),
         npy(b"s", numpy.zeros(1, dtype=[("x", "<f4"), ("y", "|O")])))


def safetensors_files():
    tensors = {"a.weight": numpy.arange(4, dtype="float32").reshape(2, 2), "b": numpy.zeros((0, 3), dtype="int8"),
               "c": numpy.array(1.5, dtype="float16")}
    whole = safetensors.numpy.save(tensors, metadata={"format": "pt"})
    length = struct.unpack("<Q", whole[:8])[0]
    header, data = whole[8:8 + length], whole[8 + length:]
    seed("safetensors", "file", whole)
    seed("safetensors", "header", header, data)
    second = safetensors.numpy.save({"d": numpy.arange(3, dtype="uint8")})
    length = struct.unpack("<Q", second[:8])[0]
    index = {"metadata": {"total_size": 21},
             "weight_map": {"a.weight": "m-1.safetensors", "b": "m-1.safetensors", "c": "m-1.safetensors", "d": "m-2.safetensors"}}
    seed("safetensors-index", "two", json.dumps(index), header, data, second[8:8 + length], second[8 + length:])


# MARK: TensorFlow

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def table_entries(index):
    """The entries of a checkpoint's index."""
    def block(offset, size):
        data, key, at = index[offset:offset + size], b"", 0
        end = len(data) - 4 - 4 * struct.unpack("<I", data[-4:])[0]
        while at < end:
            shared, at = varint(data, at)
            rest, at = varint(data, at)
            length, at = varint(data, at)
            key = key[:shared] + data[at:at + rest]
            at += rest
            yield key, data[at:at + length]
            at += length

    def handle(data, at=0):
        offset, at = varint(data, at)
        size, at = varint(data, at)
        return offset, size, at
    footer = index[-48:]
    offset, size, _ = handle(footer, handle(footer)[2])
    for _, value in block(offset, size):
        yield from block(*handle(value)[:2])


def bundle(name, prefix):
    index = pathlib.Path(prefix + ".index").read_bytes()
    shard = pathlib.Path(prefix + ".data-00000-of-00001").read_bytes()
    seed("bundle", name, index, shard)
    entries = list(table_entries(index))
    assert entries[0][0] == b""
    seed("bundle-entries", name, shard, entries[0][1], *[part for entry in entries[1:] for part in entry])


def bundles(folder):
    root = tensorflow.Module()
    root.kernel = tensorflow.Variable(tensorflow.ones((2, 3)), name="kernel")
    root.steps = tensorflow.Variable(7, dtype="int64")
    root.words = tensorflow.Variable(["a", "", "longer"])
    bundle("objects", tensorflow.train.Checkpoint(root=root).write(f"{folder}/objects"))
    slices = ["4 3 0,2:-", "4 3 2,2:-", ""]
    tensors = [tensorflow.ones((2, 3)), tensorflow.zeros((2, 3)), tensorflow.constant([b"x", b"yz"])]
    tensorflow.raw_ops.SaveV2(prefix=f"{folder}/slices", tensor_names=["part", "part", "text"], shape_and_slices=slices,
                              tensors=tensors)
    bundle("slices", f"{folder}/slices")


STATE = '''model_checkpoint_path: "ck-2"
all_model_checkpoint_paths: "ck-1"
all_model_checkpoint_paths: "/tmp/\\303\\244\\"ck-2"
all_model_checkpoint_timestamps: 1700000000.25
last_preserved_timestamp: 1.7e9
'''


def shortened(model):
    """The program with the first nodes of the first functions only."""
    for meta in model.meta_graphs:
        library = meta.graph_def.library
        del library.function[2:]
        for function in library.function:
            del function.node_def[6:]
            function.arg_attr.clear()
        del meta.graph_def.node[8:]
        meta.meta_info_def.ClearField("stripped_op_list")
        meta.object_graph_def.concrete_functions.clear()
        for node in meta.object_graph_def.nodes:
            if node.WhichOneof("kind") == "function":
                node.function.Clear()
    return model


def saved_model(name, path):
    model = shortened(saved_model_pb2.SavedModel.FromString(pathlib.Path(path, "saved_model.pb").read_bytes()))
    metadata = pathlib.Path(path, "keras_metadata.pb").read_bytes()
    seed("saved-model", name, model.SerializeToString(deterministic=True), metadata, lines(tensors_of(f"{path}/variables/variables")))


def lines(tensors):
    """Tensors as lines: see Fuzz/Harness/TensorList.swift."""
    return "\n".join(f"{name} {dtype} {','.join(map(str, shape))}" for name, dtype, shape in tensors)


def tensors_of(prefix):
    """The tensors of a checkpoint that are numbers."""
    reader = tensorflow.train.load_checkpoint(prefix)
    for key, shape in sorted(reader.get_variable_to_shape_map().items()):
        dtype = reader.get_variable_to_dtype_map()[key].name
        if dtype != "string":
            yield key, dtype, shape


class Reader(tensorflow.Module):
    """A program that reaches files, by paths that it is given and by some of its own."""

    def __init__(self, vocabulary):
        super().__init__()
        self.asset = tensorflow.saved_model.Asset(vocabulary)
        self.table = tensorflow.lookup.StaticHashTable(
            tensorflow.lookup.TextFileInitializer(self.asset, "string", -2, "int64", -1), -1)

    @tensorflow.function(input_signature=[tensorflow.TensorSpec([], tensorflow.string)])
    def given(self, path):
        return tensorflow.io.read_file(path)

    @tensorflow.function(input_signature=[tensorflow.TensorSpec([], tensorflow.string)])
    def run(self, path):
        tensorflow.io.write_file(tensorflow.strings.join(["out", path]), self.given("/etc/hostname"))
        tensorflow.print(path, output_stream="file:///tmp/log")
        return self.table.lookup(tensorflow.where(path == "", self.given(path), "word"))


def reader(folder):
    vocabulary = pathlib.Path(folder, "vocabulary")
    vocabulary.write_text("word\n")
    tensorflow.saved_model.save(Reader(str(vocabulary)), f"{folder}/reader")
    model = saved_model_pb2.SavedModel.FromString(pathlib.Path(folder, "reader", "saved_model.pb").read_bytes())
    meta = model.meta_graphs[0]
    meta.meta_info_def.ClearField("stripped_op_list")
    # Graphs within constants, as datasets have them: packed strings, and those of a variant.
    inner = graph_pb2.GraphDef()
    path = inner.node.add(name="path", op="Const")
    path.attr["value"].tensor.CopyFrom(tensorflow.make_tensor_proto("/etc/passwd"))
    inner.node.add(name="read", op="ReadFile", input=["path"])
    inner = inner.SerializeToString(deterministic=True)
    constant = meta.graph_def.node.add(name="dataset", op="Const").attr["value"].tensor
    constant.dtype = types_pb2.DT_VARIANT
    constant.variant_val.add(type_name="dataset").tensors.append(tensorflow.make_tensor_proto(inner))
    packed = meta.graph_def.node.add(name="packed", op="Const").attr["value"].tensor
    packed.dtype = types_pb2.DT_STRING
    packed.tensor_content = bytes([1, len(inner)]) + b"x" + inner
    meta.graph_def.node.add(name="from", op="DatasetFromGraph", input=["packed"]).attr["s"].s = inner
    seed("saved-model", "reader", model.SerializeToString(deterministic=True))
    # As text it is several times as long.
    meta.ClearField("object_graph_def")
    del meta.graph_def.node[4:]
    del meta.graph_def.library.function[1:]
    seed("saved-model-text", "reader", text_format.MessageToString(model))


# MARK: Keras

def sequential(k):
    model = k.Sequential([k.layers.Input((3,), name="given"), k.layers.Dense(4, name="dense"),
                          k.layers.Dense(2, name="dense_1")], name="mlp")
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(numpy.ones((2, 3), "float32"), numpy.ones((2, 2), "float32"), verbose=0)
    return model


def functional(k):
    inner = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3, name="inner_dense")], name="inner")
    words = k.layers.Input((5,), dtype="int32", name="words")
    x = k.layers.Embedding(10, 4, name="embedding")(words)
    x = k.layers.Bidirectional(k.layers.LSTM(2, name="lstm"), name="both")(x)
    x = k.layers.BatchNormalization(name="bn")(x)
    model = k.Model(words, inner(x), name="text")
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "mse")
    model.fit(numpy.ones((2, 5), "int32"), numpy.ones((2, 3), "float32"), verbose=0)
    return model


def varied(k):
    """Layers that have others in them, and an optimizer whose slots have other shapes than weights."""
    given = k.layers.Input((6, 4), name="given")
    x = k.layers.MultiHeadAttention(2, 2, name="attention")(given, given)
    x = k.layers.RNN(k.layers.StackedRNNCells([k.layers.GRUCell(3), k.layers.LSTMCell(2)]), return_sequences=True, name="cells")(x)
    x = k.layers.TimeDistributed(k.layers.Dense(4, name="inside"), name="each")(x)
    x = k.layers.SeparableConv1D(3, 2, name="separable")(k.layers.PReLU(name="prelu")(x))
    model = k.Model(given, k.layers.Reshape((-1,))(x), name="varied")
    model.compile(k.optimizers.Adafactor(), "mse")
    model.fit(numpy.ones((2, 6, 4), "float32"), numpy.ones((2, 15), "float32"), verbose=0)
    return model


def tree(path):
    """An HDF5 file as lines: see Fuzz/TreeReading."""
    lines = []

    def attributes(name, item):
        for key, value in sorted(item.attrs.items()):
            if key not in ("model_config", "training_config"):
                texts = [text.decode() if isinstance(text, bytes) else str(text) for text in numpy.atleast_1d(value).tolist()]
                lines.append(f"{name} @{key} " + (" ".join(texts) if numpy.ndim(value) else "=" + texts[0]))

    def visit(name, item):
        attributes(name, item)
        if isinstance(item, h5py.Dataset):
            lines.append(f"{name} {item.dtype} {','.join(map(str, item.shape))}")
    with h5py.File(path) as file:
        attributes("/", file)
        file.visititems(visit)
        return "\n".join(lines), file.attrs.get("model_config", ""), file.attrs.get("training_config", "")


class Saved:
    """A model, saved in every way."""

    def __init__(self, k, make, folder, has_legacy=True):
        k.backend.clear_session()
        self.model, self.prefix = make(k), f"{folder}/{k.__name__}-{make.__name__}"
        self.model.save(self.prefix + ".keras")
        if has_legacy:
            self.model.save(self.prefix + ".h5")
            self.legacy, self.config, self.training = tree(self.prefix + ".h5")
        self.parent = self.weights(lambda path: path)
        with zipfile.ZipFile(self.prefix + ".keras") as archive:
            self.archive = {name: archive.read(name) for name in archive.namelist()}
        pathlib.Path(self.prefix + ".weights.h5").write_bytes(self.archive["model.weights.h5"])
        self.numbered = tree(self.prefix + ".weights.h5")[0]

    def weights(self, rename):
        return lines((rename(getattr(weight, "path", weight.name).removesuffix(":0")), k3.backend.standardize_dtype(weight.dtype),
                      weight.shape) for weight in self.model.weights)

    def index(self):
        """An index as if the weights were in a shard."""
        groups = {"/" + line.split()[0].rpartition("/")[0]: ["a.weights.h5"] for line in self.numbered.splitlines() if "@" not in line}
        return json.dumps({"metadata": {}, "weight_map": groups})

    def checkpoint(self):
        """The objects, and the tensors as lines."""
        prefix = tensorflow.train.Checkpoint(model=self.model).write(self.prefix + "-checkpoint")
        graph = tensorflow.train.load_checkpoint(prefix).get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH")
        return graph, lines(tensors_of(prefix))


def keras_models(folder):
    text, mlp = Saved(k2, functional, folder), Saved(k2, sequential, folder)
    seed("json", "training", mlp.training)
    seed("keras-config", "k2", text.config, text.training)
    seed("graph", "k2", "4" + text.config)
    seed("keras-tree", "k2", text.config, text.legacy, text.training, text.parent)
    # Early Keras 2 listed the optimizer's arrays slot by slot, under names without a meaning.
    old = mlp.legacy.replace(f"@keras_version ={k2.__version__}", "@keras_version =2.1.0")
    listed = re.search(r"optimizer_weights @weight_names iteration:0 (.*)", old)[1]
    arrays = sorted(listed.split(), key=lambda name: name.split("/")[1])
    old = old.replace(listed, " ".join(arrays))
    for number, name in enumerate(arrays):
        old = old.replace(name, f"training/Adam/Variable_{number}:0")
    seed("keras-tree", "old", mlp.config, old, mlp.training, mlp.parent)
    seed("names", "numbered", lines((f"arr_{place}", "float32", weight.shape) for place, weight in enumerate(mlp.model.weights)),
         mlp.config, mlp.parent)
    seed("object-graph", "k2", *text.checkpoint(), text.config, text.parent)
    mlp.model.save(mlp.prefix + "-saved", save_format="tf")
    saved_model("k2", mlp.prefix + "-saved")
    text, mlp = Saved(k3, functional, folder), Saved(k3, sequential, folder)
    config = text.archive["config.json"]
    seed("keras-config", "k3", config, json.dumps(json.loads(config)["compile_config"]))
    seed("graph", "k3", "5" + config)
    seed("keras-tree", "k3", config, text.numbered, text.archive["metadata.json"], text.parent, text.index())
    # Keras cannot save all of Adafactor's state in a legacy file.
    rich = Saved(k3, varied, folder, has_legacy=False)
    config = json.loads(rich.archive["config.json"])
    del config["build_config"]
    seed("keras-tree", "varied", json.dumps(config), rich.numbered, rich.archive["metadata.json"], "", rich.index())
    seed("names", "dotted", text.weights(lambda path: path.replace("/", ".")), text.config, text.parent)
    seed("object-graph", "k3", *mlp.checkpoint(), mlp.config, mlp.parent)
    seed("object-graph", "tensorflow-1", "", lines([
        ("beta1_power", "float32", ()), ("dense/kernel", "float32", (3, 4)), ("dense/kernel/Adam", "float32", (3, 4)),
        ("dense/kernel/Adam_1", "float32", (3, 4)), ("global_step", "int64", ())]), "", "")


# MARK: Whole sources, and what a worker says of them

def source(name, kind, files):
    seed("source", name, "\n".join([kind, *files]), *files.values())


def sources(folder):
    seeds = {path.parent.name + "/" + path.name: path.read_bytes() for path in SEEDS.glob("*/*")}
    for name in "npz/deflated", "safetensors/file":
        source(name.replace("/", "-"), "file", {"model": seeds[name]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.0", "date_saved": "2026-01-01@00:00:00"}))
        archive.writestr("config.json", seeds["keras-config/k3"].split(SEPARATOR)[0])
    source("keras-without-weights", "file", {"model.keras": buffer.getvalue()})
    index, *parts = seeds["safetensors-index/two"].split(SEPARATOR)
    shards = [struct.pack("<Q", len(parts[place])) + parts[place] + parts[place + 1] for place in (0, 2)]
    source("safetensors-index", "file", {"m.safetensors.index.json": index, "m-1.safetensors": shards[0], "m-2.safetensors": shards[1]})
    index, shard = seeds["bundle/objects"].split(SEPARATOR)
    source("checkpoint", "checkpoint", {"ck-2.index": index, "ck-2.data-00000-of-00001": shard})
    source("folder", "folder", {"checkpoint": STATE.encode(), "ck-2.index": index, "ck-2.data-00000-of-00001": shard})
    prefix = pathlib.Path(folder, "reader", "variables", "variables")
    source("savedmodel", "folder", {
        "saved_model.pb": seeds["saved-model/reader"].split(SEPARATOR)[0], "variables/variables.index":
        prefix.with_suffix(".index").read_bytes(), "variables/variables.data-00000-of-00001":
        prefix.with_suffix(".data-00000-of-00001").read_bytes()})


ANSWER = {
    "format": "savedmodel", "producers": {"tensorflow": "2.21.0"},
    "architecture": {"dialect": "keras3", "config": "{}", "origin": "container"}, "training": {"config": None, "optimizer": "Adam"},
    "variables": [
        {"path": "dense/kernel", "containerPath": "k", "role": "weight", "slot": None, "dtype": "float32", "shape": [2, 3],
         "bytes": {"file": 0, "offset": 8, "length": 24}},
        {"path": "optimizer/m/dense/kernel", "containerPath": "m", "role": "optimizer",
         "slot": {"name": "m", "weightPath": "dense/kernel"}, "dtype": "float32", "shape": [2, 3],
         "bytes": {"file": None, "offset": 0, "length": 24}}],
    "findings": [{"kind": "lambda", "location": "a", "detail": "b"}],
    "graphs": [{"file": 1, "tags": ["serve"], "signatures": [
        {"name": "serve", "method": "predict", "inputs": [{"name": "x", "dtype": "float32", "shape": [None, 3]}], "outputs": []}],
        "operations": {"MatMul": 2}}],
    "files": [0, 1], "checksums": [{"algorithm": "crc32c", "value": 1, "file": 0, "offset": 8, "length": 24, "name": "k"}],
}


def codecs():
    vectors = SEEDS.parents[1] / "Tests" / "TensorCodecTests" / "Fixtures" / "vectors.txt"
    for line in vectors.read_text().splitlines():
        name, chunk, base, coded = line.split(" ")
        length = 0 if chunk == "." else len(chunk) // 2
        seed("codec", name, length.to_bytes(3, "big"), bytes.fromhex(coded), bytes.fromhex(base.strip("-")))
    # Masks that are no stored bytes, and a chunk that is as long as they get: by hand, so that they stay short.
    seed("codec", "mask-constant", b"\x00\x04\x00", b"\x13\x81\x01\xff\x00", bytes(range(256)) * 4)
    frame = b"\x28\xb5\x2f\xfd\x20\x08" + (8 << 3 | 1).to_bytes(3, "little") + bytes(range(8))
    head = (4 * len(frame) + 2).to_bytes(3, "little")
    seed("codec", "mask-frame", b"\x00\x10\x00", b"\x10\x81" + head + frame + b"\x01\x05", b"")
    seed("codec", "whole-chunk", b"\x10\x00\x00", b"\x15\x04" + b"\x01\x02" * 4, b"")


def packs(folder):
    def parts(pack):
        number = int.from_bytes(pack[-48:-40], "little")
        entries = number * (48 if pack.startswith(b"REGPACK1") else 1)
        return pack[:-48 - entries], pack[-48 - entries:-48]
    for path in sorted((SEEDS.parents[1] / "Tests" / "ContentStoreTests" / "Fixtures").glob("*.pack")):
        seed("pack", path.stem, *parts(path.read_bytes()))
    # Two versions: what the second has is coded against the first. Two packs in a row are one.
    random = numpy.random.default_rng(1)
    weights = {"kernel": random.normal(0, 0.05, (32, 24)).astype("<f4"), "bias": numpy.zeros(600, "<f4"),
               "half": random.normal(0, 0.05, 500).astype("<f2"), "steps": numpy.arange(200)}
    blobs, entries = b"REGPACK3", b""
    known = set()
    for number in range(2):
        moved = {name: value + value.dtype.type(number * 1e-5) for name, value in weights.items()}
        numpy.savez(f"{folder}/{number}.npz", **moved)
        subprocess.run([os.environ["REGISTRY"], "commit", f"{folder}/{number}.npz", "--registry", folder, "--model", "m"],
                       check=True, stdout=subprocess.DEVNULL)
        for path in set(pathlib.Path(folder, ".registry", "packs").iterdir()) - known:
            known.add(path)
            more = parts(path.read_bytes())
            blobs, entries = blobs + more[0][8:], entries + more[1]
    seed("pack", "delta", blobs, entries)
    # The largest lengths that can be said: with what stands before them, they are more than 64 bits.
    name = bytes(range(32))
    seed("pack", "largest", b"REGPACK3abc", name + b"\x03\x00" + name + b"\xff" * 9 + b"\x01\x00")
    seed("pack", "first-largest", b"REGPACK1abc", name + struct.pack("<QQ", 9, 2**64 - 1))


def main():
    zips()
    arrays()
    safetensors_files()
    codecs()
    seed("checkpoint-state", "two", STATE)
    with tempfile.TemporaryDirectory() as folder:
        bundles(folder)
        reader(folder)
        keras_models(folder)
        sources(folder)
    with tempfile.TemporaryDirectory() as folder:
        packs(folder)
    seed("answer", "snapshot", json.dumps(ANSWER))


if __name__ == "__main__":
    main()
