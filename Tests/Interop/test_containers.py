"""A model is the same in every container of the Keras that wrote it: same paths, same bytes, same weights id; its slots
belong to the same weights. container_worker.py writes the models: all layers with weights, models in models, optimizers."""
import json, subprocess, sys

import pytest

from conftest import DIALECTS, HERE, Registry

# LoRA's own matrices are in the .h5 alone: the others have them merged into the kernel.
OTHER_WEIGHTS = {"model_lora", "model_lora_in_place"}

# What Keras itself does not write into one of them: tf_keras leaves the state of its old optimizers out of .keras.
OTHER_STATE = OTHER_WEIGHTS | {f"optimizer_legacy_{name}" for name in (
    "adam", "sgd", "sgd_momentum", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "ftrl")}

# A parent tells the class of a wrapper, not what is in it; and no state can be tied in a model without weights.
NO_STATE_FROM_PARENT = OTHER_STATE | {"optimizer_loss_scale", "layer_dropout", "layer_gaussian_noise", "layer_random_flip"}


@pytest.fixture(scope="module", params=DIALECTS)
def committed(request, program, tmp_path_factory):
    """A registry with each model as .h5 (v1), .keras (v2), .weights.h5 on the first as its parent, and sharded."""
    folder = tmp_path_factory.mktemp("containers")
    done = subprocess.run([sys.executable, HERE / "container_worker.py", request.param, folder], capture_output=True, text=True,
                          timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    names = json.loads(done.stdout.splitlines()[-1])
    assert len(names) > 80, done.stderr[-4000:]
    registry = Registry(program, tmp_path_factory.mktemp("registry"))
    registry.ok("init", registry.folder)
    shown = {}
    for name in names:
        for ending in (".h5", ".keras", ".weights.h5", "_sharded.weights.json"):
            path = folder / (name + ending)
            if path.exists():
                parent = [] if ending in (".h5", ".keras") else ["--parent", f"{name}@v1"]
                version = registry.json("commit", path, "--model", name, *parent)["version"]
                shown[name, ending] = registry.json("show", f"{name}@{version if str(version).startswith('v') else f'v{version}'}")
    return names, shown


def variables(shown, role):
    return {v["path"]: (v["sha256"], v.get("slot")) for v in shown["variables"] if v["role"] == role}


def pairs(committed, endings):
    names, shown = committed
    for name in names:
        for ending in endings:
            if (name, ending) in shown:
                yield name, shown[name, ".h5"], shown[name, ending]


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", "_sharded.weights.json"])
def test_weights_are_the_same(committed, ending, subtests):
    for name, legacy, other in pairs(committed, [ending]):
        if name not in OTHER_WEIGHTS:
            with subtests.test(model=name):
                assert variables(other, "weight") == variables(legacy, "weight")
                assert other["weights_id"] == legacy["weights_id"]


def test_optimizer_state_is_the_same_in_an_archive(committed, subtests):
    for name, legacy, other in pairs(committed, [".keras"]):
        # tf_keras writes no state to .h5 when two weights have one name.
        if name not in OTHER_STATE and variables(legacy, "optimizer"):
            with subtests.test(model=name):
                assert variables(other, "optimizer") == variables(legacy, "optimizer")


def test_optimizer_state_is_the_same_on_a_parent(committed, subtests):
    for name, legacy, other in pairs(committed, [".weights.h5", "_sharded.weights.json"]):
        if name not in NO_STATE_FROM_PARENT and variables(legacy, "optimizer"):
            with subtests.test(model=name):
                assert variables(other, "optimizer") == variables(legacy, "optimizer")
