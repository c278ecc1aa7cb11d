#!/usr/bin/env python3
"""Writes vectors.txt: chunks as Documentation/Format.md says they are coded, by NumPy and the package
zstandard (https://pypi.org/project/zstandard/). A line each: name, chunk, base or -, coded chunk, in hex.

    python -m venv v && v/bin/pip install numpy zstandard && v/bin/python make_vectors.py
"""
import pathlib

import numpy as np
import zstandard

STORED, FRAME, FRAME_BEHIND_BASE = 0, 1, 2
IDENTITY, ROTATION, ZIGZAG, EXCLUSIVE_OR, DIFFERENCE, ORDERED_DIFFERENCE = range(0x10, 0x16)
BLOCK = 64


def frame(data, prefix=None):
    options = {}
    if prefix is not None:
        options["dict_data"] = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdCompressor(level=5, **options).compress(data)


def ordered(bits):
    """Signed integers in the order of the floats that the bits are."""
    signed = bits.view(bits.dtype.str.replace("u", "i"))
    least = -(1 << (8 * bits.dtype.itemsize - 1))
    return np.array([least - 1 - n if n < 0 else n for n in signed.tolist()]).astype(signed.dtype)


def zigzag(signed):
    return np.array([2 * n if n >= 0 else -2 * n - 1 for n in signed.tolist()], signed.dtype.str.replace("i", "u"))


def mapped(mapping, bits, base):
    signed = bits.dtype.str.replace("u", "i")
    if mapping == IDENTITY:
        return bits
    if mapping == ROTATION:
        width = bits.dtype.itemsize * 8
        return np.array([n * 2 % 2**width + n // 2 ** (width - 1) for n in bits.tolist()], bits.dtype)
    if mapping == ZIGZAG:
        return zigzag(bits.view(signed))
    if mapping == EXCLUSIVE_OR:
        return bits ^ base
    if mapping == DIFFERENCE:
        return zigzag((bits - base).view(signed))
    return zigzag(ordered(bits) - ordered(base))


def planes(mapping, dtype, chunk, base=None, masked=False, forms=()):
    """`forms` of the parts, as far as they are not frames: s stored, c constant."""
    width = np.dtype(dtype).itemsize
    count = len(chunk) // width
    bits = np.frombuffer(chunk[:count * width], dtype)
    values = mapped(mapping, bits, np.frombuffer(base[:count * width], dtype) if base else None)
    parts = []
    if masked:
        blocks = [values[at:at + BLOCK] for at in range(0, count, BLOCK)]
        empty = [not block.any() for block in blocks]
        parts.append(np.packbits(empty, bitorder="little").tobytes())
        values = np.concatenate([block for block, is_empty in zip(blocks, empty) if not is_empty])
    table = values.view(np.uint8).reshape(-1, width)
    parts += [table[:, plane].tobytes() for plane in range(width)]
    head, body = bytes([mapping, width | (0x80 if masked else 0)]), b""
    for index, part in enumerate(parts):
        form = forms[index:index + 1] or "f"
        if form == "c":
            assert len(set(part)) == 1
        coded = {"s": part, "c": part[:1], "f": frame(part)}[form]
        body += (4 * len(coded) + 2).to_bytes(3, "little") if form == "f" else bytes(["sc".index(form)])
        body += coded
    return head + body + chunk[count * width:]


def vectors():
    random = np.random.default_rng(6)
    text = b'{"layers": ["dense", "dense_1", "dense_2"], "units": 32}' * 4
    other = text.replace(b"32", b"64").replace(b"dense_1", b"hidden") + b"more"
    yield "stored", b"abc", None, bytes([STORED]) + b"abc"
    yield "empty", b"", None, bytes([STORED])
    yield "frame", text, None, bytes([FRAME]) + frame(text)
    yield "frame-behind-base", other, text, bytes([FRAME_BEHIND_BASE]) + frame(other, text)

    special = np.array([0, 0x80000000, 1, 0x80000001, 0x7F800000, 0xFF800000, 0x7F800001, 0xFFC0BEEF, 0x7FFFFFFF,
                        0xFFFFFFFF, 0x3F800000, 0xBF800000, 0x00800000, 0x007FFFFF], "<u4")
    weights = random.normal(0, 0.05, 86).astype("<f4").view("<u4")
    floats = np.concatenate([special, weights]).tobytes()
    moved = np.concatenate([special[::-1], weights + np.uint32(3)]).tobytes()
    yield "float32-alone", floats, None, planes(ROTATION, "<u4", floats, forms="ssff")
    yield "float32-delta", floats, moved, planes(ORDERED_DIFFERENCE, "<u4", floats, moved, forms="fsff")
    yield "float32-delta-of-ranks", floats, floats[::-1], planes(ORDERED_DIFFERENCE, "<u4", floats, floats[::-1])

    # 200 elements of 16 bits: blocks 0 and 3 (of 8 elements) are the base's.
    base = random.integers(0, 1 << 16, 200, "<u2")
    half = base.copy()
    half[64:192] ^= random.integers(1, 1 << 16, 128, "<u2")
    yield ("float16-masked", half.tobytes(), base.tobytes(),
           planes(ORDERED_DIFFERENCE, "<u2", half.tobytes(), base.tobytes(), True, "sss"))
    yield "integer16", half.tobytes(), None, planes(IDENTITY, "<u2", half.tobytes())

    steps = np.array([0, -1, 1, -(1 << 63), (1 << 63) - 1, -1000, 1000], "<i8").tobytes() + b"odd"
    yield "integer64-alone", steps, None, planes(ZIGZAG, "<u8", steps)
    earlier = np.array([5, 5, 5, 1 << 62, -5, 0, 999], "<i8").tobytes() + b"---"
    yield "integer64-delta", steps, earlier, planes(DIFFERENCE, "<u8", steps, earlier, forms="s" * 8)
    double = random.normal(0, 1, 30).astype("<f8")
    later = (double * (1 + 1e-9)).astype("<f8").tobytes() + b"\x01\x02\x03"
    yield "float64-delta", later, double.tobytes() + b"xyz", planes(EXCLUSIVE_OR, "<u8", later, double.tobytes())

    flags = bytes([0] * 64 + [1, 0] * 32 + [0] * 13)
    yield "integer8-masked", flags, None, planes(IDENTITY, "u1", flags, masked=True, forms="sf")
    ones = np.ones(500, "<f4").tobytes()
    yield "constant", ones, None, planes(ROTATION, "<u4", ones, forms="cccc")


def main():
    lines = [" ".join([name, chunk.hex() or '.', base.hex() if base is not None else "-", coded.hex()])
             for name, chunk, base, coded in vectors()]
    pathlib.Path(__file__).with_name("vectors.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
