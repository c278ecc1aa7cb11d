"""HDF5 as others may store it: compressed, big-endian, behind a user block, never written, in the newest layouts."""
import h5py
import numpy as np
import pytest

from test_keras import datasets, shown
from tiny import write_model


def rewritten(source, target, dataset=None, value=None, **file_options):
    """Copies an HDF5 file object by object, with other ways to store its datasets."""
    with h5py.File(source, "r") as old, h5py.File(target, "w", **file_options) as new:
        for key, attribute in old.attrs.items():
            new.attrs[key] = attribute

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                data = value(item[()]) if value else item[()]
                options = dataset if dataset and item.shape else {}
                copy = new.create_dataset(name, data=data, dtype=data.dtype, **options)
            else:
                copy = new.require_group(name)
            for key, attribute in item.attrs.items():
                copy.attrs[key] = attribute

        old.visititems(visit)


def big_endian(values):
    return values.astype(values.dtype.newbyteorder(">"))


STORED = {
    "gzip": dict(dataset=dict(chunks=True, compression="gzip")),
    "gzip_shuffle_fletcher": dict(dataset=dict(chunks=True, compression="gzip", shuffle=True, fletcher32=True)),
    "chunked": dict(dataset=dict(chunks=True)),
    "resizable": dict(dataset=dict(chunks=True, maxshape=None)),
    "big_endian": dict(value=big_endian),
    "big_endian_gzip": dict(dataset=dict(chunks=True, compression="gzip"), value=big_endian),
    "user_block": dict(userblock_size=512),
    "newest_layout": dict(libver="latest"),
    "newest_layout_gzip": dict(dataset=dict(chunks=True, compression="gzip"), libver="latest"),
    "ordered": dict(track_order=True),
}


@pytest.mark.parametrize("how", STORED)
def test_tensors_and_bytes_come_back(how, registry, tmp_path):
    plain, other = write_model(tmp_path / "plain.h5", seed=1), tmp_path / "other.h5"
    rewritten(plain, other, **STORED[how])
    if how == "user_block":
        with open(other, "r+b") as file:
            file.write(b"#!/bin/sh\necho a user block is any text\n")
    registry.ok("commit", other, "--model", "m")
    assert shown(registry) == datasets(other) == datasets(plain)
    registry.gives_back("m@v1", other, tmp_path / "back.h5")


@pytest.mark.parametrize("how", ["gzip", "big_endian", "newest_layout", "user_block"])
def test_the_same_numbers_are_the_same_blobs(how, registry, tmp_path):
    plain, other = write_model(tmp_path / "plain.h5", seed=1), tmp_path / "other.h5"
    rewritten(plain, other, **STORED[how])
    first = registry.json("commit", plain, "--model", "m")
    second = registry.json("commit", other, "--model", "m")
    assert second["new_tensors"] == 0
    assert first["weights_id"] == second["weights_id"]


def test_a_dataset_that_was_never_written_is_its_fill_value(registry, tmp_path):
    """HDF5 allots no bytes to it, and readers see the fill value."""
    path = write_model(tmp_path / "m.h5", seed=1)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/dense_0/dense_0"]
        group.create_dataset("late", shape=(3, 5), dtype="f4")
        group.create_dataset("sevens", shape=(4,), dtype="f4", fillvalue=7)
        group.create_dataset("holes", shape=(100,), dtype="f4", chunks=(10,), fillvalue=3)[20:30] = 1
    registry.ok("commit", path, "--model", "m")
    assert shown(registry) == datasets(path)
    registry.gives_back("m@v1", path, tmp_path / "back.h5")


def test_what_we_do_not_understand_comes_back(registry, tmp_path):
    path = write_model(tmp_path / "m.h5", seed=1)
    with h5py.File(path, "r+") as file:
        file.create_dataset("notes", data=np.array([b"one", b"two"]))
        file.create_dataset("table", data=np.zeros(3, dtype=[("a", "f4"), ("b", "i8")]))
        file.create_dataset("text", data="text of any length", dtype=h5py.string_dtype())
        file.attrs["provenance"] = "by hand"
        file["model_weights"].attrs["reference"] = file["notes"].ref
    with open(path, "ab") as file:
        file.write(b"bytes behind the end of the file that HDF5 knows")
    registry.ok("commit", path, "--model", "m")
    registry.gives_back("m@v1", path, tmp_path / "back.h5")
