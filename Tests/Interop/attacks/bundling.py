"""TensorFlow's tensor bundle, written by hand: an index (LevelDB's table) and data shards. Layout: tensorflow/core/util/tensor_bundle."""
import dataclasses, struct

import numpy as np

from .protobuf import field, fixed32, varint

MAGIC = bytes.fromhex("57fb808b247547db")
FLOAT, STRING = 1, 7


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


TABLE = tuple(_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def item(shared, suffix, value):
    return varint(shared) + varint(len(suffix)) + varint(len(value)) + suffix + value


def block(entries, restarts=(0,), count=None):
    """A block's body: no prefix is shared, which readers must accept."""
    body = b"".join(item(0, key, value) for key, value in entries)
    return body + struct.pack(f"<{len(restarts)}I", *restarts) + struct.pack("<I", len(restarts) if count is None else count)


def sealed(body, kind=0):
    """With the trailer: the kind of compression, and the checksum of both."""
    return body + bytes([kind]) + struct.pack("<I", masked(body + bytes([kind])))


def handle(offset, size):
    return varint(offset) + varint(size)


def footer(meta, index, magic=MAGIC):
    return (meta + index).ljust(40, b"\0") + magic


def table(data, last_key, kind=0, end=footer):
    """An index file of one data block, whose body is `data`."""
    out = sealed(data, kind)
    meta = handle(len(out), len(block(())))
    out += sealed(block(()))
    index = block([(last_key, handle(0, len(data)))])
    return out + sealed(index) + end(meta, handle(len(out), len(index)))


def shape(*dimensions):
    return b"".join(field(2, field(1, size)) for size in dimensions)


def header(shards):
    return field(1, shards) + field(3, field(1, 1))


@dataclasses.dataclass
class Entry:
    """BundleEntryProto."""

    dimensions: tuple
    offset: int = 0
    size: int = 0
    crc: int = 0
    shard: int = 0
    dtype: int = FLOAT
    slices: tuple = ()

    def encoded(self):
        parts = [field(1, self.dtype), field(2, shape(*self.dimensions))]
        parts += [field(number, value) for number, value in ((3, self.shard), (4, self.offset), (5, self.size)) if value]
        parts += [fixed32(6, self.crc)] if self.crc else []
        return b"".join(parts + [field(7, b"".join(field(1, extent(*span)) for span in part)) for part in self.slices])


def extent(start, length):
    return (field(1, start) if start else b"") + field(2, length)


def slice_key(name, part):
    """The key under which a slice lies: small numbers only."""
    return b"\0" + name.encode() + b"\0\1\1" + bytes([len(part)]) + bytes(0x80 | number for span in part for number in span)


class Bundle:
    """Tensors laid into shards. What is changed before `write` is what is written; checksums of blocks are right in any case."""

    def __init__(self, shards=1):
        self.entries, self.shards = {}, [b""] * shards
        self.count = shards

    def add(self, name, values, shard=0):
        data = np.ascontiguousarray(values, "<f4").tobytes()
        key = name if isinstance(name, bytes) else name.encode()
        self.entries[key] = Entry(np.shape(values), len(self.shards[shard]), len(data), masked(data), shard)
        self.shards[shard] += data

    def add_text(self, name, text):
        """A scalar string."""
        lengths = struct.pack("<I", len(text))
        stored = struct.pack("<I", masked(lengths))
        entry = Entry((), len(self.shards[0]), crc=masked(lengths + stored + text), dtype=STRING)
        data = varint(len(text)) + stored + text
        entry.size = len(data)
        self.entries[name.encode()] = entry
        self.shards[0] += data

    def rows(self):
        return [(b"", header(self.count))] + [(key, entry.encoded()) for key, entry in sorted(self.entries.items())]

    def write(self, prefix, index=None):
        """`index`: the index file's bytes, if not what the entries make."""
        rows = self.rows()
        for number, data in enumerate(self.shards):
            self.shard(prefix, number).write_bytes(data)
        prefix.with_name(prefix.name + ".index").write_bytes(table(block(rows), rows[-1][0]) if index is None else index)
        return prefix

    def shard(self, prefix, number):
        return prefix.with_name(f"{prefix.name}.data-{number:05}-of-{self.count:05}")

    def files(self, prefix):
        return (prefix.with_name(prefix.name + ".index"), *(self.shard(prefix, number) for number in range(self.count)))
