"""Writes the archive that NpzWriter has to write as well, byte for byte. The elements' bytes are
0, 1, 2 and so on.

Run: python make_written.py (numpy 2.4.6, ml_dtypes 0.6.0).
"""

import pathlib

import ml_dtypes
import numpy as np

HERE = pathlib.Path(__file__).parent
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
          "float64", "complex64", "complex128", "bfloat16", "float8_e4m3fn", "int4", "uint4"]


def ramp(dtype, shape):
    # What NumPy does not have it finds once ml_dtypes is imported.
    dtype = np.dtype(getattr(ml_dtypes, dtype, dtype))
    count = int(np.prod(shape)) * dtype.itemsize
    if dtype == bool:
        return np.arange(count).astype("u1").__mod__(2).view(bool).reshape(shape)
    return (np.arange(count) % 256).astype("u1").view(dtype).reshape(shape)


arrays = {f"dense/{dtype}": ramp(dtype, (2, 3)) for dtype in DTYPES}
arrays["scalar"] = ramp("float32", ())
arrays["nothing"] = ramp("float32", (0, 5))
arrays["vector"] = ramp("int64", (70,))
arrays["gr\u00f6\u00dfe"] = ramp("uint8", (300,))
# Of 64 dimensions, and one whose header would end at a multiple of 64 by itself.
arrays["dimensions"] = ramp("uint8", (1,) * 64)
arrays["aligned"] = ramp("uint8", (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
np.savez(HERE / "written.npz", **arrays)
np.save(HERE / "written.npy", ramp("float32", (2, 3)))
