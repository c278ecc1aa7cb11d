"""A zip writer that lies on demand. Layout: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT"""
import dataclasses, struct, zlib

STORED, DEFLATED = 0, 8
UTF8 = 1 << 11


@dataclasses.dataclass
class Member:
    name: str | bytes
    data: bytes = b""
    method: int = STORED
    flags: int = UTF8
    mode: int = 0o100644
    # What stands in the archive, when it is not `data` or its deflation; then `size` and `crc` are of what it inflates to.
    raw: bytes | None = None
    size: int | None = None
    crc: int | None = None
    # Fields of the local header that differ from the central directory's.
    local: dict = dataclasses.field(default_factory=dict)

    def body(self):
        if self.raw is not None:
            return self.raw
        return deflate(self.data) if self.method == DEFLATED else self.data

    def fields(self):
        name = self.name.encode() if isinstance(self.name, str) else self.name
        return {"name": name, "flags": self.flags, "method": self.method, "packed": len(self.body()),
                "size": len(self.data) if self.size is None else self.size, "crc": zlib.crc32(self.data) if self.crc is None else self.crc}


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def members_of(files):
    return [Member(name, data) for name, data in files.items()]


def common(fields, extra):
    """The part that both headers have: version to length of the extra field."""
    big = fields["size"] > 0xFFFFFFFE
    size, packed = (0xFFFFFFFF,) * 2 if big else (fields["size"], fields["packed"])
    return struct.pack("<HHHHHIIIHH", 45 if big else 20, fields["flags"], fields["method"], 0, 0x21, fields["crc"], packed, size, len(fields["name"]), len(extra))


def extra_of(fields):
    return struct.pack("<HHQQ", 1, 16, fields["size"], fields["packed"]) if fields["size"] > 0xFFFFFFFE else b""


def local_header(fields):
    extra = extra_of(fields)
    return b"PK\3\4" + common(fields, extra) + fields["name"] + extra


def central_header(fields, offset, mode=0o100644):
    extra = extra_of(fields)
    return b"PK\1\2" + struct.pack("<H", 3 << 8 | 45) + common(fields, extra) + struct.pack("<HHHII", 0, 0, 0, mode << 16, offset) + fields["name"] + extra


def end_record(count, size, offset, comment=b""):
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, offset, len(comment)) + comment


def end64(count, size, offset, at):
    """The zip64 end record, which stands at `at`, and its locator."""
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, offset)
    return record + b"PK\6\7" + struct.pack("<IQI", 0, at, 1)


def parts(members, start=0):
    """(local headers with bodies, central directory) of an archive that begins at `start`."""
    body, central = bytearray(), bytearray()
    for member in members:
        fields = member.fields()
        central += central_header(fields, start + len(body), member.mode)
        body += local_header({**fields, **member.local}) + member.body()
    return bytes(body), bytes(central)


def pack(members, comment=b"", start=0):
    body, central = parts(members, start)
    return body + central + end_record(len(members), len(central), start + len(body), comment)


def crc_behind(crc, piece, count):
    """The CRC-32 of some bytes, whose own is `crc`, and then `piece`, `count` times over. It does not read the repeats."""
    # To append n bytes multiplies the CRC so far by a matrix over GF(2): that of one zero bit, to the power of 8n.
    matrix, power, length = [0xEDB88320] + [1 << bit for bit in range(31)], [1 << bit for bit in range(32)], 8 * len(piece)
    while length:
        if length & 1:
            power = [times(matrix, column) for column in power]
        matrix = [times(matrix, column) for column in matrix]
        length >>= 1
    own = zlib.crc32(piece)
    for _ in range(count):
        crc = times(power, crc) ^ own
    return crc


def times(matrix, vector):
    out = 0
    while vector:
        lowest = vector & -vector
        out ^= matrix[lowest.bit_length() - 1]
        vector ^= lowest
    return out
