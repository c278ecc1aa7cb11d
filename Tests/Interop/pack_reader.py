"""Reads packs and coded blobs as Documentation/Format.md says, with NumPy and libzstd and without the program."""
import ctypes, ctypes.util, dataclasses, hashlib, json, struct

import numpy as np

CHUNK, SMALL, HEAD, BLOCK = 1 << 20, 128 << 10, 64, 64
STORED, FRAME, FRAME_BEHIND_BASE, IDENTITY, ROTATION, ZIGZAG, EXCLUSIVE_OR, DIFFERENCE, ORDERED_DIFFERENCE = 0, 1, 2, *range(0x10, 0x16)


class Damaged(Exception):
    """What was read is not as the format says."""


@dataclasses.dataclass(frozen=True)
class Entry:
    pack: str
    digest: str
    offset: int
    length: int
    byte_count: int
    is_coded: bool
    base: str | None

    @property
    def head(self):
        return range(self.offset, self.offset + (HEAD if self.is_coded and self.byte_count >= SMALL else 0))

    @property
    def chunk_count(self):
        return -(-self.byte_count // CHUNK)

    @property
    def table(self):
        end = self.offset + self.length
        return range(end - (max(0, 8 * self.chunk_count - 4) if self.is_coded else 0), end)

    @property
    def chunks(self):
        return range(self.head.stop, self.table.start)


def footer(data):
    """Where the entries of a pack are."""
    number, = struct.unpack("<Q", data[-48:-40])
    end = len(data) - 48
    return range(end - number * {b"REGPACK3": 1, b"REGPACK1": 48}[data[:8]], end)


def entries(path):
    """The entries of a pack, by its footer; bases by the 32 hex digits that it has of them."""
    data = path.read_bytes()
    if data[:8] not in (b"REGPACK3", b"REGPACK1") or data[-8:] != b"REGPKEND" or len(data) < 56:
        raise Damaged(f"{path}: no pack")
    part = footer(data)
    if part.start < 8 or hashlib.sha256(data[part.start:-40]).digest() != data[-40:-8]:
        raise Damaged(f"{path}: its footer")
    rows = data[part.start:part.stop]
    if data[:8] == b"REGPACK1":
        return [first_entry(path.stem, rows[at:at + 48]) for at in range(0, len(rows), 48)]
    found, end = [], 8
    while rows:
        entry, rows = taken_entry(path.stem, end, rows)
        found.append(entry)
        end += entry.length
    if end != part.start:
        raise Damaged(f"{path}: what its blobs take")
    return found


def first_entry(pack, row):
    digest, offset, length = struct.unpack("<32sQQ", row)
    return Entry(pack, digest.hex(), offset, length, length, False, None)


def taken_entry(pack, offset, rows):
    digest, (length, rows) = rows[:32], varint(rows[32:])
    form, rows = rows[0], rows[1:]
    byte_count, rows = varint(rows) if form else (length, rows)
    base, rows = (rows[:16].hex(), rows[16:]) if form == 2 else (None, rows)
    assert form <= 2 and (base is None or len(base) == 32 and not digest.hex().startswith(base))
    return Entry(pack, digest.hex(), offset, length, byte_count, form > 0, base), rows


def varint(data):
    """A number of 7 bits a byte, the lowest first, and what is behind it."""
    count = next(place for place, byte in enumerate(data) if byte < 0x80) + 1
    assert count <= 10 and (data[count - 1] or count == 1)
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data[:count])), data[count:]


@dataclasses.dataclass(frozen=True)
class CodedChunk:
    data: bytes
    checksum: int
    byte_count: int

    @property
    def needs_base(self):
        return self.data[:1] and self.data[0] in (FRAME_BEHIND_BASE, EXCLUSIVE_OR, DIFFERENCE, ORDERED_DIFFERENCE)

    def decoded(self, base):
        if not self.data:
            raise Damaged("a chunk of nothing")
        form, rest = self.data[0], self.data[1:]
        if form == STORED:
            found = rest
        elif form in (FRAME, FRAME_BEHIND_BASE):
            found = decompressed(rest, self.byte_count, base if form == FRAME_BEHIND_BASE else b"")
        elif IDENTITY <= form <= ORDERED_DIFFERENCE:
            found = joined(form, rest, self.byte_count, base)
        else:
            raise Damaged(f"form {form}")
        if len(found) != self.byte_count:
            raise Damaged("a chunk of another length")
        return found


def chunks(entry, stored):
    """The coded chunks of what an entry has in its pack."""
    at, table = len(entry.head), len(stored) - len(entry.table)
    found = []
    for number in range(entry.chunk_count):
        row = stored[table + 8 * number:][:8] + struct.pack("<I", max(0, table - at))
        checksum, length = struct.unpack_from("<II", row)
        found.append(CodedChunk(stored[at:at + length], checksum, min(CHUNK, entry.byte_count - number * CHUNK)))
        at += length
        if at > table:
            raise Damaged("the table")
    if at != table:
        raise Damaged("the table")
    return found


def library():
    found = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    found.ZSTD_createDCtx.restype = ctypes.c_void_p
    found.ZSTD_decompress_usingDict.restype = ctypes.c_size_t
    found.ZSTD_decompress_usingDict.argtypes = [ctypes.c_void_p, *[ctypes.c_char_p, ctypes.c_size_t] * 3]
    return found, found.ZSTD_createDCtx()


ZSTD, CONTEXT = library()


def decompressed(frame, most, prefix=b""):
    target = ctypes.create_string_buffer(most or 1)
    count = ZSTD.ZSTD_decompress_usingDict(CONTEXT, target, most, frame, len(frame), prefix, len(prefix))
    if ZSTD.ZSTD_isError(ctypes.c_size_t(count)):
        raise Damaged("a frame")
    return target.raw[:count]


def joined(form, data, byte_count, base):
    """The elements whose mapped ones are given by planes."""
    if not data or data[0] & 0x7F not in (1, 2, 4, 8):
        raise Damaged("the bytes of an element")
    width, is_masked = data[0] & 0x7F, data[0] & 0x80
    count, blocks = byte_count // width, -(-(byte_count // width) // BLOCK)
    rest, parts = data[1:], []
    kept = np.ones(count, bool)
    for number in range(width + bool(is_masked)):
        is_mask = bool(is_masked) and number == 0
        part, rest = expanded(rest, -(-blocks // 8) if is_mask else int(kept.sum()))
        if is_mask:
            left_out = np.unpackbits(np.frombuffer(part, "u1"), bitorder="little")[:blocks]
            kept = ~np.repeat(left_out.astype(bool), BLOCK)[:count]
        else:
            parts.append(np.frombuffer(part, "u1"))
    mapped = np.zeros(count, f"<u{width}")
    mapped[kept] = np.stack(parts, 1).copy().view(mapped.dtype).ravel()
    behind = None
    if form >= EXCLUSIVE_OR:
        if base is None or len(base) < byte_count:
            raise Damaged("no base")
        behind = np.frombuffer(base, mapped.dtype, count)
    return unmapped(form, mapped, behind).tobytes() + rest


def expanded(data, byte_count):
    """The part that some bytes begin with, and what follows it."""
    written = data[0] if data else 3
    if written == 0:
        part, rest = data[1:1 + byte_count], data[1 + byte_count:]
    elif written == 1:
        part, rest = data[1:2] * byte_count, data[2:]
    elif written % 4 == 2:
        end = 3 + int.from_bytes(data[:3], "little") // 4
        part, rest = decompressed(data[3:end], byte_count), data[end:]
    else:
        raise Damaged("how a part is written")
    if len(part) != byte_count:
        raise Damaged("a part")
    return part, rest


def unmapped(form, mapped, base):
    kind, bits = mapped.dtype, mapped.dtype.itemsize * 8
    one, top = kind.type(1), kind.type(bits - 1)
    if form == IDENTITY:
        return mapped
    if form == ROTATION:
        return mapped >> one | mapped << top
    if form == EXCLUSIVE_OR:
        return mapped ^ base
    straight = mapped >> one ^ (~(mapped & one) + one)
    if form == ZIGZAG:
        return straight
    if form == DIFFERENCE:
        return base + straight

    def ordered(values):
        return np.where(values >> top == 1, values ^ kind.type((1 << (bits - 1)) - 1), values)

    return ordered(ordered(base) + straight)


class Reader:
    """What a registry holds, by its files. Made when they are whole; tells later which blobs are no longer to be had."""

    def __init__(self, folder):
        self.folder = folder / ".registry"
        self.packs = sorted((self.folder / "packs").glob("*.pack"))
        found = {entry.digest: entry for pack in self.packs for entry in entries(pack)}
        self.loose = {path.name: path for path in self.folder.glob("blobs/sha256/*/*")}
        names = {digest[:32]: digest for digest in [*found, *self.loose]}
        self.entries = {digest: dataclasses.replace(entry, base=entry.base and names[entry.base]) for digest, entry in found.items()}
        self.whole, self.rows, self.opened, self.decoded = None, {}, {}, {}
        self.whole = {digest: self.content(digest) for digest in [*self.entries, *self.loose]}
        self.rows = {digest: [chunk.checksum for chunk in self.parts(digest)] for digest, entry in self.entries.items() if entry.is_coded}

    def stored(self, digest):
        path, entry = self.path(digest), self.entries.get(digest)
        if path.is_symlink() or not path.is_file():
            raise Damaged("no file")
        data = path.read_bytes()
        if not entry:
            return data
        piece = data[entry.offset:entry.offset + entry.length]
        if len(piece) < entry.length:
            raise Damaged("cut")
        return piece

    def path(self, digest):
        return self.folder / "packs" / f"{self.entries[digest].pack}.pack" if digest in self.entries else self.loose[digest]

    def parts(self, digest):
        """The coded chunks of a blob, or slices of a raw one. The same of each of its bases must be there as well."""
        if digest not in self.opened:
            entry = self.entries.get(digest)
            if entry and entry.base:
                self.parts(entry.base)
            data = self.stored(digest)
            self.opened[digest] = data, (chunks(entry, data) if entry and entry.is_coded else
                                         [data[at:at + CHUNK] for at in range(0, len(data), CHUNK)])
        return self.opened[digest][1]

    def chunk(self, digest, number):
        key, entry = (digest, number), self.entries.get(digest)
        if key not in self.decoded:
            found = self.parts(digest)[number]
            if entry and entry.is_coded:
                has_base = entry.base and number < len(self.parts(entry.base))
                base = self.chunk(entry.base, number) if has_base and found.needs_base else None
                checksum, found = found.checksum, found.decoded(base)
                if number == 0 and self.opened[digest][0][:len(entry.head)] != found[:len(entry.head)]:
                    raise Damaged("the head")
                if self.rows and self.rows[digest][number] != checksum:
                    raise Damaged("the checksum")
            if self.whole and self.whole[digest][number * CHUNK:][:CHUNK] != found:
                raise Damaged("other bytes")
            self.decoded[key] = found
        return self.decoded[key]

    def content(self, digest):
        return b"".join(self.chunk(digest, number) for number in range(len(self.parts(digest))))

    def damaged(self):
        self.opened, self.decoded = {}, {}
        return {digest for digest in self.whole if not self.is_there(digest)}

    def is_there(self, digest):
        try:
            return self.content(digest) == self.whole[digest]
        except Damaged:
            return False

    def needed(self, version):
        """The blobs of a version, by its manifest."""
        manifest = json.loads(self.whole[version])
        parts = [manifest["layout"], manifest["architecture"]["config"], *manifest["tensors"]]
        return {version, *parts, *(file[part] for file in manifest["files"] for part in ("recipe", "skeleton"))}

    def hit(self, damaged, ids):
        return {number for number, version in ids.items() if self.needed(version) & damaged}
