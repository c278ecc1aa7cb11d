"""Items 21 to 28: .keras archives that two readers would read differently, that write elsewhere, or that never end."""
import functools, io, json, pickle, struct, zipfile, zlib

import numpy as np

from . import keras_files, zipping
from .case import AMBIGUOUS, LIMIT, MARKER, UNSAFE_PATH, UNSUPPORTED, Case, attack, each
from .zipping import Member

MIB = 1 << 20


def plain(config=None):
    """The members of a sound archive."""
    return zipping.members_of(keras_files.archive_members(config))


def write(folder, *pieces):
    path = folder / "model.keras"
    with open(path, "wb") as file:
        for piece in pieces:
            file.write(piece)
    return path


@attack(21, "control")
def sound(folder):
    return Case(write(folder, zipping.pack(plain())))


@attack(21, "control-zipfile")
def sound_by_zipfile(folder):
    """Deflated, with data descriptors (written to what cannot seek), an asset in a folder, and a comment."""

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError("a pipe")

        def seek(self, *_):
            raise OSError("a pipe")

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"Made for a test."
        for name, data in {**keras_files.archive_members(), "assets/words/words.txt": b"one\ntwo\n"}.items():
            archive.writestr(name, data)
    return Case(write(folder, pipe.getvalue()))


@each(21, {"parent": "../../x", "absolute": "/abs", "drive": "C:\\x", "backslash": "a\\..\\x", "parent-in-assets": "assets/../../x",
           "dot": "assets/./x", "empty-part": "assets//x"})
def a_name_that_leads_away(folder, name):
    return Case(write(folder, zipping.pack([*plain(), Member(name, b"x")])), refused=UNSAFE_PATH)


@each(22, {"symlink": [], "symlink-then-file": [Member("assets/link/canary.txt", b"x")]})
def a_symlink_member(folder, behind):
    (folder.parent / "canary.txt").write_text(MARKER)
    link = Member("assets/link", str(folder.parent).encode(), mode=0o120777)
    return Case(write(folder, zipping.pack([*plain(), link, *behind])), refused=UNSAFE_PATH)


BENIGN = json.dumps(keras_files.keras3_config()).encode()
EVIL = json.dumps(keras_files.keras3_config({"module": "os", "class_name": "system", "config": {"name": "evil"}, "registered_name": None})).encode()


@each(23, {"benign-first": (BENIGN, EVIL), "benign-last": (EVIL, BENIGN), "both-alike": (BENIGN, BENIGN)})
def two_configs(folder, configs):
    members = plain(configs[0])
    return Case(write(folder, zipping.pack([*members[:2], Member("config.json", configs[1]), members[2]])), refused=AMBIGUOUS)


@attack(23, "case-twin")
def two_configs_but_for_case(folder):
    return Case(write(folder, zipping.pack([*plain(), Member("Config.JSON", EVIL)])), refused=AMBIGUOUS)


@attack(23, "evil-npz")
def two_weights_that_are_pickles(folder):
    """As an archive does that somebody published: the weights twice, the second a pickle where loaders look last."""
    arrays, pickled = io.BytesIO(), pickle.dumps({"payload": "inert"}, 4)
    np.savez(arrays, **{"layers/dense/vars": np.ones(4, "f4")})
    members = [member for member in plain() if member.name != "model.weights.h5"]
    twice = [Member("model.weights.npz", arrays.getvalue()), Member("model.weights.npz", pickled)]
    return Case(write(folder, zipping.pack([*members, *twice])), refused=AMBIGUOUS)


@each(24, {"name": {"name": b"konfig.json"}, "name-longer": {"name": b"config.json.orig"}, "size": {"size": 7}, "packed-size": {"packed": 7},
           "crc": {"crc": 0}, "method": {"method": zipping.DEFLATED}, "flags": {"flags": 0}})
def two_headers_that_differ(folder, local):
    members = plain()
    members[1].local = local
    return Case(write(folder, zipping.pack(members)), refused=AMBIGUOUS)


@attack(25, "same-bytes-twice")
def two_members_in_one_place(folder):
    body, central = zipping.parts(plain())
    twin = Member("assets/twin", keras_files.archive_members()["metadata.json"]).fields()
    central += zipping.central_header(twin, 0)
    return Case(write(folder, body, central, zipping.end_record(4, len(central), len(body))), refused=LIMIT | AMBIGUOUS)


@attack(25, "quoted")
def a_quoted_overlap(folder, count=200, kernel=MIB):
    """Each member is the header of the next one, quoted in a stored block, and then all that the next one is."""
    content, packed = bytes(kernel), zipping.deflate(bytes(kernel))
    crc, size, found = zlib.crc32(content), kernel, []
    header = b""
    for number in reversed(range(count)):
        if header:
            quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
            packed, size = quote + header + packed, size + len(header)
            content = header + content
            crc = zlib.crc32(content)
        fields = {"name": f"assets/{number:04}".encode(), "flags": zipping.UTF8, "method": zipping.DEFLATED, "packed": len(packed), "size": size, "crc": crc}
        header = zipping.local_header(fields)
        found.append((fields, len(header) + len(packed)))
    body, central = zipping.parts(plain())
    total = len(body) + len(header) + len(packed)
    for fields, length in reversed(found):
        central += zipping.central_header(fields, total - length)
    return Case(write(folder, body, header, packed, central, zipping.end_record(3 + count, len(central), total)), refused=LIMIT | AMBIGUOUS)


@functools.cache
def repeated(first, piece, count):
    """(deflated, length, CRC-32) of `first` and then `piece`, `count` times over, at the cost of one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(first) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * count + b"\3\0", len(first) + len(piece) * count, zipping.crc_behind(zlib.crc32(first), piece, count)


@attack(25, "nested-archives")
def archives_in_archives(folder):
    """As 42.zip: small outside, and at each level many times what it was. The outermost member is 300 MiB."""
    inner = zipping.pack([Member("0", bytes(10 * MIB), zipping.DEFLATED)])
    middle = zipping.pack([Member(f"{number:04}.zip", inner) for number in range(10 * MIB // len(inner))])
    packed, size, crc = repeated(b"", middle, 30)
    nested = Member("assets/0.zip", method=zipping.DEFLATED, raw=packed, size=size, crc=crc)
    return Case(write(folder, zipping.pack([*plain(), nested])), refused=LIMIT | AMBIGUOUS)


@each(26, {"config": (1, {}), "weights": (2, {}), "declared-too-small": (1, {"size": len(BENIGN)}), "declared-4-gib": (1, {"size": 0xFFFFFFFE})})
def a_bomb(folder, which):
    """10 MB that inflate to 10 GB. What is declared is true, or in both headers the same lie."""
    place, lie = which
    members = plain()
    first = BENIGN[:-1] if place == 1 else b"\x89HDF\r\n\x1a\n"
    packed, size, crc = repeated(first, b" " * MIB, 10 * 1024)
    members[place] = Member(members[place].name, method=zipping.DEFLATED, raw=packed, crc=crc, **{"size": size, **lie})
    return Case(write(folder, zipping.pack(members)), refused=LIMIT)


@each(27, {"prefix-junk": 0, "prefix-junk-counted": 1})
def something_before_it(folder, counted):
    junk = b"#!/bin/sh\nexit 0\n"
    return Case(write(folder, junk, zipping.pack(plain(), start=len(junk) * counted)), refused=AMBIGUOUS)


@attack(27, "gap")
def something_between(folder):
    body, central = zipping.parts(plain())
    gap = b"Whose is this?"
    return Case(write(folder, body, gap, central, zipping.end_record(3, len(central), len(body) + len(gap))), refused=AMBIGUOUS)


@attack(27, "trailing-data")
def something_behind_it(folder):
    return Case(write(folder, zipping.pack(plain()), b"trailing data, more than an end record is long"), refused=AMBIGUOUS)


@attack(27, "control-comment")
def a_comment(folder):
    return Case(write(folder, zipping.pack(plain(), comment=b"Made for a test, with PK in it.")))


@attack(27, "two-ends")
def two_archives_one_in_the_others_comment(folder):
    first = zipping.pack(plain())
    second = zipping.pack(plain(EVIL), start=len(first))
    return Case(write(folder, zipping.pack(plain(), comment=second)), refused=AMBIGUOUS)


@attack(27, "two-ends-one-directory")
def one_directory_and_two_ends(folder):
    body, central = zipping.parts(plain())
    last = zipping.end_record(3, len(central), len(body))
    return Case(write(folder, body, central, zipping.end_record(3, len(central), len(body), comment=last)), refused=AMBIGUOUS)


@each(27, {"zip64-count-lies": "count", "zip64-offset-lies": "offset"})
def a_zip64_record_that_says_otherwise(folder, lie):
    body, central = zipping.parts(plain())
    evil_body, evil = zipping.parts(plain(EVIL), start=len(body) + len(central))
    start = len(body) + len(central) + len(evil_body)
    told = (2, len(central), len(body)) if lie == "count" else (3, len(evil), start)
    record = zipping.end64(*told, at=start + len(evil))
    pieces = [body, central, evil_body, evil, record, zipping.end_record(3, len(central), len(body))]
    if lie == "count":
        record = zipping.end64(*told, at=len(body) + len(central))
        pieces = [body, central, record, pieces[-1]]
    return Case(write(folder, *pieces), refused=AMBIGUOUS)


@attack(27, "control-zip64")
def a_zip64_record_that_is_needed(folder):
    """Everything that has a field in it is told by it, as writers of big archives do."""
    body, central = zipping.parts(plain())
    last = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return Case(write(folder, body, central, zipping.end64(3, len(central), len(body), at=len(body) + len(central)), last))


@attack(27, "encrypted")
def an_encrypted_member(folder):
    members = plain()
    members[1].flags |= 1
    members[1].raw = bytes(range(12)) + members[1].data
    return Case(write(folder, zipping.pack(members)), refused=UNSUPPORTED)


@attack(27, "method-14")
def a_member_in_lzma(folder):
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        for name, data in keras_files.archive_members().items():
            archive.writestr(name, data, zipfile.ZIP_LZMA if name == "config.json" else zipfile.ZIP_STORED)
    return Case(folder / "model.keras", refused=UNSUPPORTED)


@attack(28, "million-entries")
def a_million_empty_members(folder, count=10**6):
    # One header is a template; only the name's digits, and where the member is, differ.
    name = b"assets/0000000"
    fields = {"name": name, "flags": zipping.UTF8, "method": 0, "packed": 0, "size": 0, "crc": 0}
    locals_, centrals = (np.tile(np.frombuffer(header, "u1"), (count, 1)) for header in (zipping.local_header(fields), zipping.central_header(fields, 0)))
    numbers = np.arange(count)
    for place in range(7):
        digits = 48 + numbers // 10 ** (6 - place) % 10
        locals_[:, 30 + 7 + place] = centrals[:, 46 + 7 + place] = digits
    body, central = zipping.parts(plain())
    centrals[:, 42:46] = (len(body) + numbers * locals_.shape[1]).astype("<u4")[:, None].view("u1")
    at, size = len(body) + locals_.size, len(central) + centrals.size
    last = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, size, at, 0)
    record = zipping.end64(count + 3, size, at, at=at + size)
    return Case(write(folder, body, locals_.data, central, centrals.data, record, last), refused=LIMIT | UNSAFE_PATH)


@each(28, {"nul": "assets/a\0b", "escape": "assets/a\x1b[2Jb", "bidi": "assets/a\u202etxt.exe", "newline": "assets/a\nb",
           "64-kib": "assets/" + "x" * (65535 - len("assets/")), "300-byte-part": "assets/" + "x" * 300})
def a_name_that_cannot_be(folder, name):
    return Case(write(folder, zipping.pack([*plain(), Member(name, b"x")])), refused=LIMIT | UNSAFE_PATH)


@attack(28, "no-utf8")
def a_name_that_is_no_text(folder):
    return Case(write(folder, zipping.pack([*plain(), Member(b"assets/\xff\xfe", b"x")])), refused=UNSAFE_PATH)
