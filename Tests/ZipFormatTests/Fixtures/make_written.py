"""Writes the archives that ZipWriter has to write as well, byte for byte.

Run: python make_written.py (Python 3.11; any newer one writes the same).
"""

import json
import pathlib
import zipfile
import zlib

HERE = pathlib.Path(__file__).parent / "written"
HERE.mkdir(exist_ok=True)
MEMBERS = {
    "metadata.json": b'{"keras_version": "3.15.0"}',
    "assets/\u00e4.txt": bytes(range(64)) * 4,
    "empty": b"",
}


class Sink:
    """A file of which only what is not a tensor's is kept: what is written in small pieces."""

    def __init__(self):
        self.position = self.end = 0
        self.kept = {}

    def seekable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=0):
        self.position = offset + [0, self.position, self.end][whence]
        return self.position

    def write(self, data):
        if len(data) < 1 << 16:
            self.kept[self.position] = bytes(data)
        self.position += len(data)
        self.end = max(self.end, self.position)
        return len(data)

    def flush(self):
        pass

    def bytes(self):
        return b"".join(self.kept[position] for position in sorted(self.kept))


def small(name, forced):
    """As Keras writes its archives, and with lengths of 64 bits as NumPy does."""
    with zipfile.ZipFile(HERE / name, "w") as archive:
        for member, data in MEMBERS.items():
            with archive.open(zipfile.ZipInfo(member), "w", force_zip64=forced) as file:
                file.write(data)


def large():
    """Members of zeros, whose bytes are left out. No machine needs room for them."""
    sink = Sink()
    sizes = [1 << 30, 1 << 31, 5 << 30, 1 << 20]
    checksums = []
    with zipfile.ZipFile(sink, "w") as archive:
        for number, size in enumerate(sizes):
            info = zipfile.ZipInfo(f"member{number}")
            info.file_size = size
            zeros, crc = bytes(1 << 20), 0
            with archive.open(info, "w") as file:
                for _ in range(size >> 20):
                    file.write(zeros)
                    crc = zlib.crc32(zeros, crc)
            checksums.append(crc)
    (HERE / "large.records").write_bytes(sink.bytes())
    return {"sizes": sizes, "crc32": checksums, "byte_count": sink.end}


def many():
    """One more than 16 bits can count."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for number in range(65536):
            with archive.open(zipfile.ZipInfo(str(number)), "w"):
                pass
    return {"members": 65536, "crc32": zlib.crc32(sink.bytes()), "byte_count": sink.end}


small("plain.zip", False)
small("long.zip", True)
zipfile.ZipFile(HERE / "nothing.zip", "w").close()
(HERE / "expected.json").write_text(json.dumps({"large": large(), "many": many()}, indent=1) + "\n")
