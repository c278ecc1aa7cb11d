#!/usr/bin/env python3
"""Writes the fixtures beside this file with h5py, and what h5py says is in them.

    python make.py        needs h5py and numpy; the versions used are in expected.json

Sound files: expected.json has for each dataset its shape, element type, the SHA-256 of its
elements (little-endian, C order) and how it is stored; for each object its attributes.
Hostile files: hostile.json has for each the code of the rejection, or "" for one to be read.
"""
import hashlib, json, os, pathlib, shutil, struct
import h5py, numpy as np
from h5py import h5a, h5d, h5f, h5l, h5p, h5s, h5t, h5z

HERE = pathlib.Path(__file__).resolve().parent
HOSTILE = HERE / "hostile"
expected, hostile = {}, {}
random = np.random.default_rng(20240229)


def values(dtype, shape):
    """Arbitrary values; floats without NaN, so that a conversion would not go unseen as one."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if dtype.kind == "c":
        return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(dtype)
    if dtype.kind == "f":
        return random.normal(size=shape).astype(dtype)
    count = int(np.prod(shape, dtype=int)) * dtype.itemsize
    return np.frombuffer(random.bytes(count), dtype.newbyteorder("=")).astype(dtype).reshape(shape)


def little_endian(array):
    array = np.ascontiguousarray(array)
    return array if array.dtype.kind == "V" else array.astype(array.dtype.newbyteorder("<"))


def elements(dataset, named):
    if dataset.name in named:
        return named[dataset.name][0]
    dtype = dataset.dtype
    if dtype.kind == "V" and dtype.names is None and dtype.subdtype is None:
        return f"opaque {dtype.itemsize}"
    enumeration = h5py.check_enum_dtype(dtype)
    if dtype.kind in "biufc" and enumeration is None and dtype.itemsize <= 16 and dtype != np.longdouble:
        return dtype.name
    return "other"


def storage(dataset, kind):
    if dataset.shape is None or dataset.size == 0:
        return "none"
    if kind == "other" or dataset.id.get_create_plist().get_layout() != h5d.CONTIGUOUS:
        return "encoded"
    if dataset.id.get_offset() is None:
        return "encoded"
    return "encoded" if dataset.dtype.str.startswith(">") else "contiguous"


def text(value):
    """What HDF5Attribute makes of it: a string, a list of strings, or None."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    if isinstance(value, str):
        return value if value.isprintable() or "\n" in value else None
    if isinstance(value, np.ndarray) and value.ndim == 1:
        if value.size == 0:
            return []
        if value.dtype.kind in "SO":
            return [text(item) for item in value.tolist()]
    return None


def describe(name, named={}, unread=()):
    """Records a sound file. `named` has what h5py cannot say of a dataset: (type, its bytes)."""
    datasets, attributes = {}, {}

    def visit(path, item):
        found = {key: text(value) for key, value in item.attrs.items() if key not in unread}
        attributes[path] = found | {key: None for key in unread if key in item.attrs}
        if not isinstance(item, h5py.Dataset):
            return
        kind = elements(item, named)
        entry = {"shape": [0] if item.shape is None else list(item.shape), "elements": kind, "storage": storage(item, kind)}
        if entry["storage"] != "none" and kind != "other":
            raw = named[item.name][1] if item.name in named else little_endian(item[()]).tobytes()
            entry |= {"sha256": hashlib.sha256(raw).hexdigest(), "byteCount": len(raw)}
        datasets[path] = entry

    with h5py.File(HERE / name, "r") as file:
        visit("", file)

        def walk(path, group):
            # visititems would show an object with two names once.
            for key in group:
                child = group[key]
                visit(path + key, child)
                if isinstance(child, h5py.Group):
                    walk(path + key + "/", child)

        walk("", file)
    expected[name] = {"datasets": datasets, "attributes": attributes}


def raw_dataset(group, name, file_type, data, shape):
    """A dataset of a type that NumPy does not have."""
    dataset = h5d.create(group.id, name.encode(), file_type, h5s.create_simple(shape))
    dataset.write(h5s.ALL, h5s.ALL, np.frombuffer(data, "u1"), mtype=file_type)


def float_type(base, sign, exponent, exponent_bits, mantissa_bits, bias):
    kind = base.copy()
    if kind.get_precision() != sign + 1:
        # The parts have to fit while they are moved.
        kind.set_fields(sign, exponent, exponent_bits, 0, mantissa_bits)
        kind.set_precision(sign + 1)
        kind.set_size((sign + 1) // 8)
    kind.set_fields(sign, exponent, exponent_bits, 0, mantissa_bits)
    kind.set_ebias(bias)
    return kind


def numbers():
    named = {}
    with h5py.File(HERE / "numbers.h5", "w") as file:
        for order, group in (("<", "little"), (">", "big")):
            for code in "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split():
                data = values(order + code, (3, 5))
                file.create_dataset(f"{group}/{np.dtype(code).name}", data=data)
        file["bool"] = values("?", (7,))
        file["scalar"] = np.float32(2.5)
        file["scalar-big"] = np.array(258, ">i8")
        # As h5py writes ml_dtypes.bfloat16.
        file["bfloat16"] = np.frombuffer(random.bytes(12), "V2").reshape(2, 3)
        file["opaque"] = np.frombuffer(random.bytes(15), "V5")
        # As HDF5 2 names them: floats whose parts are spelled out.
        for name, base, parts in (
            ("bfloat16", h5t.IEEE_F32LE, (15, 7, 8, 7, 127)),
            ("float8_e5m2", h5t.IEEE_F16LE, (7, 2, 5, 2, 15)),
        ):
            kind = float_type(base, *parts)
            data = random.bytes(6 * kind.get_size())
            raw_dataset(file.require_group("parts"), name, kind, data, (6,))
            named[f"/parts/{name}"] = (name, data)
    describe("numbers.h5", named)


def others():
    named = {}
    with h5py.File(HERE / "others.h5", "w") as file:
        file.create_dataset("text", data=["a", "bc"], dtype=h5py.string_dtype())
        file["fixed-text"] = np.array([b"ab", b"cde"])
        file["compound"] = np.array([(1, 2.0)], [("id", "i4"), ("x", "f8")])
        file["not-complex"] = np.array([(1.0, 2.0)], [("r", "f4"), ("j", "f4")])
        file.create_dataset("enumeration", data=[1, 2], dtype=h5py.enum_dtype({"RED": 1, "BLUE": 2}, "i1"))
        file.create_dataset("not-bool", data=[0, 1], dtype=h5py.enum_dtype({"TRUE": 0, "FALSE": 1}, "i1"))
        file.create_dataset("sequences", (2,), dtype=h5py.vlen_dtype("i4"))
        file.create_dataset("arrays", (2,), dtype=np.dtype(("i4", (3,))))
        file.create_dataset("references", (2,), dtype=h5py.ref_dtype)
        file.create_dataset("long-double", data=np.array([1.5], np.longdouble))
        odd = h5t.STD_I16LE.copy()
        odd.set_precision(12)
        raw_dataset(file, "twelve-bits", odd, b"\1\0\2\0", (2,))
        float8 = float_type(h5t.IEEE_F16LE, 7, 3, 4, 3, 7)
        raw_dataset(file, "ambiguous-float8", float8, b"\1\2", (2,))
        named = {"/twelve-bits": ("other", b""), "/ambiguous-float8": ("other", b"")}
        file["committed"] = np.dtype("f4")
        del file["committed"]
    describe("others.h5", named)


def layouts():
    with h5py.File(HERE / "layouts.h5", "w") as file:
        small = values("<f4", (5, 7))
        file.create_dataset("chunked", data=small, chunks=(2, 3))
        file.create_dataset("filtered", data=small, chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
        file.create_dataset("filtered-big", data=small.astype(">f4"), chunks=(5, 1), compression="gzip", shuffle=True)
        file.create_dataset("chunk-larger-than-data", data=small, chunks=(64, 64), maxshape=(None, None))
        compact = h5p.create(h5p.DATASET_CREATE)
        compact.set_layout(h5d.COMPACT)
        dataset = h5d.create(file.id, b"compact", h5t.IEEE_F32LE, h5s.create_simple((5, 7)), compact)
        dataset.write(h5s.ALL, h5s.ALL, small)
        file.create_dataset("fill-only", (4, 3), "<i4", fillvalue=7)
        file.create_dataset("fill-only-chunked", (4, 3), ">i4", chunks=(2, 3), fillvalue=7)
        partial = file.create_dataset("one-chunk-missing", (4, 3), "<i4", chunks=(2, 3), fillvalue=-1)
        partial[:2] = 5
        never = h5p.create(h5p.DATASET_CREATE)
        never.set_fill_time(h5d.FILL_TIME_NEVER)
        h5d.create(file.id, b"never-filled", h5t.STD_I32LE, h5s.create_simple((3,)), never)
        file.create_dataset("empty", (0,), "<f4")
        file.create_dataset("empty-rows", (3, 0), "<f4")
        file.create_dataset("empty-growing", (0, 4), "<f4", maxshape=(None, 4))
        file["no-space"] = h5py.Empty("f4")
        # Chunks in rows of more than a piece (1 MiB), and chunks that split the last axes only.
        counting = (np.arange(3 * 900 * 310) % 7).astype("<f4").reshape(3, 900, 310)
        file.create_dataset("long-rows", data=counting, chunks=(1, 100, 310), compression="gzip")
        file.create_dataset("thick-rows", data=counting, chunks=(2, 450, 31), compression="gzip")
        file.create_dataset("pillars", data=counting, chunks=(3, 9, 310), compression="gzip")
        file.create_dataset("lines", data=counting[0], chunks=(1, 310), compression="gzip")
        file["another-name"] = file["chunked"]
        file["group/a-third"] = file["compact"]
    describe("layouts.h5")
    with h5py.File(HERE / "latest.h5", "w", libver="latest") as file:
        growing = file.create_dataset("layers/dense/vars/0", data=small, chunks=(2, 3), maxshape=(None, None))
        file.create_dataset("layers/dense/vars/1", data=small[0], chunks=(7,), maxshape=(None,), compression="gzip")
        file.create_dataset("layers/dense/vars/2", data=small[:, 0])
        for number in range(40):
            growing.attrs[f"attribute {number}"] = f"value {number}"
            file.create_group(f"many/{number}")
    describe("latest.h5")


def user_blocks():
    for size in (512, 4096):
        name = f"userblock-{size}.h5"
        with h5py.File(HERE / name, "w", userblock_size=size) as file:
            file["layers/dense/vars/0"] = values("<f4", (3, 4))
            file.create_dataset("layers/dense/vars/1", data=values("<f4", (4,)), chunks=(2,), compression="gzip")
        with open(HERE / name, "r+b") as file:
            file.write(b"#!/bin/sh\nexit 1\n")
        describe(name)


def attributes():
    def fixed(item, name, padding, size, data):
        kind = h5t.C_S1.copy()
        kind.set_size(size)
        kind.set_strpad(padding)
        count = len(data) // size
        space = h5s.create(h5s.SCALAR) if count == 1 else h5s.create_simple((count,))
        h5a.create(item.id, name.encode(), kind, space).write(np.frombuffer(data, f"S{size}"), mtype=kind)

    with h5py.File(HERE / "attributes.h5", "w") as file:
        at = file.attrs
        at["text"] = "größer, 更大"
        at["ascii"] = np.bytes_("plain")
        at.create("variable-ascii", b"plain", dtype=h5py.string_dtype("ascii"))
        at["nothing"] = ""
        at["list"] = ["one", "zwei", "三", ""]
        at["fixed-list"] = np.array([b"dense", b"dense_1"])
        at["empty-list"] = []
        at.create("empty-text-list", np.array([], "S1"))
        at["number"] = 3
        at["numbers"] = [1.0, 2.0]
        at["table"] = np.array([[b"a", b"b"], [b"c", b"d"]])
        at["no-space"] = h5py.Empty("f4")
        at.create("latin-1", np.bytes_("gr\xf6\xdfer".encode("latin-1")))
        at["long"] = "x" * 5000
        fixed(file, "null-terminated", h5t.STR_NULLTERM, 6, b"ab\0cd\0")
        fixed(file, "null-padded", h5t.STR_NULLPAD, 6, b"ab\0cd\0")
        fixed(file, "space-padded", h5t.STR_SPACEPAD, 6, b"ab cd ")
        for number in range(3):
            at[f"layer_names{number}"] = np.array([f"layer_{number}_{k}".encode() for k in range(4)])
        file.create_group("group").attrs["name"] = "mlp"
        file["group/dataset"] = np.zeros(2, "f4")
        file["group/dataset"].attrs["dtype"] = "bfloat16"
    describe("attributes.h5")
    # What h5py strips or keeps by its own rules; here it is what HDF5's definition says.
    expected["attributes.h5"]["attributes"][""] |= {
        "null-terminated": "ab", "null-padded": "ab\0cd", "space-padded": "ab cd",
    }


def patched(name, old, new, count=1):
    data = (HOSTILE / name).read_bytes()
    assert data.count(old) == count, (name, data.count(old))
    (HOSTILE / name).write_bytes(data.replace(old, new))


def hostile_file(name, code):
    hostile[name] = code
    return h5py.File(HOSTILE / name, "w")


def little(*numbers):
    return b"".join(struct.pack("<Q", number) for number in numbers)


def links():
    with hostile_file("external-storage.h5", "unsafe-link") as file:
        file.create_dataset("layers/dense/vars/0", (8,), "u1", external=[("/etc/hostname", 0, 8)])
    with hostile_file("external-link.h5", "unsafe-link") as file:
        file["model_weights"] = h5py.ExternalLink("latest.h5", "/layers")
    with hostile_file("soft-link-dangling.h5", "unsafe-link") as file:
        file["layers/dense/vars"] = h5py.SoftLink("/nowhere")
    with hostile_file("soft-link.h5", "unsafe-link") as file:
        file["data/0"] = np.zeros(3, "f4")
        file["layers/dense/vars"] = h5py.SoftLink("/data")
    with hostile_file("user-defined-link.h5", "unsafe-link") as file:
        file["vars"] = h5py.ExternalLink("SOMEWHERE", "/")
    # A link message: version, flags, the type (64 is external), the name's length, the name.
    patched("user-defined-link.h5", b"\x40\x04vars", b"\x41\x04vars")
    for name, source in (("virtual.h5", "latest.h5"), ("virtual-same-file.h5", "."), ("virtual-printf.h5", "part-%b.h5")):
        with hostile_file(name, "unsafe-link") as file:
            file["data"] = np.arange(8.0)
            layout = h5py.VirtualLayout((8,), "f8", maxshape=(None,) if "%" in source else (8,))
            if "%" in source:
                plist = h5p.create(h5p.DATASET_CREATE)
                space = h5s.create_simple((8,), (h5s.UNLIMITED,))
                space.select_hyperslab((0,), (h5s.UNLIMITED,), (4,), (4,))
                plist.set_virtual(space, source.encode(), b"data", h5s.create_simple((4,)))
                h5d.create(file.create_group("vars").id, b"0", h5t.IEEE_F64LE, h5s.create_simple((8,), (h5s.UNLIMITED,)), plist)
            else:
                layout[:] = h5py.VirtualSource(source, "data", (8,))
                file.create_virtual_dataset("vars/0", layout)
    with hostile_file("cycle.h5", "unsafe-link") as file:
        file.create_group("a")["self"] = file["/"]
    with hostile_file("shared-groups.h5", "unsafe-link") as file:
        # 2^40 paths: each group has the next twice.
        group = file
        for _ in range(40):
            child = group.create_group("a")
            group["b"] = child
            group = child
    for driver, options in (("family", {"memb_size": 1 << 20}), ("split", {})):
        name = HOSTILE / f"{driver}-driver-%d.h5" if driver == "family" else HOSTILE / "split-driver"
        with h5py.File(str(name), "w", driver=driver, **options) as file:
            file["vars/0"] = np.zeros(3, "f4")
    (HOSTILE / "family-driver-0.h5").rename(HOSTILE / "family-driver.h5")
    (HOSTILE / "split-driver-m.h5").rename(HOSTILE / "split-driver.h5")
    (HOSTILE / "split-driver-r.h5").unlink()
    hostile["family-driver.h5"] = hostile["split-driver.h5"] = "unsafe-link"


def sizes():
    with hostile_file("declares-16-TiB.h5", "limit") as file:
        file.create_dataset("vars/0", (1 << 21, 1 << 21), "f4", chunks=(64, 64), compression="gzip")
    mark = 0x0123456789
    for name, shape, code in (
        ("2^63-elements.h5", (1 << 32, 1 << 31), "malformed"), ("2^64-elements.h5", (1 << 32, 1 << 32), "malformed"),
        ("2^64-bytes.h5", (1 << 31, 1 << 31), "malformed"), ("2^63-rows.h5", (1 << 63, 1), "malformed"),
    ):
        with hostile_file(name, code) as file:
            file.create_dataset("vars/0", (mark, mark + 1), "f4", chunks=(64, 64), maxshape=(None, None))
        patched(name, little(mark, mark + 1), little(*shape))
    with hostile_file("rank-33.h5", "malformed") as file:
        file.create_dataset("vars/0", (mark, mark + 1), "f4", chunks=(64, 64), maxshape=(None, None))
    patched("rank-33.h5", b"\1\2\1\0\0\0\0\0" + little(mark), b"\1\x21\1\0\0\0\0\0" + little(mark))
    with hostile_file("row-of-chunks-too-large.h5", "limit") as file:
        file.create_dataset("vars/0", (1 << 29,), "f4", chunks=(1 << 29,), compression="gzip")
        file["vars/0"].id.write_direct_chunk((0,), b"\0" * (1 << 22 >> 10))
    with hostile_file("zeros-in-100-chunks.h5", "") as file:
        zeros = file.create_dataset("vars/0", (100, 1 << 18), "u1", chunks=(1, 1 << 18), compression=9)
        zeros[:] = 0
    with hostile_file("contiguous-size-mismatch.h5", "malformed") as file:
        file["vars/0"] = np.zeros(1001, "u1")
    # The dimension and its maximum, in the dataspace; the layout keeps its size.
    patched("contiguous-size-mismatch.h5", little(1001, 1001), little(9, 9))
    with hostile_file("extent-beyond-end.h5", "truncated") as file:
        file["vars/0"] = np.zeros(1001, "u1")
        offset = file["vars/0"].id.get_offset()
    size = (HOSTILE / "extent-beyond-end.h5").stat().st_size
    patched("extent-beyond-end.h5", little(offset, 1001), little(size - 1000, 1001))


def overlaps():
    with hostile_file("overlapping-datasets.h5", "malformed") as file:
        for number in range(2):
            file[f"vars/{number}"] = np.zeros(1001 + number, "u1")
        first, second = (file[f"vars/{number}"].id.get_offset() for number in range(2))
    patched("overlapping-datasets.h5", little(second, 1002), little(first + 1000, 1002))
    with hostile_file("1000-times-4-GiB.h5", "limit") as file:
        zeros = file.create_dataset("vars/0", (1 << 32,), "u1", chunks=(1 << 20,), compression=9)
        for number in range(1, 1000):
            file[f"vars/{number}"] = zeros


def filters():
    with hostile_file("lzf.h5", "unsupported-filter") as file:
        file.create_dataset("vars/0", data=np.zeros(64), chunks=(8,), compression="lzf")
    for number in (4, 32015, 65000):
        name = f"filter-{number}.h5"
        with hostile_file(name, "unsupported-filter") as file:
            file.create_dataset("vars/0", data=np.zeros(64), chunks=(8,), compression="gzip")
        # A filter's description: its number, its name's length, flags, its values' number, its name.
        old = struct.pack("<HHHH", 1, 8, 1, 1) + b"deflate\0"
        patched(name, old, struct.pack("<HHHH", number, 8, 1, 1) + b"unknown\0")


def counts():
    with hostile_file("70-levels.h5", "limit") as file:
        file.create_group("/".join(["g"] * 70))
    with hostile_file("long-path.h5", "limit") as file:
        file.create_group("/".join(["g" * 600] * 8))
    with hostile_file("name-not-utf8.h5", "malformed") as file:
        h5py.h5g.create(file.id, b"\xff\xfe")
    for kind in ("links", "attributes"):
        with hostile_file(f"twin-{kind}.h5", "malformed") as file:
            for name in ("caf\u00e9", "cafe\u0301"):
                (file if kind == "links" else file.attrs)[name] = 0
    with hostile_file("name-with-slash.h5", "malformed") as file:
        file.create_group("someXname")
    patched("name-with-slash.h5", b"someXname", b"some/name")
    # 4,000 strings that are one, 20 kB long: 80 MB out of 90 kB.
    with hostile_file("amplified-attribute.h5", "limit") as file:
        file.attrs.create("names", ["x" * 20_000] + [""] * 3999, dtype=h5py.string_dtype())
    data = (HOSTILE / "amplified-attribute.h5").read_bytes()
    # The attribute's references: a length, and where in which heap.
    at = data.index(struct.pack("<I", 20_000))
    assert all(data[i : i + 4] == b"\0\0\0\0" for i in range(at + 16, at + 16 * 4000, 16))
    data = data[:at] + data[at : at + 16] * 4000 + data[at + 16 * 4000 :]
    (HOSTILE / "amplified-attribute.h5").write_bytes(data)


def damaged_attribute():
    """One attribute of a sound file that libhdf5 refuses: its text lies in a heap that is not there."""
    with h5py.File(HERE / "damaged-attribute.h5", "w") as file:
        file.attrs.create("lost", "y" * 5000, dtype=h5py.string_dtype())
        file.attrs["kept"] = np.bytes_("here")
        file["vars/0"] = np.ones(3, "f4")
    data = (HERE / "damaged-attribute.h5").read_bytes()
    (HERE / "damaged-attribute.h5").write_bytes(data.replace(b"GCOL", b"LOCG"))
    expected["damaged-attribute.h5"] = {"attributes": {"": {"lost": None, "kept": "here"}, "vars": {}, "vars/0": {}}}
    with h5py.File(HERE / "damaged-attribute.h5", "r") as file:
        raw = file["vars/0"][()].tobytes()
    expected["damaged-attribute.h5"]["datasets"] = {
        "vars/0": {"shape": [3], "elements": "float32", "storage": "contiguous", "sha256": hashlib.sha256(raw).hexdigest(), "byteCount": 12}
    }


def main():
    shutil.rmtree(HOSTILE, ignore_errors=True)
    HOSTILE.mkdir()
    for make in (numbers, others, layouts, user_blocks, attributes, damaged_attribute, links, sizes, overlaps, filters, counts):
        make()
    versions = {"h5py": h5py.__version__, "HDF5": h5py.version.hdf5_version, "numpy": np.__version__}
    for name, content in (("expected.json", {"versions": versions, "files": expected}), ("hostile.json", hostile)):
        (HERE / name).write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    os.chdir(HERE)
    main()
