"""Writes the files that SafetensorsFormatTests reads, and what the real library says of them.

Run: python make_tensors.py (safetensors 0.8.0, numpy 2.4.6, ml_dtypes 0.6.0).
"""

import io
import json
import pathlib
import struct
import zipfile

import ml_dtypes
import numpy as np
import safetensors
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent


def ramp(shape, dtype):
    return (np.arange(np.prod(shape)) * 3 + 1).astype(dtype).reshape(shape)


ARRAYS = {
    "encoder.layer.0.weight": ramp((3, 4), "<f4"),
    "encoder.layer.0.bias": ramp((4,), "<f8"),
    "scalar": np.array(2.5, "<f4"),
    "nothing": np.zeros((0, 5), "<f4"),
    "nothing.more": np.zeros((3, 0), "<f4"),
    "flags": np.array([True, False, True]),
    "half": ramp((2, 3), "<f2"),
    "i8": ramp((5,), "i1"), "u8": ramp((5,), "u1"),
    "i16": ramp((5,), "<i2"), "u16": ramp((5,), "<u2"),
    "i32": ramp((5,), "<i4"), "u32": ramp((5,), "<u4"),
    "i64": ramp((5,), "<i8"), "u64": ramp((5,), "<u8"),
    "complex": (ramp((2, 2), "<c8") * (1 + 2j)).astype("<c8"),
    "brain": ramp((2, 3), ml_dtypes.bfloat16),
    "e4m3": ramp((2, 3), ml_dtypes.float8_e4m3fn),
    "e5m2": ramp((2, 3), ml_dtypes.float8_e5m2),
    "not-a-number": np.array([np.nan, np.inf], "<f4"),
}


def describe(arrays):
    return {name: {"dtype": array.dtype.name, "shape": list(array.shape),
                   "bytes": array.tobytes().hex()} for name, array in arrays.items()}


def sharded():
    parts = {f"model-0000{n}-of-00002.safetensors": {
        name: array for i, (name, array) in enumerate(ARRAYS.items()) if i % 2 == n - 1}
        for n in (1, 2)}
    for name, arrays in parts.items():
        save_file(arrays, HERE / name, {"format": "np"})
    index = {
        "metadata": {"total_size": sum(a.nbytes for a in ARRAYS.values())},
        "weight_map": {name: file for file, arrays in parts.items() for name in arrays},
    }
    (HERE / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def raw(header, data=b"", length=None):
    header = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(dtype="F32", shape="[2]", offsets="[0,8]", more=""):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}{more}}}'


def two(first, second):
    return f'{{"a":{tensor(offsets=first)},"b":{tensor(offsets=second)}}}'


def hostile():
    one = f'{{"a":{tensor()}}}'
    eight, sixteen = bytes(8), bytes(16)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("payload", b"x")
    tail = archive.getvalue()
    size = len(tail)
    # The names say what is wrong; the real library's verdict is recorded beside ours.
    return {
        "control": raw(one, eight),
        "padded": raw(one + "    ", eight),
        "empty": raw("{}"),
        "empty-metadata": raw('{"__metadata__":{},"a":' + tensor() + "}", eight),
        "empty-with-a-great-dimension": raw(
            '{"a":' + tensor(shape="[0,9223372036854775807]", offsets="[0,0]") + "}"),
        "unknown-key": raw('{"a":' + tensor(more=',"more":1') + "}", eight),
        "zip-in-tensor": raw(
            '{"a":' + tensor("U8", f"[{size}]", f"[0,{size}]") + "}", tail),
        "no-header": raw(""),
        "seven-bytes": bytes(7),
        "length-2^64-1": raw(one, eight, 2**64 - 1),
        "length-beyond-file": raw(one, b"", 4096),
        "length-100000001": raw(one, eight, 100_000_001),
        "length-too-short": raw(one, eight, len(one) - 1),
        "array": raw("[]"),
        "space-before": raw(" " + one, eight),
        "newline-after": raw(one + "\n", eight),
        "nul-after": raw(one + "\0", eight),
        "byte-order-mark": raw(b"\xef\xbb\xbf" + one.encode(), eight),
        "not-utf8": raw(one.encode().replace(b"a", b"\xff", 1), eight),
        "repeated-tensor": raw(f'{{"a":{tensor()},"a":{tensor()}}}', eight),
        "repeated-metadata": raw(
            '{"__metadata__":{},"__metadata__":{},"a":' + tensor() + "}", eight),
        "metadata-number": raw('{"__metadata__":{"a":1},"a":' + tensor() + "}", eight),
        "metadata-list": raw('{"__metadata__":[],"a":' + tensor() + "}", eight),
        "overlap": raw(two("[0,8]", "[4,12]"), eight + bytes(4)),
        "same-bytes": raw(two("[0,8]", "[0,8]"), eight),
        "hole": raw(two("[0,8]", "[12,20]"), sixteen + bytes(4)),
        "hole-before": raw('{"a":' + tensor(offsets="[4,12]") + "}", eight + bytes(4)),
        "end-before-begin": raw('{"a":' + tensor(offsets="[8,0]") + "}", eight),
        "end-beyond-file": raw(one, eight[:7]),
        "trailing": raw(one, eight + b"x"),
        "other-span": raw('{"a":' + tensor(shape="[3]") + "}", eight),
        "dtype-unknown": raw('{"a":' + tensor(dtype="F99") + "}", eight),
        "dtype-f4": raw('{"a":' + tensor(dtype="F4", shape="[16]") + "}", eight),
        "dtype-f4-odd": raw('{"a":' + tensor(dtype="F4", shape="[15]") + "}", eight),
        "dtype-e8m0": raw('{"a":' + tensor(dtype="F8_E8M0", shape="[8]") + "}", eight),
        "no-dtype": raw('{"a":{"shape":[2],"data_offsets":[0,8]}}', eight),
        "no-shape": raw('{"a":{"dtype":"F32","data_offsets":[0,8]}}', eight),
        "no-offsets": raw('{"a":{"dtype":"F32","shape":[2]}}', eight),
        "three-offsets": raw('{"a":' + tensor(offsets="[0,8,8]") + "}", eight),
        "shape-negative": raw('{"a":' + tensor(shape="[-1]") + "}", eight),
        "shape-minus-zero": raw('{"a":' + tensor(shape="[-0]", offsets="[0,0]") + "}"),
        "shape-fraction": raw('{"a":' + tensor(shape="[2.0]") + "}", eight),
        "shape-text": raw('{"a":' + tensor(shape='["2"]') + "}", eight),
        "shape-overflow": raw(
            '{"a":' + tensor(shape="[4294967296,4294967296]") + "}", eight),
        "offsets-2^64": raw(
            '{"a":' + tensor(offsets="[0,18446744073709551616]") + "}", eight),
        "tensor-null": raw('{"a":null}', eight),
        "deep": raw('{"a":' + "[" * 1000 + "]" * 1000 + "}", eight),
        "cut-header": raw(one[:-5], eight),
    }


def verdict(content):
    try:
        safetensors.deserialize(content)
        return True
    except Exception:
        return False


def main():
    save_file(ARRAYS, HERE / "model.safetensors", {"format": "np", "note": "not a producer"})
    sharded()
    folder = HERE / "cases"
    folder.mkdir(exist_ok=True)
    cases = hostile()
    for name, content in cases.items():
        (folder / f"{name}.safetensors").write_bytes(content)
    expected = {
        "arrays": describe(ARRAYS),
        "accepted": sorted(name for name, content in cases.items() if verdict(content)),
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


main()
