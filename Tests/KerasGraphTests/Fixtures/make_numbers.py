#!/usr/bin/env python3
"""Writes numbers.json: what NumPy and Python say of constants, of broadcasting and of slices. Run it with the Python of the interop tests."""
import itertools, json
from pathlib import Path

import ml_dtypes
import numpy as np

VALUES = [0.0, -0.0, 1.0, -2.5, 1 / 3, 65504.0, 65520.0, 1e-8, 3.0e38, 1.00390625, 1.01171875, 255.0, -129.0]
KINDS = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float32": np.float32, "float64": np.float64, "int8": np.int8, "int32": np.int32,
         "uint8": np.uint8, "bool": np.bool_}
SHAPES = [[], [1], [3], [2, 1], [1, 3], [2, 3], [4, 1, 3], [4, 2, 1]]


def constants():
    for name, kind in KINDS.items():
        values = VALUES if np.dtype(kind).kind not in "iu" else [0, 1, 100, 7] + ([-128] if name != "uint8" else [])
        with np.errstate(all="ignore"):
            yield {"kind": name, "values": [float(v) for v in values], "hex": np.asarray(values).astype(kind).tobytes().hex()}


def broadcasts():
    for one, other in itertools.product(SHAPES, repeat=2):
        try:
            yield {"one": one, "other": other, "result": list(np.broadcast_shapes(tuple(one), tuple(other)))}
        except ValueError:
            pass


def slices():
    bounds, steps = [None, 0, 2, 5, 9, -1, -3, -9], [1, 2, -1, -3]
    for start, stop, step in itertools.product(bounds, bounds, steps):
        yield {"start": start, "stop": stop, "step": step, "count": len(range(7)[start:stop:step])}


json.dump({"constants": list(constants()), "broadcasts": list(broadcasts()), "slices": list(slices())},
          Path(__file__).with_name("numbers.json").open("w"), separators=(",", ":"))
