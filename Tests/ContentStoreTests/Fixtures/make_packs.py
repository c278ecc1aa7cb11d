#!/usr/bin/env python3
"""Writes three packs as Documentation/Format.md says they are, without the program:

    first.pack  the layout before there were coded blobs
    raw.pack    the same blobs in today's
    coded.pack  a blob coded by itself, and one coded against it
"""
import hashlib
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
MEBIBYTE = 1 << 20
RAW, CODED, CODED_AGAINST_BASE = range(3)
STORED, IDENTITY, EXCLUSIVE_OR = 0x00, 0x10, 0x13


def sha256(data):
    return hashlib.sha256(data).digest()


TABLE = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def constant(mapping, value):
    """A chunk that is planes of one byte an element, all of them the same."""
    return bytes([mapping, 1, 1, 0, 0, 1, value])


def coded(data, chunks):
    table = b"".join(
        struct.pack("<II", len(chunk), crc32c(data[at * MEBIBYTE:(at + 1) * MEBIBYTE]))
        for at, chunk in enumerate(chunks))
    return data[:64] + b"".join(chunks) + table


def pack(head, blobs, entry):
    body, entries = head, b""
    for blob in blobs:
        entries += entry(len(body), *blob)
        body += blob[1]
    entries += struct.pack("<Q", len(blobs))
    return body + entries + sha256(entries) + b"REGPKEND"


def first_entry(offset, data, stored, form, base):
    return sha256(data) + struct.pack("<QQ", offset, len(stored))


def entry(offset, data, stored, form, base):
    numbers = struct.pack("<QQQQ", offset, len(stored), len(data), form)
    return sha256(data) + numbers + (base or bytes(32))


raw = [(data, data, RAW, None) for data in (b"abc", b"", bytes(range(200)))]
alone = bytes([5]) * (2 * MEBIBYTE) + bytes([6, 7, 8])
near = bytes([5 ^ 7]) * MEBIBYTE + bytes([9]) * MEBIBYTE + bytes([1, 2, 3])
alone_coded = coded(alone, [constant(IDENTITY, 5)] * 2 + [bytes([STORED, 6, 7, 8])])
near_coded = coded(near, [constant(EXCLUSIVE_OR, 7), constant(IDENTITY, 9), bytes([STORED, 1, 2, 3])])
both = [(alone, alone_coded, CODED, None), (near, near_coded, CODED_AGAINST_BASE, sha256(alone))]

(HERE / "first.pack").write_bytes(pack(b"REGPACK1", raw, first_entry))
(HERE / "raw.pack").write_bytes(pack(b"REGPACK2", raw, entry))
(HERE / "coded.pack").write_bytes(pack(b"REGPACK2", both, entry))
