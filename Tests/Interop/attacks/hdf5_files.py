"""Items 15 to 20: HDF5 files that are cut or have something before them, and what Keras configs can carry."""
import hashlib, json, random, socket

import h5py

from . import keras_files, zipping
from .case import FORMAT, LIMIT, MARKER, Case, attack, each

LAMBDA = {"class_name": "Lambda", "config": {"name": "code", "trainable": True, "function": ["4wEAAAA=\n", None, None], "function_type": "lambda",
          "module": "__main__", "output_shape": None, "output_shape_type": "raw", "arguments": {}}}
LAMBDA3 = keras_files.in_keras3({"class_name": "Lambda", "config": {"name": "code", "trainable": True, "arguments": {},
          "function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA=\n", "defaults": None, "closure": None}}}})


@each(15, {f"truncated-{part:02}": part for part in range(64)})
def truncated(folder, part):
    path = keras_files.write_legacy(folder / "model.h5", keras_files.sequential([keras_files.dense()]))
    whole = path.read_bytes()
    path.write_bytes(whole[:random.Random(part).randrange(len(whole))])
    return Case(path, refused=FORMAT)


@each(15, {f"userblock-{size}": size for size in (512, 4096)})
def something_before_the_signature(folder, size):
    path = keras_files.write_legacy(folder / "model.h5", keras_files.sequential([keras_files.dense()]), userblock=size)
    with open(path, "r+b") as file:
        file.write(b"Whatever somebody wanted to say of this model.\n")
    with h5py.File(path) as file:
        kernel = file["model_weights/dense/dense/kernel:0"][()]
    return Case(path, tensors=frozenset({hashlib.sha256(kernel.tobytes()).hexdigest()}))


def wrapper(class_name, name):
    return {"class_name": class_name, "config": {"name": name, "trainable": True, "layer": LAMBDA}}


@attack(16, "lambda")
def a_lambda(folder):
    config = keras_files.sequential([keras_files.dense(), LAMBDA])
    return Case(keras_files.write_legacy(folder / "model.h5", config), flagged=frozenset({"lambda"}), where=("code",))


@each(17, {"sequential-in-functional": keras_files.sequential([LAMBDA], name="inner"), "time-distributed": wrapper("TimeDistributed", "inner"),
           "bidirectional": wrapper("Bidirectional", "inner"),
           "three-deep": keras_files.sequential([keras_files.sequential([wrapper("TimeDistributed", "w")], name="middle")], name="inner")})
def a_nested_lambda(folder, layer):
    config = keras_files.functional([keras_files.input_layer(), keras_files.dense(), layer])
    return Case(keras_files.write_legacy(folder / "model.h5", config), flagged=frozenset({"lambda"}), where=("inner",))


def write_archive(folder, config):
    path = folder / "model.keras"
    path.write_bytes(zipping.pack(zipping.members_of(keras_files.archive_members(config))))
    return path


@each(17, {"archive": LAMBDA3, "archive-sequential": keras_files.in_keras3(keras_files.sequential([LAMBDA3], name="inner"), "keras"),
           "archive-time-distributed": keras_files.in_keras3({"class_name": "TimeDistributed", "config": {"name": "inner", "layer": LAMBDA3}}),
           "archive-bidirectional": keras_files.in_keras3({"class_name": "Bidirectional", "config": {"name": "inner", "layer": LAMBDA3}})})
def a_lambda_in_an_archive(folder, layer):
    return Case(write_archive(folder, keras_files.keras3_config(layer)), flagged=frozenset({"lambda"}), where=("code",))


def function_of(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def layer_of(module, name):
    return {"module": module, "class_name": name, "config": {"name": "evil"}, "registered_name": None}


@each(18, {"builtins-function": {"activation": function_of("builtins", "exec")}, "os-function": {"activation": function_of("os", "system")},
           "builtins-class": {"kernel_initializer": {"module": "builtins", "class_name": "exec", "config": {}, "registered_name": None}}})
def a_foreign_object_in_a_layer(folder, arguments):
    return Case(write_archive(folder, keras_files.keras3_config(**arguments)), flagged=frozenset({"custom-class", "lambda"}), where=("dense",))


@each(18, {"os-class": layer_of("os", "system"), "builtins-layer": layer_of("builtins", "exec"),
           "enable-unsafe-deserialization": layer_of("keras.config", "enable_unsafe_deserialization"),
           "enable-unsafe-deserialization-function": {**layer_of("keras.config", "function"), "config": "enable_unsafe_deserialization"}})
def a_foreign_layer(folder, layer):
    return Case(write_archive(folder, keras_files.keras3_config(layer)), flagged=frozenset({"custom-class", "lambda"}))


def lookup(vocabulary):
    return {"class_name": "StringLookup", "config": {"name": "words", "trainable": True, "vocabulary": vocabulary, "num_oov_indices": 1}}


@attack(19, "vocabulary-path")
def a_vocabulary_in_a_file(folder):
    canary = folder.parent / "canary.txt"
    canary.write_text(MARKER)
    path = write_archive(folder, keras_files.keras3_config(keras_files.in_keras3(lookup(str(canary)))))
    return Case(path, flagged=frozenset({"vocabulary-path"}), where=("words",))


@attack(19, "vocabulary-path-legacy")
def a_vocabulary_in_a_file_legacy(folder):
    canary = folder.parent / "canary.txt"
    canary.write_text(MARKER)
    config = keras_files.sequential([keras_files.dense(), lookup(str(canary))])
    return Case(keras_files.write_legacy(folder / "model.h5", config), flagged=frozenset({"vocabulary-path"}), where=("words",))


@attack(19, "vocabulary-address")
def a_vocabulary_at_an_address(folder):
    server = socket.create_server(("127.0.0.1", 0))
    server.setblocking(False)
    layer = lookup(f"http://127.0.0.1:{server.getsockname()[1]}/words.txt")
    path = write_archive(folder, keras_files.keras3_config(keras_files.in_keras3(layer)))

    def nobody_came():
        with server:
            try:
                server.accept()
            except BlockingIOError:
                return
            raise AssertionError("the vocabulary's address was called")

    return Case(path, flagged=frozenset({"vocabulary-path"}), where=("words",), after=nobody_came)


DENSE = json.dumps(keras_files.dense())
UNREADABLE = {
    "no-json": b"{'class_name': Sequential", "invalid-utf8": b'{"class_name": "Sequential", "config": {"name": "\xff\xfe", "layers": []}}',
    "300-levels": b'{"class_name": "Sequential", "config": {"name": "deep", "layers": ' + b"[" * 300 + b"]" * 300 + b"}}",
    "100000-levels": b'{"class_name": "Sequential", "config": {"name": "deep", "layers": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "duplicate-config": f'{{"class_name": "Sequential", "config": {{"name": "a", "layers": [{DENSE}]}}, "config": {{"name": "b", "layers": [{DENSE}]}}}}'.encode(),
}


@each(20, UNREADABLE)
def an_unreadable_config(folder, config):
    # An attribute of fixed length would have to fit into an object header's 64 kB: the long one is of variable length.
    path = keras_files.write_legacy(folder / "model.h5", config if len(config) < 60_000 else b"{}")
    if len(config) >= 60_000:
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = config.decode()
    return Case(path, refused=FORMAT | LIMIT)


@each(20, {f"archive-{name}": config for name, config in UNREADABLE.items()})
def an_unreadable_config_in_an_archive(folder, config):
    return Case(write_archive(folder, config), refused=FORMAT | LIMIT)
