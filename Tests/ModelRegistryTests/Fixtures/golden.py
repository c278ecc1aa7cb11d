#!/usr/bin/env python3
"""Computes, from Documentation/Format.md alone, the digests that GoldenTests.swift expects.

Nothing here reads what the program wrote: run it again after a change of the format, and not otherwise.
"""
import hashlib, json


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data):
    return hashlib.sha256(data).hexdigest()


tensors = [bytes(range(10)), bytes(range(200, 250))]
filler = b"\xee\xee\xee"
skeleton = filler + filler + b"\xee"
recipe = canonical([[3], 0, [3], 1, [1]])
config = b'{"class_name":"Sequential"}'
slots = [
    {"path": f"layer{i}/kernel", "container_path": f"/layer{i}", "role": "weight", "dtype": "uint8", "shape": [len(t)]}
    for i, t in enumerate(tensors)
]
layout = canonical(slots)
weights = canonical([[s["path"], "uint8", s["shape"], sha(t)] for s, t in zip(slots, tensors)])
manifest = canonical({
    "registry": 1,
    "model": "golden",
    "created": 1700000000000000001,
    "message": "première \"é\"\n",
    "format": "h5",
    "producers": {"keras": "2.15.0"},
    "architecture": {"dialect": "keras2", "config": sha(config)},
    "layout": sha(layout),
    "tensors": [sha(t) for t in tensors],
    "weights_id": sha(weights),
    "files": [{"name": "a.h5", "byte_count": 67, "skeleton": sha(skeleton), "recipe": sha(recipe)}],
    "parents": [],
    "tags": {"keras": "2.15.0", "owner": "ana"},
    "metrics": {"loss": "0.250"},
    "findings": [],
})
print("weights id", sha(weights))
print("layout    ", sha(layout))
print("version   ", sha(manifest))
