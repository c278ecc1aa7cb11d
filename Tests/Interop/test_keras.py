"""For every model that the installed Keras writes: our tensors are those that h5py reads, optimizer slots belong to the
weights that Keras says, and a checkout is the same bytes, loads in the Keras that wrote it and predicts the same bits."""
import filecmp, hashlib
from collections import Counter

import h5py
import numpy as np
import pytest

from conftest import DIALECTS, keras

# What no Keras reads back from the .h5 that it wrote itself (bfloat16 without its dtype; the mask's NotEqual in Keras 3).
NOT_LOADABLE = {"keras2": {"bfloat16.h5"}, "keras3": {"bfloat16.h5", "masked_text.h5"}}

# Keras 2's Adafactor keeps slots in more lists than there are weights for.
INCOMPLETE = {"by_adafactor.h5"}


def bytes_of(dataset):
    """A tensor's bytes as the store names them: little-endian, C order. bfloat16 is opaque to HDF5: as it lies."""
    values = dataset[()]
    dtype = values.dtype if values.dtype.kind == "V" else values.dtype.newbyteorder("<")
    return np.asarray(values).astype(dtype, copy=False).tobytes()


def datasets(path):
    """Path in the file -> (shape, SHA-256), of all datasets that hold numbers."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiubV":
            found[name] = list(item.shape), hashlib.sha256(bytes_of(item)).hexdigest()

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def shown(registry, reference="latest"):
    """Path in the container -> (shape, SHA-256), as `show` has it."""
    return {v["container_path"].strip("/"): (v["shape"], v["sha256"]) for v in registry.json("show", reference)["variables"]}


@pytest.fixture(scope="module", params=DIALECTS)
def committed(request, written, program, tmp_path_factory):
    """A registry that holds every model of one dialect, one model a file."""
    from conftest import Registry
    folder, facts = written[request.param]
    registry = Registry(program, tmp_path_factory.mktemp("registry"))
    registry.ok("init", registry.folder)
    results = {file: registry.run("commit", folder / file, "--model", file.removesuffix(".h5"), "--json") for file in facts}
    return request.param, registry, folder, facts, results


def reference(file):
    return file.removesuffix(".h5") + "@v1"


def test_every_model_is_committed(committed, subtests):
    *_, results = committed
    for file, done in results.items():
        with subtests.test(file=file):
            assert done.returncode == 0, done.stderr


def test_our_tensors_are_those_of_h5py(committed, subtests):
    dialect, registry, folder, facts, _ = committed
    for file in facts:
        with subtests.test(file=file):
            assert shown(registry, reference(file)) == datasets(folder / file)


def test_dtypes_are_those_of_h5py(committed, subtests):
    dialect, registry, folder, facts, _ = committed
    for file in facts:
        with subtests.test(file=file), h5py.File(folder / file, "r") as h5:
            for variable in registry.json("show", reference(file))["variables"]:
                dtype = h5[variable["container_path"]].dtype
                assert variable["dtype"] == ("bfloat16" if dtype.kind == "V" else dtype.name), variable


def test_slots_belong_to_the_weights_that_keras_says(committed, subtests):
    """One list of slots in the optimizer is one slot name of ours, with the same weight for each of its slots."""
    dialect, registry, folder, facts, _ = committed
    for file, fact in facts.items():
        with subtests.test(file=file):
            variables = registry.json("show", reference(file))["variables"]
            weights = {v["path"]: v["sha256"] for v in variables if v["slot"] is None}
            ours, theirs = {}, {}
            for v in variables:
                if v["slot"]:
                    ours.setdefault(v["slot"]["name"], Counter())[weights[v["slot"]["weight"]], v["sha256"]] += 1
            for name, weight, slot in fact["slots"]:
                theirs.setdefault(name, Counter())[weight, slot] += 1
            if file in INCOMPLETE or file.endswith(".weights.h5"):
                # A file of weights alone does not say which were trained: a slot is tied rightly or not at all.
                for ties in ours.values():
                    assert file in INCOMPLETE or any(ties <= others for others in theirs.values())
            else:
                in_order = lambda lists: sorted(map(sorted, map(Counter.items, lists.values())))
                assert in_order(ours) == in_order(theirs)


def test_the_number_of_weights_is_that_of_the_model(committed, subtests):
    dialect, registry, folder, facts, _ = committed
    for file, fact in facts.items():
        with subtests.test(file=file):
            roles = Counter(v["role"] for v in registry.json("show", reference(file))["variables"])
            assert roles["weight"] == fact["variables"], roles


def test_a_checkout_is_the_same_bytes_and_predicts_the_same_bits(committed, subtests):
    dialect, registry, folder, facts, _ = committed
    back = folder / "back"
    back.mkdir()
    for file in facts:
        with subtests.test(file=file):
            registry.ok("checkout", reference(file), "-o", back / file)
            assert filecmp.cmp(folder / file, back / file, shallow=False)
    answers = keras(dialect, "load", folder)
    assert {file for file, answer in answers.items() if answer["original"]} == NOT_LOADABLE[dialect]
    assert len(answers) == len(facts)
    for file, answer in answers.items():
        with subtests.test(file=file):
            assert answer["original"] or answer["same"]


def test_the_two_dialects_share_their_weights(written, registry):
    """The same numbers are the same blobs, whatever the layout: legacy .h5 and Keras 3's .weights.h5."""
    folder, _ = written["keras3"]
    registry.ok("commit", folder / "convnet.h5", "--model", "convnet")
    before = registry.json("show", "convnet@v1")
    again = registry.json("commit", folder / "convnet.weights.h5", "--model", "weights_only")
    assert again["new_tensors"] == 0
    after = registry.json("show", "weights_only@v1")
    assert Counter(v["sha256"] for v in before["variables"]) == Counter(v["sha256"] for v in after["variables"])
