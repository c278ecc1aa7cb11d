"""Writes the tree of an HDF5 file as JSON, as TreeJSON.swift reads it: h5py's view, no bytes.

Offsets are those of the file; pass relocate=True for ones that do not depend on how it was laid
out, so that a fixture made again differs only where Keras differs.
"""
import json
import sys

import h5py
import numpy as np


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def attribute(value):
    if isinstance(value, (str, bytes)):
        return text(value)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        if value.size == 0:
            return []
        if value.dtype.kind in "SOU":
            return [text(v) for v in value.tolist()]
    return None


def type_name(dtype):
    if dtype.kind == "V" and dtype.names is None:
        return f"opaque{dtype.itemsize}"
    if h5py.check_string_dtype(dtype) or dtype.kind in "SOU":
        return "string"
    return str(dtype.newbyteorder("="))


class Dumper:
    def __init__(self, relocate):
        self.next = 1024 if relocate else None

    def storage(self, dataset):
        creation = dataset.id.get_create_plist()
        contiguous = creation.get_layout() == h5py.h5d.CONTIGUOUS
        if not contiguous or dataset.dtype.byteorder == ">":
            return "encoded"
        if dataset.id.get_offset() is None:
            return "none"
        length = dataset.id.get_storage_size()
        offset = dataset.id.get_offset()
        if self.next is not None:
            offset, self.next = self.next, self.next + length
        return [offset, length]

    def group(self, group):
        tree = {"attributes": attributes(group), "groups": {}, "datasets": {}}
        for name in group:
            member = group[name]
            if isinstance(member, h5py.Group):
                tree["groups"][name] = self.group(member)
            else:
                tree["datasets"][name] = {
                    "type": type_name(member.dtype), "shape": list(member.shape),
                    "storage": self.storage(member), "attributes": attributes(member)}
        return {k: v for k, v in tree.items() if v}


def attributes(member):
    return {k: attribute(v) for k, v in member.attrs.items()}


def dump(path, relocate=False):
    with h5py.File(path, "r") as file:
        return Dumper(relocate).group(file)


if __name__ == "__main__":
    json.dump(dump(sys.argv[1]), sys.stdout)
