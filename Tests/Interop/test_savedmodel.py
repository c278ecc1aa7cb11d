"""Models of several kinds, of both Keras, as SavedModels: what each program that takes them computes, how signatures are named, that bytes
are the same everywhere, and where the folders are put. serving_models.py builds them, savedmodel_worker.py runs what was written."""
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import DIALECTS, Registry
from export_tools import REFUSED, Export, Worker

# What TensorFlow Lite has operations of its own for.
LITE = ("mlp", "convnet", "lstm", "transformer")
TOLERANCE = 1e-5


class Served:
    """The models of one Keras, committed and written as SavedModels."""

    def __init__(self, dialect, folder, registry, runner):
        self.folder, self.registry, self.runner = folder, registry, runner
        writer = Worker("serving_models.py", dialect, folder)
        self.models = writer("write", str(folder))
        writer.close()
        self.exports, self.given = {}, {}
        for name, facts in self.models.items():
            done = registry.json("commit", facts["file"], "--model", name)
            self.exports[name] = Export(registry, f"{name}@v{done['version']}", folder / "saved" / name, "savedmodel").must_work()
            clients = ["serving", "call", "session", "layer", "keras2", *(["lite"] if name in LITE else [])]
            self.given[name] = self.run(name, self.exports[name].path, clients)

    def run(self, name, path, clients):
        facts = self.models[name]
        return self.runner("run", str(path), facts["numbers"], clients, facts["inputs"], facts["outputs"])

    def with_layers(self, name):
        return not any("without layers" in note["detail"] for note in self.exports[name].notes)


@pytest.fixture(scope="module")
def all_served(program, tmp_path_factory):
    runners = {dialect: Worker("savedmodel_worker.py", "all", tmp_path_factory.mktemp("run")) for dialect in DIALECTS}

    def serve(dialect):
        registry = Registry(program, tmp_path_factory.mktemp("registry"))
        registry.ok("init", registry.folder)
        return Served(dialect, tmp_path_factory.mktemp(dialect), registry, runners[dialect])

    with ThreadPoolExecutor(2) as both:
        yield dict(zip(DIALECTS, both.map(serve, DIALECTS)))
    for runner in runners.values():
        runner.close()


@pytest.fixture(params=DIALECTS)
def served(request, all_served):
    return all_served[request.param]


def test_every_program_computes_the_same(served, subtests):
    for name, given in served.given.items():
        for client, told in given.items():
            with subtests.test(model=name, client=client):
                if client == "keras2" and not served.with_layers(name):
                    continue
                assert not told["error"], told["error"]
                assert told["difference"] <= TOLERANCE


def test_most_models_are_models_of_layers_to_keras_2(served):
    assert [name for name in served.models if not served.with_layers(name)] in ([], ["several"])  # whose names Keras 2 does not take


def test_signatures_are_named_as_keras_names_them(served, subtests):
    for name, facts in served.models.items():
        with subtests.test(model=name):
            signatures = served.runner("look", str(served.exports[name].path))
            assert set(signatures) - {"__saved_model_init_op"} == {"serving_default"}
            assert set(signatures["serving_default"]["inputs"]) == set(facts["inputs"])
            assert set(signatures["serving_default"]["outputs"]) == set(facts["outputs"])
            assert all(shape[0] == -1 for _, shape in signatures["serving_default"]["inputs"].values())


def test_what_tensorflow_saves_of_it_is_the_same(served, tmp_path):
    served.runner("resave", str(served.exports["lstm"].path), str(tmp_path / "again"))
    told = served.run("lstm", tmp_path / "again", ["serving", "session"])
    assert all(not one["error"] and one["difference"] <= TOLERANCE for one in told.values()), told


def test_the_batch_and_the_signature_that_are_asked_for(served, tmp_path):
    path = Export(served.registry, "transformer@v1", tmp_path / "two", "savedmodel", None, "--batch", "2", "--signature", "predict").must_work().path
    signature = served.runner("look", str(path))["predict"]
    assert all(shape[0] == 2 for _, shape in [*signature["inputs"].values(), *signature["outputs"].values()])
    told = served.run("transformer", path, ["call"])
    assert told["call"]["difference"] <= TOLERANCE


def test_two_exports_are_the_same_bytes(served, tmp_path, subtests):
    for name, export in served.exports.items():
        with subtests.test(model=name):
            again = tmp_path / name
            changed = {**served.registry.environment(), "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"}
            subprocess.run(served.registry.command("checkout", f"{name}@v1", "--as", "savedmodel", "-o", again), env=changed, check=True,
                           capture_output=True)
            assert contents(again) == contents(export.path)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_version_is_told_in_the_folder(served):
    told = json.loads((served.exports["mlp"].path / "assets.extra" / "registry.json").read_text())
    shown = served.registry.json("show", "mlp@v1")
    assert (told["model"], told["version"], told["id"], told["parents"]) == ("mlp", 1, shown["id"], [])


def test_versions_lie_where_tensorflow_serving_looks(served, tmp_path):
    served.registry.ok("checkout", "mlp@v1", "--serving", tmp_path)
    assert contents(tmp_path / "mlp" / "1") == contents(served.exports["mlp"].path)
    served.registry.ok("checkout", "mlp@v1", "--serving", tmp_path)  # The same again is no error.
    (tmp_path / "mlp" / "1" / "saved_model.pb").write_bytes(b"another")
    assert served.registry.run("checkout", "mlp@v1", "--serving", tmp_path).returncode != 0
    assert os.listdir(tmp_path / "mlp") == ["1"]


def test_a_saved_model_keeps_its_graph_and_lends_it(served, tmp_path):
    """Committed, it comes back as it was; and weights of another version are put into it."""
    registry, graph = served.registry, served.exports["mlp"].path
    done = registry.json("commit", graph, "--model", "mlp", "--parent", "mlp@v1", "--allow-unchanged")
    as_committed = Export(registry, f"mlp@v{done['version']}", tmp_path / "kept", "savedmodel").must_work().path
    assert contents(as_committed) == contents(graph)
    filled = Export(registry, "mlp@v1", tmp_path / "filled", "savedmodel", None, "--graph", f"mlp@v{done['version']}").must_work().path
    told = served.run("mlp", filled, ["serving", "session", "layer"])
    assert all(not one["error"] and one["difference"] <= TOLERANCE for one in told.values()), told
    for model, reason in (("convnet", "layers"), ("tanh", "activation")):
        refused = registry.run("checkout", f"{model}@v1", "--as", "savedmodel", "--graph", f"mlp@v{done['version']}", "-o", tmp_path / "no")
        assert refused.returncode == REFUSED and reason in refused.stderr and not (tmp_path / "no").exists(), refused.stderr
