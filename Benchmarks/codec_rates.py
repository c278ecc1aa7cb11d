"""The table of what the codec does to the arrays of a series, apart from all else: `codec`, the program in the folder of that name."""
import json, subprocess

import h5py
import numpy as np

from training_runs import SERIES

# What is coded: a series, the files of it, and the arrays, by how their names end.
ADAM = {"weights": lambda name: name.startswith("model_weights/"), "Adam m": lambda name: name.endswith("_momentum"),
        "Adam v": lambda name: name.endswith("_velocity")}
BARS = {"float32": ("0.8", "1.2"), "float16": ("0.45", "0.9")}


def arrays_of_hdf5(path, wanted):
    """The elements of all arrays whose names are wanted, one after another."""
    found = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.append(item[()].ravel()) if isinstance(item, h5py.Dataset) and item.size > 1 and wanted(name) else None)
    return np.concatenate(found).tobytes()


def arrays_of_safetensors(path):
    """All that comes after the header."""
    bytes_ = path.read_bytes()
    return bytes_[8 + int.from_bytes(bytes_[:8], "little"):]


def cases(quick):
    """(what it is, kind, the last version's bytes, those of the version before)"""
    before, last = SERIES["lm"].files(quick)[-2:]
    for role, wanted in ADAM.items():
        yield f"fp32 + Adam: {role}", "float32", arrays_of_hdf5(last, wanted), arrays_of_hdf5(before, wanted)
    before, last = SERIES["finetune"].files(quick)[-2:]
    yield "bf16 fine-tune", "float16", arrays_of_safetensors(last), arrays_of_safetensors(before)


def rates(bench):
    print("\nThe codec alone, one thread; each array of the last version, by itself and against the version before:\n")
    print("| what | MB | stored / raw, alone | against the version before | encode, GB a CPU second | decode | encode against | decode against | budget of the last two |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    if not bench.codec.exists():
        print(f"| {bench.codec.name} is not built | | | | | | | | |", flush=True)
        return
    file, base = bench.folder / "array", bench.folder / "base"
    for what, kind, after, before in cases(bench.quick):
        file.write_bytes(after)
        base.write_bytes(before)
        told = subprocess.run([bench.codec, kind, "fast", file, base], capture_output=True, text=True, check=True).stdout
        alone, delta = (json.loads(told)[form] for form in ("alone", "delta"))
        encode, decode = BARS[kind]
        print(f"| {what} | {len(after) / 1e6:.0f} | {alone['stored']:.3f} | {delta['stored']:.3f} | {alone['encode']:.2f} | {alone['decode']:.2f} "
              f"| {delta['encode']:.2f} | {delta['decode']:.2f} | >= {encode}, >= {decode} |", flush=True)
    for path in (file, base):
        path.unlink()


ROWS = {"codec": rates}
