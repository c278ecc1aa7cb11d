"""Writes the archives that NumPyFormatTests reads, and what NumPy says is in them.

Run: python make_arrays.py (numpy 2.4.6, ml_dtypes 0.6.0).
"""

import io
import json
import pathlib
import pickle
import zipfile

import ml_dtypes
import numpy as np

HERE = pathlib.Path(__file__).parent


def ramp(shape, dtype):
    return (np.arange(np.prod(shape)) * 3 + 1).astype(dtype).reshape(shape)


PLAIN = {
    "layers/dense/vars/0": ramp((3, 4), "<f4"),
    "bias": ramp((4,), "<f8"),
    "scalar": np.array(2.5, "<f4"),
    "nothing": np.zeros((0, 5), "<f4"),
    "flags": np.array([True, False, True]),
    "half": ramp((2, 3), "<f2"),
    "bytes": ramp((5,), "u1"),
    "small": ramp((5,), "i1"),
    "wide": ramp((2, 2), "<u8"),
    "complex": ramp((2, 2), "<c8") * (1 + 2j),
    "brain": ramp((2, 3), ml_dtypes.bfloat16),
    "eight": ramp((2, 3), ml_dtypes.float8_e5m2),
    "not-a-number": np.array([np.nan, np.inf], "<f4"),
}
TURNED = {
    "big": ramp((3, 4), ">f4"),
    "big-double": ramp((2,), ">f8"),
    "big-short": ramp((7,), ">i2"),
    "big-complex": (ramp((2, 2), ">c16") * (1 + 2j)).astype(">c16"),
    "fortran": np.asfortranarray(ramp((3, 4), "<f4")),
    "fortran-cube": np.asfortranarray(ramp((2, 3, 4), "<i2")),
    "fortran-big": np.asfortranarray(ramp((3, 2, 1, 4), ">f8")),
    "fortran-column": np.asfortranarray(ramp((5, 1), "<f4")),
}
UNREAD = {
    "text": np.array(["a", "bc"]),
    "bytestring": np.array([b"a", b"bc"]),
    "date": np.zeros(2, "M8[s]"),
    "record": np.zeros(2, [("a", "<f4"), ("b", "<i4", (2,))]),
    "long-double": np.zeros(2, "<f16"),
    "void": np.zeros(2, "V3"),
    "eight-bits": np.zeros(2, ml_dtypes.float8_e4m3fn),
}


def canonical(array):
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).tobytes()


def describe(arrays):
    return {name: {"dtype": array.dtype.name, "shape": list(array.shape),
                   "bytes": canonical(array).hex()} for name, array in arrays.items()}


def versions():
    arrays = {f"version-{v}": ramp((2, 3), "<f4") for v in (1, 2, 3)}
    with zipfile.ZipFile(HERE / "versions.npz", "w") as archive:
        for version, (name, array) in enumerate(arrays.items(), 1):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, (version, 0))
            archive.writestr(zipfile.ZipInfo(name + ".npy"), buffer.getvalue())
        # As Python 2 wrote it on Windows.
        text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }".ljust(117) + b"\n"
        header = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text
        arrays["python-2"] = ramp((2, 3), "<f4")
        archive.writestr(
            zipfile.ZipInfo("python-2.npy"), header + arrays["python-2"].tobytes())
    return arrays


def unread():
    np.savez(HERE / "unread.npz", **UNREAD, objects=np.array([None, 1]),
             record_of_objects=np.zeros(1, [("a", "O")]))
    with zipfile.ZipFile(HERE / "unread.npz", "a") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), b"no array")
        archive.writestr(zipfile.ZipInfo("data.pkl"), b"(lp0\n.")
        archive.writestr(zipfile.ZipInfo("state"), pickle.dumps({"a": 1}))
        archive.writestr(zipfile.ZipInfo("disguised.npy"), pickle.dumps({"a": 1}))
        archive.writestr(zipfile.ZipInfo("short.npy"), b"\x93NUM")


def beyond_limits():
    long = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }".ljust(19_999) + b"\n"
    many = b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1," * 65 + b")}\n"
    for name, text in [("long-header", long), ("many-dimensions", many)]:
        content = b"\x93NUMPY\2\0" + len(text).to_bytes(4, "little") + text + b"\0\0\0\0"
        with zipfile.ZipFile(HERE / f"{name}.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(name + ".npy"), content, zipfile.ZIP_DEFLATED)


def main():
    beyond_limits()
    expected = {}
    for name, arrays in [("plain", PLAIN), ("turned", TURNED)]:
        np.savez(HERE / f"{name}.npz", **arrays)
        np.savez_compressed(HERE / f"{name}-deflated.npz", **arrays)
        expected[f"{name}.npz"] = expected[f"{name}-deflated.npz"] = describe(arrays)
    expected["versions.npz"] = describe(versions())
    unread()
    np.savez(HERE / "again.npz", brain=np.load(HERE / "plain.npz")["brain"])
    expected["again.npz"] = describe({"brain": PLAIN["brain"]})
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


main()
