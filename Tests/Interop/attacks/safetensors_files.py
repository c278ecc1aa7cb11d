"""Items 29 to 35: safetensors, whose header is the only thing that holds the file together, and indexes of shards."""
import io, json, os, struct, zipfile

import h5py
import numpy as np

from .case import FORMAT, LIMIT, MARKER, UNSAFE_PATH, Case, attack, each


def safetensors(header, data=b"", length=None):
    """A file. `header`: an object, or its bytes; `length`: what the file says of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(shape, start, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


SOUND = {"dense.kernel": tensor([2, 2], 0, 16), "dense.bias": tensor([2], 16, 24)}
SOUND_DATA = np.arange(6, dtype="<f4").tobytes()


def write(folder, *arguments, **more):
    path = folder / "model.safetensors"
    path.write_bytes(safetensors(*arguments, **more))
    return path


@attack(29, "control")
def sound(folder):
    return Case(write(folder, SOUND, SOUND_DATA))


@each(29, {"length-2-64-1": 2**64 - 1, "length-2-63": 2**63, "length-past-end": 10**6, "length-1e8+1": 100_000_001, "length-0": 0})
def a_length_that_is_wrong(folder, length):
    return Case(write(folder, SOUND, SOUND_DATA, length=length), refused=FORMAT | LIMIT)


@attack(29, "length-1e8+1-there")
def a_header_that_is_too_long(folder):
    path = folder / "model.safetensors"
    with open(path, "wb") as file:
        file.write(safetensors(b'{"a":"', length=100_000_001))
        file.truncate(100_000_001 + 8)
    return Case(path, refused=FORMAT | LIMIT)


@attack(29, "seven-bytes")
def seven_bytes(folder):
    (folder / "model.safetensors").write_bytes(bytes([2, 0, 0, 0, 0, 0, 0]))
    return Case(folder / "model.safetensors", refused=FORMAT | LIMIT)


TEXT = json.dumps(SOUND).encode()


@each(30, {"leading-space": b" " + TEXT, "array": b"[" + TEXT + b"]", "trailing-letter": TEXT + b" x", "trailing-nul": TEXT + b"\0\0",
           "invalid-utf8": TEXT.replace(b"kernel", b"kern\xff\xfe"), "byte-order-mark": b"\xef\xbb\xbf" + TEXT, "cut": TEXT[:-1]})
def a_header_that_is_not_one_object(folder, text):
    return Case(write(folder, text, SOUND_DATA), refused=FORMAT)


ONE = json.dumps(tensor([6], 0, 24))


@each(31, {"tensor": f'{{"a": {ONE}, "a": {ONE}}}', "metadata": f'{{"__metadata__": {{"a": "1"}}, "__metadata__": {{"a": "2"}}, "a": {ONE}}}',
           "metadata-key": f'{{"__metadata__": {{"a": "1", "a": "2"}}, "a": {ONE}}}', "metadata-number": f'{{"__metadata__": {{"epoch": 3}}, "a": {ONE}}}',
           "dtype": '{"a": {"dtype": "F32", "dtype": "I32", "shape": [6], "data_offsets": [0, 24]}}'})
def said_twice(folder, text):
    return Case(write(folder, text.encode(), SOUND_DATA), refused=FORMAT)


@each(32, {
    "overlap": {"a": tensor([4], 0, 16), "b": tensor([4], 8, 24)}, "hole": {"a": tensor([2], 0, 8), "b": tensor([2], 16, 24)},
    "hole-at-start": {"a": tensor([4], 8, 24)}, "backwards": {"a": tensor([6], 24, 0)}, "past-end": {"a": tensor([8], 0, 32)},
    "span-mismatch": {"a": tensor([5], 0, 24)}, "dtype-f99": {"a": tensor([6], 0, 24, "F99")}, "negative-dimension": {"a": tensor([-1], 0, 24)},
    "negative-offset": {"a": tensor([6], -24, 0)}, "product-2-64": {"a": tensor([2**32, 2**32], 0, 24)}, "fraction": {"a": tensor([6.0], 0, 24)},
    "offset-2-64": {"a": tensor([6], 0, 2**64)}, "odd-4-bit": {"a": tensor([47], 0, 24, "F4")},
    # No writer makes such a dimension. safetensors takes it for an empty tensor; it does not fit the signed integers of all others.
    "dimension-2-63": {"a": tensor([0, 2**63], 0, 0), "b": tensor([6], 0, 24)}, "one-offset": {"a": {**tensor([6], 0, 24), "data_offsets": [0]}}})
def a_tensor_that_does_not_fit(folder, header):
    return Case(write(folder, header, SOUND_DATA), refused=FORMAT)


@each(33, {"one-byte": b"x", "four-kib": bytes(4096)})
def something_behind_the_last_tensor(folder, behind):
    return Case(write(folder, SOUND, SOUND_DATA + behind), refused=FORMAT)


@attack(33, "zip")
def also_a_zip(folder):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("config.json", "{}")
    data = held.getvalue()
    return Case(write(folder, {"a": tensor([len(data)], 0, len(data), "U8")}, data), refused=FORMAT, flagged=frozenset({"polyglot"}))


@attack(33, "pickle")
def also_a_pickle(folder):
    """The header's length begins as a pickle of protocol 2 does, and goes on with a number (G) of which three bytes are the header's.

    Then the name of a tensor drops it (0) and begins a line of text (V), which ends with the header's last line break; what closes the
    header pushes a dictionary. The tensor's data is the rest of the pickle: drop both, push 42, stop.
    """
    data = b"00K*."
    head = b'{"a0V":' + json.dumps(tensor([len(data)], 0, len(data), "U8")).encode()
    return Case(write(folder, head.ljust(0x470280 - 2) + b"\n}", data), refused=FORMAT, flagged=frozenset({"polyglot", "pickle"}))


@each(34, {"empty-2-63-1": ({"a": tensor([0, 2**63 - 1], 0, 0), "b": tensor([6], 0, 24)}, SOUND_DATA), "scalar": ({"a": tensor([], 0, 4)}, SOUND_DATA[:4]),
           "nan": ({"a": tensor([6], 0, 24)}, np.full(6, np.nan, "<f4").tobytes()), "empty-metadata": ({"__metadata__": {}, **SOUND}, SOUND_DATA),
           "padded": (TEXT + b"   ", SOUND_DATA), "no-tensor-has-bytes": ({"a": tensor([0], 0, 0)}, b"")})
def odd_but_sound(folder, contents):
    return Case(write(folder, *contents))


def write_shards(folder, weight_map, shards, index="model.safetensors.index.json"):
    """Two files by default: `shards` is name -> (header, data)."""
    for name, contents in shards.items():
        (folder / name).write_bytes(safetensors(*contents))
    path = folder / index
    path.write_text(weight_map if isinstance(weight_map, str) else json.dumps({"metadata": {"total_size": 24}, "weight_map": weight_map}))
    return path


A, B = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
SHARDS = {A: ({"a": tensor([4], 0, 16)}, SOUND_DATA[:16]), B: ({"b": tensor([2], 0, 8)}, SOUND_DATA[16:])}


@attack(35, "control")
def sound_shards(folder):
    path = write_shards(folder, {"a": A, "b": B}, SHARDS)
    return Case(path, files=(path, folder / A, folder / B))


@each(35, {"parent": lambda canary: f"../{canary.name}", "absolute": str, "folder": lambda canary: f"shards/../../{canary.name}",
           "backslash": lambda canary: f"..\\{canary.name}",
           "nul": lambda canary: f"{A}\0{canary.name}"})
def a_shard_elsewhere(folder, named):
    canary = folder.parent / "canary.safetensors"
    canary.write_bytes(safetensors({"__metadata__": {"marker": MARKER}, "b": tensor([2], 0, 8)}, SOUND_DATA[16:]))
    (folder / "shards").mkdir()
    return Case(write_shards(folder, {"a": A, "b": named(canary)}, {A: SHARDS[A]}), refused=UNSAFE_PATH)


@attack(35, "shard-is-symlink")
def a_shard_that_is_a_symlink(folder):
    canary = folder.parent / "canary.safetensors"
    canary.write_bytes(safetensors({"__metadata__": {"marker": MARKER}, "b": tensor([2], 0, 8)}, SOUND_DATA[16:]))
    (folder / B).symlink_to(os.path.join("..", canary.name))
    return Case(write_shards(folder, {"a": A, "b": B}, {A: SHARDS[A]}), refused=UNSAFE_PATH)


@attack(35, "missing-shard")
def a_shard_that_is_missing(folder):
    return Case(write_shards(folder, {"a": A, "b": B}, {A: SHARDS[A]}), refused=FORMAT)


@attack(35, "tensor-in-two-shards")
def a_tensor_in_two_shards(folder):
    twice = {**SHARDS, B: ({"a": tensor([4], 0, 16), "b": tensor([2], 16, 24)}, SOUND_DATA)}
    return Case(write_shards(folder, {"a": A, "b": B}, twice), refused=FORMAT)


@attack(35, "tensor-in-no-shard")
def a_tensor_in_no_shard(folder):
    return Case(write_shards(folder, {"a": A, "b": B, "c": B}, SHARDS), refused=FORMAT)


@attack(35, "duplicate-key")
def a_tensor_that_is_mapped_twice(folder):
    return Case(write_shards(folder, f'{{"metadata": {{}}, "weight_map": {{"a": "{A}", "b": "{B}", "b": "{A}"}}}}', SHARDS), refused=FORMAT)


def write_keras_shards(folder, second, at):
    """Keras 3's index of HDF5 shards: `dense` in the first, `dense_1` in the file `at`, which the index calls `second`."""
    for path, layer in ((folder / "model_00000.weights.h5", "dense"), (at, "dense_1")):
        with h5py.File(path, "w") as file:
            group = file.create_group(f"layers/{layer}/vars")
            group.attrs["name"] = layer
            group["0"] = np.ones((2, 2), "f4")
            group["1"] = np.zeros(2, "f4")
            if at.parent != folder and path == at:
                file.attrs["marker"] = MARKER
    path = folder / "model.weights.json"
    path.write_text(json.dumps({"metadata": {"total_size": 48}, "weight_map": {"/layers/dense/vars": ["model_00000.weights.h5"], "/layers/dense_1/vars": [second]}}))
    return path


@attack(35, "weights-json-control")
def sound_keras_shards(folder):
    second = folder / "model_00001.weights.h5"
    path = write_keras_shards(folder, second.name, second)
    return Case(path, files=(path, folder / "model_00000.weights.h5", second))


@each(35, {"weights-json-parent": lambda canary: f"../{canary.name}", "weights-json-absolute": str, "weights-json-backslash": lambda canary: f"..\\{canary.name}"})
def a_keras_shard_elsewhere(folder, named):
    canary = folder.parent / "canary.weights.h5"
    return Case(write_keras_shards(folder, named(canary), canary), refused=UNSAFE_PATH)
