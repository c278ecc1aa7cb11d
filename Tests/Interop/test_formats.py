"""One model in every format that Keras and TensorFlow save: the same weights are the same blobs under the same paths, what
we list is what the libraries read, and every checkout is what was committed. format_worker.py saves and loads the models."""
import filecmp, hashlib, json, pathlib, shutil, subprocess, sys, threading, zipfile

import numpy as np
import pytest
import safetensors

from conftest import DIALECTS, HERE, Registry
from test_keras import bytes_of, datasets

# What is saved -> (our format, whether it has the architecture, whether it has the optimizer's state), in the order of commits.
SAVED = {
    "model.h5": ("h5", True, True), "model.keras": ("keras", True, True), "model.weights.h5": ("weights.h5", False, True),
    "sharded.weights.json": ("weights.json", False, True), "weights.h5": ("h5-weights", False, False),
    "saved": ("savedmodel", True, True), "exported": ("savedmodel", False, False), "weights_ck": ("checkpoint", False, True),
    "trained-1": ("checkpoint", False, True), "model.safetensors": ("safetensors", False, False), "model.npz": ("npz", False, False),
}


class Worker:
    """format_worker.py, asked one thing after another."""

    def __init__(self, dialect, folder):
        self.folder, self.log = folder, folder / "worker.log"
        self.process = subprocess.Popen([sys.executable, HERE / "format_worker.py", dialect], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log.open("w"))

    def ask(self, command, *arguments):
        self.process.stdin.write(json.dumps([command, *map(str, arguments)]) + "\n")
        self.process.stdin.flush()

    def answer(self):
        limit = threading.Timer(600, self.process.kill)
        limit.start()
        answer = self.process.stdout.readline()
        limit.cancel()
        assert answer, self.log.read_text()[-4000:]
        return json.loads(answer)

    def __call__(self, command, *arguments):
        self.ask(command, *arguments)
        return self.answer()

    def close(self):
        self.process.kill()  # TensorFlow takes its time to end.
        self.process.communicate()


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """Dialect -> (its worker, the folder with a folder for each model, what Keras says of them)."""
    made = {dialect: Worker(dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    for worker in made.values():  # Both write at the same time.
        (worker.folder / "models").mkdir()
        worker.ask("write", worker.folder / "models")
    yield {dialect: (worker, worker.folder / "models", worker.answer()) for dialect, worker in made.items()}
    for worker in made.values():
        worker.close()


@pytest.fixture(scope="module", params=DIALECTS)
def written(request, workers):
    return workers[request.param]


@pytest.fixture(scope="module")
def others(workers):
    """A worker, and a folder with what TensorFlow writes without Keras."""
    worker = workers["keras2"][0]
    folder = worker.folder / "others"
    folder.mkdir()
    worker("write_others", folder)
    return worker, folder


def sources(folder):
    """What a model is saved as: a file, a folder or a prefix."""
    return {name: folder / name for name in SAVED if (folder / name).exists() or (folder / f"{name}.index").exists()}


@pytest.fixture(scope="module")
def committed(written, program, tmp_path_factory):
    """A registry with each model in all formats, the .h5 first and as the parent of the others; what commit and show said."""
    worker, folder, facts = written
    registry = Registry(program, tmp_path_factory.mktemp("registry"))
    registry.ok("init", registry.folder)
    told = {}
    for model in facts:
        for name, path in sources(folder / model).items():
            parent = [] if name == "model.h5" else ["--parent", f"{model}@v1"]
            done = registry.json("commit", path, "--model", model, *parent)
            told[model, name] = path, done, registry.json("show", f"{model}@v{done['version']}")
    return worker, registry, facts, told


def by_role(shown, role):
    return {v["path"]: v["sha256"] for v in shown["variables"] if v["role"] == role}


def slots(shown):
    return {(v["slot"]["name"], v["slot"]["weight"], v["sha256"]) for v in shown["variables"] if v["slot"]}


def each(committed):
    """One after another: the model, what it is saved as, where, what commit said, what show says, and what it says of the .h5."""
    *_, told = committed
    for (model, name), (path, done, shown) in told.items():
        yield model, name, path, done, shown, told[model, "model.h5"][2]


def test_every_format_is_recognised(committed, subtests):
    for model, name, _, done, shown, _ in each(committed):
        with subtests.test(model=model, saved=name):
            assert done["format"] == shown["format"] == SAVED[name][0]
            assert not done["findings"]


def test_the_weights_are_the_same_in_all(committed, subtests):
    *_, facts, _ = committed
    for model, name, _, done, shown, first in each(committed):
        with subtests.test(model=model, saved=name):
            assert sorted(by_role(shown, "weight").values()) == facts[model]["weights"]
            assert by_role(shown, "weight") == by_role(first, "weight")
            assert done["weights_id"] == first["weights_id"]
            assert done["same_weights"] == (None if name == "model.h5" else f"{model}@v1")


def test_no_tensor_is_stored_twice(committed, subtests):
    known = set()
    for model, name, _, done, shown, _ in each(committed):
        with subtests.test(model=model, saved=name):
            digests = {v["sha256"] for v in shown["variables"]}
            assert done["new_tensors"] == len(digests - known)
            known |= digests


def test_optimizer_state_belongs_to_the_same_weights(committed, subtests):
    *_, facts, _ = committed
    for model, name, _, _, shown, first in each(committed):
        with subtests.test(model=model, saved=name):
            weights = by_role(shown, "weight")
            if SAVED[name][2]:
                assert slots(shown) == slots(first)
                ours = {(weights[weight], sha) for _, weight, sha in slots(shown)}
                assert ours == {(weight, sha) for _, weight, sha in facts[model]["slots"]}
                assert shown["optimizer"] == first["optimizer"]
                assert shown["step"] == facts[model]["step"]
            else:
                assert not slots(shown)


def test_an_architecture_is_the_containers_or_the_parents(committed, subtests):
    _, registry, _, _ = committed
    for model, name, _, done, shown, first in each(committed):
        with subtests.test(model=model, saved=name):
            inherited = not SAVED[name][1]
            assert shown["architecture"]["origin"] == ("parent" if inherited else "container")
            assert shown["architecture"]["dialect"] == first["architecture"]["dialect"]
            assert not inherited or shown["architecture"]["config"] == first["architecture"]["config"]
            text = registry.ok("show", f"{model}@v{done['version']}")
            assert (", taken from its parent)" in text) == inherited


def test_our_tensors_are_those_that_the_libraries_read(committed, subtests):
    worker, *_ = committed
    for model, name, path, _, shown, _ in each(committed):
        with subtests.test(model=model, saved=name):
            ours = {v["container_path"].strip("/"): (v["shape"], v["sha256"]) for v in shown["variables"]}
            theirs = {key.strip("/"): value for key, value in read(worker, path).items()}
            assert distinct(ours) == distinct(theirs)


def read(worker, path):
    """Path in the container -> (shape, SHA-256), by TensorFlow, h5py, NumPy and safetensors."""
    if path.name == "sharded.weights.json":
        shards = sorted(path.parent.glob("sharded_*.weights.h5"))
        return {key: value for shard in shards for key, value in datasets(shard).items()}
    if path.suffix == ".h5":
        return datasets(path)
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            member = pathlib.Path(archive.extract("model.weights.h5", path.parent / "unpacked"))
            return datasets(member)
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {key: (list(arrays[key].shape), hashlib.sha256(bytes_of(arrays[key])).hexdigest()) for key in arrays}
    if path.suffix == ".safetensors":
        return {key: (list(value["shape"]), hashlib.sha256(value["data"]).hexdigest())
                for key, value in safetensors.deserialize(path.read_bytes())}
    prefix = path / "variables" / "variables" if path.is_dir() else path
    return {key: (shape, sha) for key, (_, shape, sha) in worker("checkpoint", prefix).items()}


def distinct(tensors):
    return set((path, tuple(shape), sha) for path, (shape, sha) in tensors.items())


def is_same_tree(original, back):
    """The same files with the same bytes, and the same folders, also those without files."""
    names = {path.relative_to(original) for path in original.rglob("*")}
    assert names == {path.relative_to(back) for path in back.rglob("*")}
    assert all(filecmp.cmp(original / name, back / name, shallow=False) for name in names if (original / name).is_file())


def gives_back(registry, reference, original, out):
    """The checkout of `reference` in the folder `out` is what was committed: a file, a folder, a prefix, an index with shards."""
    out.mkdir(parents=True)
    done = registry.json("checkout", reference, "-o", out)
    assert pathlib.Path(done["path"]) == out / original.name
    if original.is_dir():
        is_same_tree(original, out / original.name)
    else:
        shards = list(original.parent.glob("sharded_*")) if original.suffix == ".json" else []
        parts = [original] if original.is_file() else [original.parent / f"{original.name}.{end}" for end in ("index", "data-00000-of-00001")]
        wanted = {path.name: path for path in parts + shards}
        assert {path.name for path in out.iterdir()} == set(wanted)
        assert all(filecmp.cmp(path, out / name, shallow=False) for name, path in wanted.items())


def test_a_checkout_is_what_was_committed(committed, tmp_path, subtests):
    _, registry, *_ = committed
    for model, name, path, done, _, _ in each(committed):
        with subtests.test(model=model, saved=name):
            gives_back(registry, f"{model}@v{done['version']}", path, tmp_path / model / name)


@pytest.mark.parametrize("name", ["model.keras", "saved", "exported"])
def test_what_was_checked_out_predicts_the_same_bits(committed, name, tmp_path, subtests):
    worker, registry, facts, told = committed
    for model in facts:
        if (model, name) in told:
            with subtests.test(model=model):
                path, done, _ = told[model, name]
                registry.ok("checkout", f"{model}@v{done['version']}", "-o", tmp_path / f"{model}-{name}")
                assert worker("same", path, tmp_path / f"{model}-{name}")


def test_weights_that_come_first_have_no_architecture(written, registry, subtests):
    _, folder, facts = written
    for model in ("sequential", "convnet"):
        for name, path in sources(folder / model).items():
            if not SAVED[name][1]:
                with subtests.test(model=model, saved=name):
                    alone = f"{model}-{name.replace('.', '-')}"
                    first = registry.json("commit", path, "--model", alone)
                    assert registry.json("show", f"{alone}@v1").get("architecture") is None
                    assert "none is known" in registry.ok("show", f"{alone}@v1")
                    second = registry.json("commit", folder / model / "model.h5", "--model", alone)
                    shown = registry.json("show", f"{alone}@v2")
                    assert shown["architecture"]["origin"] == "container"
                    bare = by_role(registry.json("show", f"{alone}@v1"), "weight")
                    assert set(bare.values()) == set(by_role(shown, "weight").values())
                    assert second["parents"] == [f"{alone}@v1"]
                    third = registry.json("commit", path, "--model", alone)
                    assert third["weights_id"] == second["weights_id"] and third["new_tensors"] == 0
                    assert {finding["kind"] for finding in first["findings"]} <= {"untied-optimizer"}
                    assert not third["findings"]


def test_a_parent_of_other_shapes_gives_no_architecture(written, registry, subtests):
    _, folder, _ = written
    registry.ok("commit", folder / "sequential" / "model.h5", "--model", "m")
    for name, path in sources(folder / "convnet").items():
        if not SAVED[name][1]:
            with subtests.test(saved=name):
                done = registry.json("commit", path, "--model", "m", "--parent", "m@v1")
                assert registry.json("show", f"m@v{done['version']}").get("architecture") is None
                bare = [finding for finding in done["findings"] if finding["kind"] == "bare-weights"]
                assert len(bare) == 1 and "hidden/kernel" in bare[0]["detail"], done["findings"]


def test_a_deflated_archive_has_the_same_blobs(written, registry, tmp_path, subtests):
    _, folder, facts = written
    for model in facts:
        with subtests.test(model=model):
            stored, deflated = folder / model / "model.keras", tmp_path / f"{model}.keras"
            with zipfile.ZipFile(stored) as old, zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as new:
                for member in old.namelist():
                    new.writestr(member, old.read(member))
            first = registry.json("commit", stored, "--model", model)
            second = registry.json("commit", deflated, "--model", model)
            assert second["new_tensors"] == 0 and second["weights_id"] == first["weights_id"]
            tensors = lambda version: [(v["path"], v["sha256"], v["slot"]) for v in registry.json("show", f"{model}@{version}")["variables"]]
            assert tensors("v1") == tensors("v2")
            registry.gives_back(f"{model}@v2", deflated, tmp_path / "back.keras")


def test_vocabularies_stay_with_the_files(written, registry, tmp_path):
    worker, folder, _ = written
    archive, graph = folder / "lookups.keras", folder / "lookups"
    registry.ok("commit", archive, "--model", "m")
    done = registry.json("commit", graph, "--model", "m")
    first, second = registry.json("show", "m@v1"), registry.json("show", "m@v2")
    assert by_role(second, "weight") == by_role(first, "weight") and done["same_weights"] == "m@v1"
    assert all(finding["kind"] == "unread-dataset" and "strings" in finding["detail"] for finding in done["findings"])
    gives_back(registry, "m@v1", archive, tmp_path / "archive")
    gives_back(registry, "m@v2", graph, tmp_path / "graph")


def test_the_version_of_tensorflow_is_recorded(committed, others, registry):
    *_, told = committed
    for name in ("saved", "exported"):
        if ("sequential", name) in told:
            tags = told["sequential", name][2]["tags"]
            assert tags["tensorflow"].startswith("2.") and tags["tensorflow.source"] == "recorded"
    assert "tensorflow" not in told["sequential", "model.npz"][2]["tags"]
    given = registry.json("commit", others[1] / "literal" / "checkpoint", "--model", "m", "--tensorflow", "2.9.1")
    tags = registry.json("show", f"m@v{given['version']}")["tags"]
    assert tags["tensorflow"] == "2.9.1" and tags["tensorflow.source"] != "recorded"


@pytest.mark.parametrize("name, prefix", [
    ("many", None), ("many", "ckpt-1"), ("many", "ckpt-2"), ("named", None), ("named", "ck-1"), ("literal", None)])
def test_a_checkpoint_of_a_folder(name, prefix, others, registry, tmp_path):
    worker, folder = others
    latest = {"many": "ckpt-3", "named": "ck-3", "literal": "checkpoint"}[name]
    chosen = ["--checkpoint", prefix] if prefix else []
    done = registry.json("commit", folder / name, "--model", "m", *chosen)
    assert all(finding["kind"] == "unread-dataset" and "strings" in finding["detail"] for finding in done["findings"])
    chosen = folder / name / (prefix or latest)
    is_read(registry, worker, chosen, {path.with_suffix("") for path in (folder / name).glob("*.index")} - {chosen})
    gives_back(registry, "m@v1", folder / name, tmp_path / "folder")


@pytest.mark.parametrize("prefix", ["many/ckpt-2", "named/ck-1", "literal/checkpoint"])
def test_a_checkpoint_by_its_prefix(prefix, others, registry, tmp_path):
    worker, folder = others
    registry.ok("commit", folder / prefix, "--model", "m")
    is_read(registry, worker, folder / prefix)
    gives_back(registry, "m@v1", folder / prefix, tmp_path / "prefix")


def is_read(registry, worker, prefix, others=()):
    """Our tensors are those of the checkpoint, and of the folder's others behind their names, as no weights of the model's."""
    theirs = worker("checkpoint", prefix)
    variables = registry.json("show", "m@v1")["variables"]
    for other in others:
        theirs |= {f"{other.name}.index/{key}": value for key, value in worker("checkpoint", other).items()}
    assert {v["container_path"]: [v["dtype"], v["shape"], v["sha256"]] for v in variables} == theirs
    assert {v["role"] for v in variables if ".index/" in v["container_path"]} <= {"other"}


def test_a_checkpoint_that_is_not_there_is_an_error_that_names_those_that_are(others, registry):
    done = registry.run("commit", others[1] / "many", "--model", "m", "--checkpoint", "ckpt-9")
    assert done.returncode == 65 and "ckpt-9" in done.stderr and "ckpt-3" in done.stderr
    done = registry.run("commit", others[1] / "many" / "checkpoint", "--model", "m")
    assert done.returncode == 65 and "ckpt-3" in done.stderr


# SavedModels of TensorFlow alone -> their tags, and signatures with inputs and outputs.
GRAPHS = {
    "simple": (["serve"], {"serving_default": ({"x": ("float32", [None, 3])}, {"y": ("float32", [None, 2])})}),
    "without_signatures": (["odd, tag", "serve"], {}),
    "without_variables": (["serve"], {"serving_default": ({"x": ("float32", [None, 3])}, {"y": ("float32", [None, 3])})}),
    "with_asset": (["serve"], {"serving_default": ({"words": ("string", [None])},
                                                   {"found": ("int64", [None]), "row": ("float32", [None, 2])})}),
    "without_signature": (["serve"], {}),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_saved_model_without_keras(name, others, registry, tmp_path):
    worker, folder = others
    registry.ok("commit", folder / name, "--model", "m", "--deny-findings")
    if (folder / name / "variables" / "variables.index").exists():
        is_read(registry, worker, folder / name / "variables" / "variables")
    else:
        assert not registry.json("show", "m@v1")["variables"]
    tags, signatures = GRAPHS[name]
    [graph] = registry.json("show", "m@v1")["graphs"]
    ends = lambda listed: {end["name"]: (end["dtype"], end["shape"]) for end in listed}
    assert sorted(graph["tags"]) == tags
    assert {s["name"]: (ends(s["inputs"]), ends(s["outputs"])) for s in graph["signatures"]
            if s["name"] != "__saved_model_init_op"} == signatures
    gives_back(registry, "m@v1", folder / name, tmp_path / "back")


def test_any_bytes_are_kept_when_asked_to(registry, tmp_path):
    picture, album = tmp_path / "picture.png", tmp_path / "album"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (album / "of, 2026" / "empty").mkdir(parents=True)
    shutil.copy(picture, album / "of, 2026" / "one [1].png")
    (album / "none").write_bytes(b"")
    for model, path in (("picture", picture), ("album", album)):
        refused = registry.run("commit", path, "--model", model, "--json")
        assert refused.returncode == 65 and json.loads(refused.stdout)["error"]["code"] == "not-a-model"
        assert not registry.versions(model)
        done = registry.json("commit", path, "--model", model, "--opaque")
        assert done["format"] == "opaque" and done["tensors"] == 0 and not done["findings"]
        gives_back(registry, f"{model}@v1", path, tmp_path / "back" / model)
    registry.is_sound()
