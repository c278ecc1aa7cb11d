"""Writes the files that SafetensorsWriter has to write as well, byte for byte. The elements' bytes
are 0, 1, 2 and so on.

Run: python make_written.py (safetensors 0.8.0, numpy 2.4.6, ml_dtypes 0.6.0).
"""

import pathlib

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
          "float64", "complex64", "bfloat16", "float8_e4m3fn", "float8_e5m2"]


def ramp(dtype, shape):
    dtype = np.dtype(getattr(ml_dtypes, dtype, dtype))
    count = int(np.prod(shape)) * dtype.itemsize
    if dtype == bool:
        return np.arange(count).astype("u1").__mod__(2).view(bool).reshape(shape)
    return (np.arange(count) % 256).astype("u1").view(dtype).reshape(shape)


arrays = {f"dense/{dtype}": ramp(dtype, (2, 3)) for dtype in DTYPES}
for name in ["b", "a", "B", "a/b", "a.b", "\u00e4", "\U0001f600", "quoted \"\\\n"]:
    arrays[name] = ramp("float32", (3,))
arrays["scalar"] = ramp("float32", ())
arrays["nothing"] = ramp("float32", (0, 5))
save_file(arrays, HERE / "written.safetensors", metadata={"format": "tf"})
save_file({}, HERE / "written-nothing.safetensors")
