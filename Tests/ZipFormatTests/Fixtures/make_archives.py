"""Writes the archives that ZipFormatTests reads: sound ones by zipfile, hostile ones by hand.

Run: python make_archives.py (Python 3.11; any newer one writes the same structure).
"""

import io
import pathlib
import struct
import zipfile
import zlib

HERE = pathlib.Path(__file__).parent
CONTENTS = {
    "metadata.json": b'{"keras_version": "3.15.0"}',
    "weights/\u00e4.bin": bytes(range(64)) * 4,
    "empty": b"",
}


class Unseekable(io.RawIOBase):
    """A pipe, to zipfile: it has to write data descriptors."""

    def __init__(self):
        self.bytes = b""

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def info(name, compression):
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = compression
    entry.external_attr = 0o100644 << 16
    return entry


def fill(archive, compression, extra=b"", forced=False):
    for name, data in CONTENTS.items():
        entry = info(name, compression)
        entry.extra = extra
        with archive.open(entry, "w", force_zip64=forced) as member:
            member.write(data)


def sound():
    folder = HERE / "sound"
    folder.mkdir(exist_ok=True)

    def save(name, compression=zipfile.ZIP_STORED, comment=b"", **how):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as writer:
            fill(writer, compression, **how)
            writer.comment = comment
        (folder / f"{name}.zip").write_bytes(buffer.getvalue())

    save("stored")
    save("deflated", zipfile.ZIP_DEFLATED)
    save("forced-zip64", zipfile.ZIP_DEFLATED, forced=True)
    save("comment", comment=b"a comment of the archive")
    timestamp = struct.pack("<HHBl", 0x5455, 5, 1, 1_700_000_000)
    save("extra-fields", extra=timestamp + struct.pack("<HH4s", 0xCAFE, 4, b"\0\1\2\3"))

    for name, forced in [("descriptors", False), ("descriptors-zip64", True)]:
        pipe = Unseekable()
        with zipfile.ZipFile(pipe, "w") as writer:
            fill(writer, zipfile.ZIP_DEFLATED, forced=forced)
        (folder / f"{name}.zip").write_bytes(pipe.bytes)

    # What zipfile writes for 4 GiB, with the limit lowered for it.
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 20, 1
    save("zip64-records", forced=True)
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as writer:
        writer.mkdir("weights")
        fill(writer, zipfile.ZIP_STORED)
    (folder / "folder.zip").write_bytes(buffer.getvalue())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as writer:
        writer.writestr(info("empty", 0), b"")
    with zipfile.ZipFile(buffer, "a") as writer:
        for name in ["metadata.json", "weights/\u00e4.bin"]:
            writer.writestr(info(name, zipfile.ZIP_DEFLATED), CONTENTS[name])
    (folder / "appended.zip").write_bytes(buffer.getvalue())

    # As zipfile wrote NumPy's archives before Python 3.11.4: zip64 fields that nothing asks for.
    (folder / "unasked-zip64.zip").write_bytes(archive(*[
        Member(name, data, local={"extra": struct.pack("<HHQQ", 1, 16, len(data), len(data))})
        for name, data in CONTENTS.items()]))

    for path in folder.iterdir():
        with zipfile.ZipFile(path) as writer:
            assert writer.testzip() is None
            found = {n: writer.read(n) for n in writer.namelist() if not n.endswith("/")}
            assert found == CONTENTS, path


def deflate(data):
    worker = zlib.compressobj(9, zlib.DEFLATED, -15)
    return worker.compress(data) + worker.flush()


class Member:
    """A member whose local header and directory entry can be made to lie."""

    def __init__(self, name, data=b"hello", method=0, stored=None, local=None, central=None,
                 start=None, padding=b"", descriptor=b""):
        name = name if isinstance(name, bytes) else name.encode()
        stored = stored if stored is not None else deflate(data) if method == 8 else data
        common = {
            "version": 20, "flags": 0x800, "method": method, "crc": zlib.crc32(data),
            "stored": len(stored), "size": len(data), "name": name, "extra": b"",
        }
        self.local = {**common, **(local or {})}
        self.central = {
            **common, "attributes": 0o100644 << 16, "disk": 0, "comment": b"", **(central or {})}
        self.data, self.start, self.padding, self.descriptor = stored, start, padding, descriptor

    def header(self):
        f = self.local
        return struct.pack(
            "<4sHHHHHLLLHH", b"PK\3\4", f["version"], f["flags"], f["method"], 0, 33, f["crc"],
            f["stored"], f["size"], len(f["name"]), len(f["extra"])) + f["name"] + f["extra"]

    def entry(self, start):
        f = self.central
        start = f.get("start", start)
        return struct.pack(
            "<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 0x314, f["version"], f["flags"], f["method"], 0, 33,
            f["crc"], f["stored"], f["size"], len(f["name"]), len(f["extra"]), len(f["comment"]),
            f["disk"], 0, f["attributes"], start) + f["name"] + f["extra"] + f["comment"]


def end(count, size, start, comment=b"", disk=0):
    return struct.pack(
        "<4sHHHHLLH", b"PK\5\6", disk, disk, count, count, size, start, len(comment)) + comment


def archive(*members, prefix=b"", gap=b"", before_end=b"", trailer=b"", make_end=end):
    out, entries = prefix, b""
    for member in members:
        entries += member.entry(len(out))
        out += member.header() + member.data + member.descriptor + member.padding
    out += gap
    return (out + entries + before_end
            + make_end(len(members), len(entries), len(out)) + trailer)


def zip64_end(count, byte_count, offset, **lies):
    f = {"count": count, "size": byte_count, "start": offset, "length": 44,
         "at": offset + byte_count, **lies}
    return struct.pack(
        "<4sQHHLLQQQQ", b"PK\6\6", f["length"], 45, 45, 0, 0, f["count"], f["count"], f["size"],
        f["start"]) + struct.pack("<4sLQL", b"PK\6\7", 0, f["at"], 1) + end(
        f.get("short", 0xFFFF), 0xFFFFFFFF, 0xFFFFFFFF)


def quoted_bomb():
    """Two members that share a body: the second's header lies in the first's data."""
    inner = Member("b", b"x" * 50)
    body = inner.header() + inner.data
    outer = Member("a", body)
    start = len(outer.header())
    entries = outer.entry(0) + inner.entry(start)
    out = outer.header() + body
    return out + entries + end(2, len(entries), len(out))


def hostile():
    folder = HERE / "hostile"
    folder.mkdir(exist_ok=True)
    hello = Member("hello")
    descriptor = struct.pack("<4sLLL", b"PK\7\10", zlib.crc32(b"hello"), 5, 5)
    later = {"flags": 0x808, "crc": 0, "stored": 0, "size": 0}
    unicode_name = struct.pack("<HHBL", 0x7075, 10, 1, zlib.crc32(b"hello")) + b"other"
    zip64 = struct.pack("<HHQQ", 1, 16, 5, 5)
    lie = struct.pack("<HHQQ", 1, 16, 5, 6)
    long = {"stored": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    cases = {
        "parent": archive(Member("../x")),
        "parent-inside": archive(Member("a/../x")),
        "absolute": archive(Member("/etc/x")),
        "drive": archive(Member("C:/x")),
        "backslash": archive(Member("a\\..\\x")),
        "nul": archive(Member("a\0b")),
        "escape": archive(Member("a\x1b[2J")),
        "bidirectional": archive(Member("a\u202egpj.exe")),
        "not-utf8": archive(Member(b"a\xff")),
        "code-page-437": archive(Member(
            "\u00e4", local={"flags": 0}, central={"flags": 0})),
        "long-part": archive(Member("a" * 256)),
        "long-name": archive(Member("a/" * 2100 + "b")),
        "empty-name": archive(Member("")),
        "empty-part": archive(Member("a//b")),
        "symbolic-link": archive(Member("link", b"/etc", central={
            "attributes": 0o120777 << 16}), Member("link/x")),
        "fifo": archive(Member("fifo", b"", central={"attributes": 0o010644 << 16})),
        "repeated": archive(Member("config.json", b"a"), Member("config.json", b"b")),
        "case-twins": archive(Member("config.json"), Member("Config.JSON")),
        "unicode-twins": archive(Member("\u00e4"), Member("a\u0308")),
        "file-and-folder": archive(Member("a"), Member("a-b"), Member("a/b")),
        "folder-with-bytes": archive(Member("a/", central={"attributes": 0o40755 << 16})),
        "local-name": archive(Member("hello", local={"name": b"hallo"})),
        "local-method": archive(Member("hello", local={"method": 8})),
        "local-size": archive(Member("hello", local={"size": 4})),
        "local-stored": archive(Member("hello", local={"stored": 4})),
        "local-crc": archive(Member("hello", local={"crc": 1})),
        "local-flags": archive(Member("hello", local={"flags": 0})),
        "no-local-header": archive(Member("hello", central={"start": 3})),
        "overlap": quoted_bomb(),
        "size-into-next": archive(
            Member("a", local={"stored": 9, "size": 9}, central={"stored": 9, "size": 9}),
            Member("b")),
        "prefix": archive(hello, prefix=b"#!/bin/sh\n"),
        "gap": archive(Member("a", padding=b"stray"), Member("b")),
        "gap-before-directory": archive(hello, gap=b"stray"),
        "gap-before-end": archive(hello, before_end=b"stray"),
        "trailing": archive(hello, trailer=b"stray"),
        "two-ends": archive(hello, make_end=lambda c, s, a: end(
            c, s, a, comment=end(0, 0, 0))),
        "end-in-comment": archive(hello, make_end=lambda c, s, a: end(
            c, s, a, comment=end(0, 0, 0) + b"stray")),
        "encrypted": archive(Member(
            "hello", local={"flags": 0x801}, central={"flags": 0x801})),
        "patched": archive(Member("hello", local={"flags": 0x820}, central={"flags": 0x820})),
        "lzma": archive(Member("hello", method=14)),
        "version": archive(Member("hello", central={"version": 99})),
        "several-disks": archive(hello, make_end=lambda c, s, a: end(c, s, a, disk=1)),
        "member-on-disk-2": archive(Member("hello", central={"disk": 1})),
        "zip64-count": archive(hello, make_end=lambda c, s, a: zip64_end(c, s, a, short=2)),
        "zip64-length": archive(hello, make_end=lambda c, s, a: zip64_end(c, s, a, length=45)),
        "zip64-offset": archive(hello, make_end=lambda c, s, a: zip64_end(c, s, a, at=a)),
        "zip64-directory": archive(
            hello, make_end=lambda c, s, a: zip64_end(c, s, a, size=s + 2**63, start=a + 2**63)),
        "zip64-members": archive(hello, make_end=lambda c, s, a: zip64_end(2**40, s, a)),
        "zip64-unasked": archive(Member("hello", central={"extra": lie})),
        "zip64-unasked-local": archive(Member("hello", local={"extra": lie})),
        "zip64-too-many": archive(Member("hello", local={"stored": 2**32 - 1, "extra": zip64})),
        "zip64-twice": archive(Member("hello", central={**long, "extra": zip64 * 2})),
        "zip64-short": archive(Member("hello", central={
            **long, "extra": struct.pack("<HHQ", 1, 8, 5)})),
        "extra-length": archive(Member("hello", central={"extra": b"\1\2\xff\xff"})),
        "unicode-name": archive(Member("hello", local={"extra": unicode_name})),
        "too-few-entries": archive(hello, make_end=lambda c, s, a: end(2, s, a)),
        "too-many-entries": archive(Member("a"), Member("b"), make_end=lambda c, s, a: end(1, s, a)),
        "descriptor": archive(Member(
            "hello", local=later, central={"flags": 0x808},
            descriptor=descriptor[:4] + b"\0\0\0\0" + descriptor[8:])),
        "no-descriptor": archive(Member("hello", local=later, central={"flags": 0x808})),
        "bomb": archive(Member("config.json", method=8, stored=deflate(b"\0" * 10**6), local={
            "size": 2**31}, central={"size": 2**31})),
        # These open, and fail when their one member is read.
        "read-crc": archive(Member("hello", local={"crc": 1}, central={"crc": 1})),
        "read-too-much": archive(Member(
            "hello", method=8, stored=deflate(b"\0" * 10**6))),
        "read-too-little": archive(Member(
            "hello", method=8, stored=deflate(b"hell"))),
        "read-no-deflate": archive(Member("hello", method=8, stored=b"\xff\xff\xff")),
        "read-cut-deflate": archive(Member("hello", method=8, stored=deflate(b"hello")[:-1])),
        "read-after-deflate": archive(Member(
            "hello", method=8, stored=deflate(b"hello") + b"stray")),
    }
    for name, content in cases.items():
        (folder / f"{name}.zip").write_bytes(content)


sound()
hostile()
