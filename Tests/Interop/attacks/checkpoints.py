"""Items 42 to 44: checkpoints whose index or data are not what they say. Checksums are right wherever the attack lies behind them."""
import numpy as np

from . import bundling
from .case import FORMAT, INTEGRITY, UNSUPPORTED, Case, attack, each
from .protobuf import varint

KERNEL, BIAS = np.arange(16, dtype="f4").reshape(4, 4), np.arange(4, dtype="f4")


def small():
    bundle = bundling.Bundle()
    bundle.add("dense/bias", BIAS)
    bundle.add("dense/kernel", KERNEL)
    return bundle


def with_index(folder, index):
    return Case(small().write(folder / "ck", index), refused=FORMAT)


@attack(42, "control")
def sound(folder):
    bundle = small()
    prefix = bundle.write(folder / "ck")
    return Case(prefix, files=bundle.files(prefix))


ROWS = small().rows()
LAST = ROWS[-1][0]
BODY = bundling.block(ROWS)
ENTRIES = BODY[:-8]


def bad_magic(meta, index):
    return bundling.footer(meta, index, bytes(8))


def far_handle(meta, index):
    return bundling.footer(meta, bundling.handle(2**64 - 1, 2**64 - 1))


def long_handle(meta, index):
    return bundling.footer(meta, bundling.handle(0, 2**64 - 6))


def endless_varint(meta, index):
    return bundling.footer(b"\xff" * 20, index)


@each(42, {"bad-magic": bad_magic, "footer-offset-overflow": far_handle, "footer-size-overflow": long_handle, "footer-varint-overflow": endless_varint})
def a_footer_that_is_none(folder, end):
    return with_index(folder, bundling.table(BODY, LAST, end=end))


@each(42, {"restart-past-block": bundling.block(ROWS, restarts=(0, 0xFFFFFF)), "restart-count-huge": bundling.block(ROWS, count=0x7FFFFFFF),
           "restart-count-overflow": bundling.block(ROWS, count=0xFFFFFFFF), "restart-count-0": ENTRIES + bytes(4),
           "shared-past-key": bundling.item(0, *ROWS[0]) + bundling.item(99, b"a", ROWS[1][1]) + BODY[-8:],
           "value-past-block": bundling.item(0, *ROWS[0]) + varint(0) + varint(1) + varint(2**32) + b"a" + BODY[-8:],
           "length-2-64": bundling.item(0, *ROWS[0]) + varint(0) + varint(2**64 - 1) + varint(2**64 - 1) + b"a" + BODY[-8:],
           "keys-out-of-order": bundling.block([ROWS[0], ROWS[2], ROWS[1]]), "key-twice": bundling.block([*ROWS, ROWS[2]]), "no-header": bundling.block(ROWS[1:])})
def a_block_that_contradicts_itself(folder, body):
    return with_index(folder, bundling.table(body, LAST))


@each(42, {"wrong-crc": 0, "wrong-crc-of-kind": len(BODY)})
def a_block_that_was_changed(folder, at):
    index = bytearray(bundling.table(BODY, LAST))
    index[at] ^= 1
    return with_index(folder, bytes(index))


@attack(42, "snappy-length-2-32")
def a_block_that_would_grow(folder):
    """No writer compresses, so that the kind as such is not supported is as right an answer."""
    case = with_index(folder, bundling.table(varint(2**32) + b"\xfe\xff\xff" * 20, LAST, kind=1))
    return Case(case.path, refused=FORMAT | UNSUPPORTED)


def changed(**fields):
    def change(bundle):
        for name, value in fields.items():
            setattr(bundle.entries[b"dense/kernel"], name, value)

    return change


@each(43, {"shard-99999": changed(shard=99999), "shard-negative": changed(shard=-1), "offset-past-end": changed(offset=20),
           "offset-overflow": changed(offset=2**63 - 8),
           "negative-offset": changed(offset=-8), "negative-size": changed(size=-64), "size-past-end": changed(size=2**40), "size-not-shape": changed(size=32),
           "negative-dimension": changed(dimensions=(-4, -4)), "product-2-64": changed(dimensions=(2**32, 2**32)), "no-crc": changed(crc=0)})
def an_entry_that_does_not_fit(folder, change):
    bundle = small()
    change(bundle)
    return Case(bundle.write(folder / "ck"), refused=FORMAT)


@attack(43, "100001-shards")
def more_shards_than_there_can_be(folder):
    bundle = small()
    rows = [(b"", bundling.header(2**31 - 1)), *ROWS[1:]]
    return Case(bundle.write(folder / "ck", bundling.table(bundling.block(rows), LAST)), refused=FORMAT)


def sliced(parts):
    bundle = bundling.Bundle()
    for number, part in enumerate(parts):
        bundle.add(bundling.slice_key("kernel", part), np.full([length for _, length in part], number, "f4"))
    bundle.entries[b"kernel"] = bundling.Entry((4, 4), slices=tuple(parts))
    return bundle


@attack(43, "slices-control")
def sound_slices(folder):
    bundle = sliced([((0, 2), (0, 4)), ((2, 2), (0, 4))])
    prefix = bundle.write(folder / "ck")
    return Case(prefix, files=bundle.files(prefix))


@each(43, {"slices-leave-a-hole": [((0, 2), (0, 4)), ((3, 1), (0, 4))], "slices-overlap": [((0, 3), (0, 4)), ((1, 3), (0, 4))],
           "slices-reach-out": [((0, 2), (0, 4)), ((2, 3), (0, 4))], "slices-of-other-rank": [((0, 2),), ((2, 2),)]})
def slices_that_do_not_add_up(folder, parts):
    return Case(sliced(parts).write(folder / "ck"), refused=FORMAT)


@attack(43, "slice-missing")
def a_slice_that_is_not_there(folder):
    bundle = sliced([((0, 2), (0, 4)), ((2, 2), (0, 4))])
    del bundle.entries[bundling.slice_key("kernel", ((2, 2), (0, 4)))]
    return Case(bundle.write(folder / "ck"), refused=FORMAT)


def in_two_shards():
    bundle = bundling.Bundle(shards=2)
    bundle.add("a", KERNEL, shard=0)
    bundle.add("b", KERNEL + 100, shard=1)
    return bundle


@attack(44, "control")
def sound_shards(folder):
    bundle = in_two_shards()
    prefix = bundle.write(folder / "ck")
    return Case(prefix, files=bundle.files(prefix))


@each(44, {"missing": 0, "missing-second": 1})
def a_shard_that_is_missing(folder, number):
    bundle = in_two_shards()
    prefix = bundle.write(folder / "ck")
    bundle.shard(prefix, number).unlink()
    return Case(prefix, refused=INTEGRITY | FORMAT)


@each(44, {"cut": 1, "cut-to-nothing": len(KERNEL.tobytes())})
def a_shard_that_was_cut(folder, less):
    bundle = in_two_shards()
    bundle.shards[1] = bundle.shards[1][:-less]
    return Case(bundle.write(folder / "ck"), refused=INTEGRITY | FORMAT)


@attack(44, "swapped")
def two_shards_swapped(folder):
    bundle = in_two_shards()
    bundle.shards.reverse()
    return Case(bundle.write(folder / "ck"), refused=INTEGRITY | FORMAT)


@attack(44, "bit-flipped")
def a_bit_of_a_tensor_flipped(folder):
    bundle = small()
    data = bytearray(bundle.shards[0])
    data[-1] ^= 1
    bundle.shards[0] = bytes(data)
    return Case(bundle.write(folder / "ck"), refused=INTEGRITY | FORMAT)
