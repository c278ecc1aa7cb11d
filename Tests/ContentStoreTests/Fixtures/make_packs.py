#!/usr/bin/env python3
"""Writes three packs as Documentation/Format.md says they are, without the program:

    first.pack  the layout before there were coded blobs
    raw.pack    the same blobs in today's
    coded.pack  a blob coded by itself, and one coded against it; both of three chunks, then the same of one small chunk
"""
import hashlib
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
MEBIBYTE, SMALL, HEAD = 1 << 20, 128 << 10, 64
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
    return bytes([mapping, 1, 1, value])


def coded(data, chunks):
    head = data[:HEAD] if len(data) >= SMALL else b""
    table = b"".join(
        struct.pack("<II", crc32c(data[at * MEBIBYTE:(at + 1) * MEBIBYTE]), len(chunk))
        for at, chunk in enumerate(chunks))
    return head + b"".join(chunks) + table[:-4]


def varint(value):
    """Unsigned LEB128."""
    digits = [value >> shift & 0x7F for shift in range(0, max(1, value.bit_length()), 7)]
    return bytes(digit | 0x80 for digit in digits[:-1]) + bytes(digits[-1:])


def first_pack(blobs):
    body, entries = b"REGPACK1", b""
    for data, stored, _, _ in blobs:
        entries += sha256(data) + struct.pack("<QQ", len(body), len(stored))
        body += stored
    return closed(body, entries, len(blobs))


def pack(blobs):
    body, entries = b"REGPACK3", b""
    for data, stored, form, base in blobs:
        entries += sha256(data) + varint(len(stored)) + bytes([form])
        if form != RAW:
            entries += varint(len(data))
        if form == CODED_AGAINST_BASE:
            entries += sha256(base)[:16]
        body += stored
    return closed(body, entries, len(entries))


def closed(body, entries, number):
    entries += struct.pack("<Q", number)
    return body + entries + sha256(entries) + b"REGPKEND"


raw = [(data, data, RAW, None) for data in (b"abc", b"", bytes(range(200)))]
alone = bytes([5]) * (2 * MEBIBYTE) + bytes([6, 7, 8])
near = bytes([5 ^ 7]) * MEBIBYTE + bytes([9]) * MEBIBYTE + bytes([1, 2, 3])
small, small_near = bytes([3]) * 1000, bytes([3 ^ 4]) * 1000
both = [
    (alone, coded(alone, [constant(IDENTITY, 5)] * 2 + [bytes([STORED, 6, 7, 8])]), CODED, None),
    (near, coded(near, [constant(EXCLUSIVE_OR, 7), constant(IDENTITY, 9), bytes([STORED, 1, 2, 3])]), CODED_AGAINST_BASE, alone),
    (small, coded(small, [constant(IDENTITY, 3)]), CODED, None),
    (small_near, coded(small_near, [constant(EXCLUSIVE_OR, 4)]), CODED_AGAINST_BASE, small)]

(HERE / "first.pack").write_bytes(first_pack(raw))
(HERE / "raw.pack").write_bytes(pack(raw))
(HERE / "coded.pack").write_bytes(pack(both))
