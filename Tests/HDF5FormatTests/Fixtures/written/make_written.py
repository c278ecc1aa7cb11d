"""Writes written.h5 and plain.h5, which HDF5WriterTests.swift lets our writer make again, byte by
byte.

Run with h5py 3.14 (HDF5 1.14.6) and ml_dtypes. h5py's own calls are used below those that users
see, because storage has to be allocated early, small data not aggregated, and times not kept.
"""

import ctypes
import glob
import os

import h5py
import ml_dtypes
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5p, h5s, h5t

TYPES = {
    "bool": np.bool_, "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
    "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64,
    "float8_e4m3fn": ml_dtypes.float8_e4m3fn, "bfloat16": ml_dtypes.bfloat16,
    "float16": np.float16, "float32": np.float32, "float64": np.float64,
    "complex64": np.complex64, "complex128": np.complex128,
}  # fmt: skip
SHAPES = [(), (3,), (2, 5), (0,)]

library = ctypes.CDLL(glob.glob(os.path.dirname(h5py.__file__) + "/../h5py.libs/libhdf5-*")[0])
library.H5Pset_small_data_block_size.argtypes = [ctypes.c_int64, ctypes.c_uint64]
access = h5p.create(h5p.FILE_ACCESS)
library.H5Pset_small_data_block_size(access.id, 0)
creation = h5p.create(h5p.FILE_CREATE)
creation.set_obj_track_times(False)
links = h5p.create(h5p.LINK_CREATE)
links.set_create_intermediate_group(True)
groups = h5p.create(h5p.GROUP_CREATE)
groups.set_obj_track_times(False)
datasets = h5p.create(h5p.DATASET_CREATE)
datasets.set_obj_track_times(False)
datasets.set_layout(h5d.CONTIGUOUS)
datasets.set_alloc_time(h5d.ALLOC_TIME_EARLY)
datasets.set_fill_time(h5d.FILL_TIME_NEVER)


def create(path):
    return h5f.create(path.encode(), h5f.ACC_TRUNC, creation, access)


def put(target, name, value):
    """An attribute, of the types that h5py gives to what Python has."""
    array = np.array(value, dtype=h5py.string_dtype()) if isinstance(value, (str, list)) else value
    space = h5s.create(h5s.SCALAR) if array.ndim == 0 else h5s.create_simple(array.shape)
    attribute = h5a.create(target, name.encode(), h5t.py_create(array.dtype, logical=True), space)
    if array.size > 0:
        attribute.write(array)


def group(path):
    return h5g.create(file, path.encode(), links, groups)


def dataset(path, shape, dtype):
    space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
    kind = h5t.py_create(np.dtype(dtype), logical=True)
    made = h5d.create(file, path.encode(), kind, space, datasets, links)
    if 0 not in shape:
        # So that the file is as long as it says.
        made.write(h5s.ALL, h5s.ALL, np.zeros(shape, dtype))
    return made


file = create("written.h5")
root = h5g.open(file, b"/")
put(root, "keras_version", "2.15.0")
put(root, "model_config", "{" + "x" * 5000 + "é}")
put(root, "empty", "")
put(root, "none", np.array([]))
weights = group("/model_weights")
put(weights, "layer_names", ["dense", "", "über"])
for index in range(12):
    names = [f"layer_{index}_{place}" for place in range(100)]
    put(weights, f"chunk{index}", np.array(names, dtype="S"))
put(group("/model_weights/a/b/c"), "name", "c")
for name, dtype in TYPES.items():
    for place, shape in enumerate(SHAPES):
        put(dataset(f"/tensors/{name}/{place}", shape, dtype), "dtype", name)
file.close()

file = create("plain.h5")
put(h5g.open(file, b"/"), "model_config", "x" * 200)
for index in range(3):
    dataset(f"/model_weights/layer_{index}/kernel:0", (10, 10), np.float32)
file.close()
