"""Protocol buffers, written by hand: the fields of one message are the sum of their bytes."""


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def field(number, value):
    """A varint for a number, else a length and bytes."""
    if isinstance(value, int):
        return tag(number, 0) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return tag(number, 2) + varint(len(data)) + data


def fixed32(number, value):
    return tag(number, 5) + value.to_bytes(4, "little")


def entry(number, key, value):
    """One entry of a map from strings to messages."""
    return field(number, field(1, key) + field(2, value))


def nested(depth, *levels):
    """A message in a message, `depth` times over; each of `levels` is what stands before the length of the next one."""
    pieces, length = [], 0
    for level in range(depth * len(levels), 0, -1):
        piece = levels[(level - 1) % len(levels)] + varint(length)
        pieces.append(piece)
        length += len(piece)
    return b"".join(reversed(pieces))
