"""Every version comes out in every format for both Keras: what is exported loads there and computes the same, is the same bytes each
time, and has the same weights when it is committed again. export_worker.py saves the models, and computes with what was exported."""
import hashlib, io, json, os, pathlib, random, subprocess, time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import safetensors

from conftest import DIALECTS, Registry
from export_tools import CONVERSIONS, EXISTS, NAMED, NUMBER, REFUSED, Export, Worker, check, table
from test_formats import SAVED, by_role, sources

# (format, Keras that reads it) -> what the file is called.
TARGETS = {("h5", "keras2"): "out.h5", ("h5", "keras3"): "out.h5", ("keras", "keras2"): "out.keras", ("keras", "keras3"): "out.keras",
           ("weights", "keras2"): "out-weights.h5", ("weights", "keras3"): "out.weights.h5", ("checkpoint", "keras2"): "out.ckpt",
           ("safetensors", None): "out.safetensors", ("npz", None): "out.npz"}

# These are exported from all that they are saved as; the others from what has their architecture.
FROM_ALL = ("sequential", "nested")

# These are exported twice, and committed again; the killed program is started so often.
TWICE = ("sequential", "convnet", "nested", "text", "mixed_bfloat16", "custom", "masked")
KILLS = 5

# What cannot be said: (model, format or None for all, Keras) -> what the program names, and why.
IMPOSSIBLE = {
    ("odd_names", "h5", "keras2"): ("a, b [0]", "Keras 2 takes no layer's name that TensorFlow does not take as a scope"),
    ("odd_names", "keras", "keras2"): ("a, b [0]", "Keras 2 takes no layer's name that TensorFlow does not take as a scope"),
    ("custom", "checkpoint", "keras2"): ("scaled", "where a checkpoint has the variables of a class that Keras does not ship, only its code says"),
}

# Relative to outputs over 1. Between the two Keras the same numbers are computed in another order.
TOLERANCE = {"mixed_bfloat16": 2e-2, "attention": 1e-5}
USUAL = 1e-6


def impossible(model, form, dialect):
    return IMPOSSIBLE.get((model, None, dialect)) or IMPOSSIBLE.get((model, form, dialect))


class Exports:
    """The models of one Keras: versions, exports of each, and what computing with them gave."""

    def __init__(self, dialect, workers, registry):
        self.dialect, self.workers, self.registry, self.folder = dialect, workers, registry, workers[dialect].folder
        self.files = self.folder / "models"
        self.files.mkdir()

    def run(self):
        self.models = self.workers[self.dialect]("write", self.files, FROM_ALL)
        self.versions, self.exports, self.outputs, self.errors = {}, {}, {}, {}
        for model in self.models:
            for name, path in sources(self.files / model).items():
                parent = [] if name == "model.h5" else ["--parent", f"{model}@v1"]
                self.versions[model, name] = self.registry.json("commit", path, "--model", model, *parent)
        for model, name in self.versions:
            for (form, dialect), file in TARGETS.items():
                self.export(model, name, form, dialect, file)
        for model in self.models:
            native = str(self.files / model / "model.keras")
            self.outputs[model] = self.compute(self.dialect, "keras", native, native, self.folder / f"{model}.npz")
        for key, export in self.exports.items():
            has_structure = key[2] not in ("safetensors", "npz") and self.exports[key[0], key[1], "keras", key[3]].worked
            if export.worked and has_structure:
                self.compute_export(key, export)
        return self

    def reference(self, model, name="model.h5"):
        return f"{model}@v{self.versions[model, name]['version']}"

    def export(self, model, name, form, dialect, file):
        out = self.folder / "out" / model / name / f"{form}-{dialect}"
        out.mkdir(parents=True)
        self.exports[model, name, form, dialect] = Export(self.registry, self.reference(model, name), out / file, form,
                                                          NUMBER.get(dialect))

    def compute(self, dialect, kind, path, model, out):
        error = self.workers[dialect]("compute", kind, str(path), str(model), str(out))
        if error:
            return error
        with np.load(out) as outputs:
            return [outputs[name] for name in outputs.files]

    def compute_export(self, key, export):
        """The same bytes give the same numbers: each is computed once."""
        model, name, form, dialect = key
        known = model, form, dialect, export.digest
        if known not in self.outputs:
            structure = self.exports[model, name, "keras", dialect].path
            self.outputs[known] = self.compute(dialect, form, export.path, structure, export.path.parent / "outputs.npz")
        self.outputs[key] = self.outputs[known]

    def each(self, *forms):
        for key, export in self.exports.items():
            if not forms or key[2] in forms:
                yield *key, export


@pytest.fixture(scope="module")
def all_exports(program, tmp_path_factory):
    workers = {dialect: Worker("export_worker.py", dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    made = {}
    for dialect in DIALECTS:
        registry = Registry(program, tmp_path_factory.mktemp("registry"))
        registry.ok("init", registry.folder)
        made[dialect] = Exports(dialect, workers, registry)
    with ThreadPoolExecutor(2) as both:
        list(both.map(Exports.run, made.values()))
    yield made
    for worker in workers.values():
        worker.close()


@pytest.fixture(params=DIALECTS)
def exports(request, all_exports):
    return all_exports[request.param]


def test_all_is_exported_but_what_cannot_be_said(exports, subtests):
    for model, name, form, dialect, export in exports.each():
        with subtests.test(model=model, saved=name, to=form, keras=dialect):
            if known := impossible(model, form, dialect):
                assert export.code == REFUSED and not export.path.exists()
                assert any(known[0] in note["location"] for note in export.impossible()), export.notes
            else:
                export.must_work()
                assert not export.impossible()


def test_the_outputs_are_the_same(exports, subtests):
    for model, name, form, dialect, export in exports.each("h5", "keras", "weights", "checkpoint"):
        if export.worked and not (form in ("weights", "checkpoint") and impossible(model, "keras", dialect)):  # nothing has them there
            with subtests.test(model=model, saved=name, to=form, keras=dialect):
                wanted, given = exports.outputs[model], exports.outputs[model, name, form, dialect]
                assert not isinstance(given, str), given
                assert len(wanted) == len(given)
                for one, other in zip(wanted, given):
                    if dialect == exports.dialect:
                        assert one.tobytes() == other.tobytes()
                    else:
                        assert (np.abs(one - other) / np.maximum(1, np.abs(one))).max() <= TOLERANCE.get(model, USUAL)


def test_what_is_said_of_a_file_is_true(exports, subtests):
    for model, name, form, dialect, export in exports.each():
        if export.worked:
            with subtests.test(model=model, saved=name, to=form, keras=dialect):
                assert export.told["model"] == model
                if SAVED[name][0] == form and dialect is None:  # It comes back as it was.
                    assert export.told["notes"] == [] and export.told["keras"] is None
                    assert export.path.read_bytes() == (exports.files / model / name).read_bytes()
                    continue
                assert export.told["format"] == form
                assert export.told["keras"] == (int(NUMBER[dialect]) if dialect else None)
                files = {pathlib.Path(file["name"]).name: file for file in export.told["files"]}
                assert set(files) == {path.name for path in export.path.parent.iterdir() if path.name != "outputs.npz"}
                for file, told in files.items():
                    held = (export.path.parent / file).read_bytes()
                    assert told["sha256"] == hashlib.sha256(held).hexdigest() and told["bytes"] == len(held)


def test_the_same_export_is_the_same_bytes(exports, tmp_path, subtests):
    """Whatever the folder, the time, the language and the permissions."""
    registry = Registry(exports.registry.program, exports.registry.folder)
    registry.environment = lambda: {**os.environ, "REGISTRY_PATH": str(registry.folder), "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8"}
    for model, name, form, dialect, export in exports.each():
        if export.worked and name == "model.h5" and model in TWICE:
            with subtests.test(model=model, to=form, keras=dialect):
                out = tmp_path / model / f"{form}-{dialect}"
                out.mkdir(parents=True)
                again = Export(registry, exports.reference(model), out / TARGETS[form, dialect], form, NUMBER.get(dialect)).must_work()
                assert again.digest == export.digest
                assert all(file.get("before") is None for file in again.told["files"])


def test_check_says_what_checkout_does(exports, subtests):
    for model, name, form, dialect, export in exports.each():
        if name == "model.h5" or model == "nested":
            with subtests.test(model=model, saved=name, to=form, keras=dialect):
                code, notes = check(exports.registry, exports.reference(model, name), form, NUMBER.get(dialect))
                assert (code == 0) == export.worked and code in (0, REFUSED)
                assert notes == export.notes


def test_an_export_that_is_committed_has_the_same_weights(exports, subtests):
    for model, name, form, dialect, export in exports.each():
        if export.worked and name == "model.h5" and model in TWICE:
            with subtests.test(model=model, to=form, keras=dialect):
                first = exports.registry.json("show", exports.reference(model))
                done = exports.registry.json("commit", export.path, "--model", model, "--parent", f"{model}@v1", "--allow-unchanged")
                shown = exports.registry.json("show", f"{model}@v{done['version']}")
                if model == "custom":  # whose variables have names in some formats and numbers in others
                    assert sorted(by_role(shown, "weight").values()) == sorted(by_role(first, "weight").values())
                    continue
                assert by_role(shown, "weight") == by_role(first, "weight")
                assert done["weights_id"] == exports.versions[model, name]["weights_id"]
                assert not done["findings"]


def test_arrays_are_those_of_the_version(exports, subtests):
    for model, name, form, dialect, export in exports.each("safetensors", "npz"):
        with subtests.test(model=model, saved=name, to=form):
            shown = exports.registry.json("show", exports.reference(model, name))
            ours = sorted([v["shape"], v["sha256"]] for v in shown["variables"] if v["role"] == "weight")
            theirs = arrays(export.path)
            assert [value for value in ours if value not in theirs.values()] == []
            if SAVED[name][0] == form:
                continue  # It comes back with its own names.
            for path, sha in by_role(shown, "weight").items():
                spelled = [told for key, told in theirs.items() if key.replace(".", "/") == path.replace(".", "/")]
                assert [told[1] for told in spelled] == [sha]


def arrays(path):
    """Name -> [shape, SHA-256], by NumPy or safetensors."""
    if path.suffix == ".npz":
        with np.load(path) as held:
            return {key: [list(held[key].shape), hashlib.sha256(held[key].tobytes()).hexdigest()] for key in held.files}
    return {key: [list(value["shape"]), hashlib.sha256(value["data"]).hexdigest()]
            for key, value in safetensors.deserialize(path.read_bytes())}


@pytest.mark.parametrize("form", ["safetensors", "npz"])
def test_a_part_of_a_model(exports, form, tmp_path, subtests):
    shown = exports.registry.json("show", exports.reference("nested"))
    for prefix in ("encoder", "tail/first", "shared"):
        with subtests.test(prefix=prefix):
            out = tmp_path / f"{prefix.replace('/', '-')}.{form}"
            Export(exports.registry, exports.reference("nested"), out, form, None, "--only", prefix).must_work()
            wanted = {path.replace("/", ".") for path in by_role(shown, "weight") if f"{path}/".startswith(f"{prefix}/")}
            assert wanted and {key.replace("/", ".") for key in arrays(out)} == wanted
    refused = Export(exports.registry, exports.reference("nested"), tmp_path / f"none.{form}", form, None, "--only", "encode")
    assert refused.code not in (0, None) and "encode" in refused.errors and not refused.path.exists()


def test_one_variable_is_numpys_array(exports, subtests):
    for model in ("sequential", "convnet", "text"):
        shown = exports.registry.json("show", exports.reference(model))
        for variable in shown["variables"]:
            if variable["role"] == "weight":
                with subtests.test(model=model, variable=variable["path"]):
                    command = exports.registry.command("cat", exports.reference(model), variable["path"], "--as")
                    npy, text = (subprocess.run([*command, form], env=exports.registry.environment(), capture_output=True, check=True).stdout
                                 for form in ("npy", "json"))
                    array, told = np.load(io.BytesIO(npy), allow_pickle=False), json.loads(text)
                    assert list(array.shape) == variable["shape"] == told["shape"] and array.dtype.name == variable["dtype"] == told["dtype"]
                    assert hashlib.sha256(array.tobytes()).hexdigest() == variable["sha256"]
                    assert np.asarray(told["values"], array.dtype).tobytes() == array.tobytes()
    missing = exports.registry.run("cat", exports.reference("sequential"), "hidden/kernle", "--as", "json")
    assert missing.returncode == 66 and "hidden/kernle" in missing.stderr


def test_weights_without_architecture_are_no_model(exports, tmp_path, subtests):
    done = exports.registry.json("commit", exports.files / "nested" / "model.safetensors", "--model", "bare")
    for form in ("keras", "h5"):
        with subtests.test(to=form):
            out = tmp_path / f"out.{form}"
            refused = Export(exports.registry, f"bare@v{done['version']}", out, form, "3")
            assert refused.code == REFUSED and "architecture" in refused.errors and not out.exists()
    for form, name in (("npz", "out.npz"), ("safetensors", "out.safetensors")):
        with subtests.test(to=form):
            Export(exports.registry, f"bare@v{done['version']}", tmp_path / name, form).must_work()
            assert len(arrays(tmp_path / name)) == len(by_role(exports.registry.json("show", "nested@v1"), "weight"))


def test_a_class_that_the_other_keras_does_not_have_is_named(exports, tmp_path, subtests):
    path = next((exports.files / "only_here").iterdir())
    exports.registry.ok("commit", path, "--model", "only_here")
    other = "3" if exports.dialect == "keras2" else "2"
    for form in ("keras", "h5"):
        with subtests.test(to=form):
            out = tmp_path / f"out.{form}"
            refused = Export(exports.registry, "only_here@v1", out, form, other)
            assert refused.code == REFUSED and "known_here" in refused.errors and list(tmp_path.iterdir()) == []
            assert {note["location"] for note in refused.impossible()} == {"known_here"}
            assert check(exports.registry, "only_here@v1", form, other) == (REFUSED, refused.notes)


def test_what_is_there_stays(exports, tmp_path, subtests):
    for form, name in (("h5", "out.h5"), ("npz", "out.npz"), ("checkpoint", "out.ckpt")):
        with subtests.test(to=form):
            there = tmp_path / (name + (".index" if form == "checkpoint" else ""))
            there.write_bytes(b"mine")
            dialect = None if form == "npz" else "2"
            refused = Export(exports.registry, "sequential@v1", tmp_path / name, form, dialect)
            assert refused.code == EXISTS and there.read_bytes() == b"mine"
            Export(exports.registry, "sequential@v1", tmp_path / name, form, dialect, "--force").must_work()
            assert there.read_bytes() != b"mine"


def test_a_killed_export_leaves_nothing_or_all(exports, tmp_path):
    exports.registry.ok("commit", exports.files / "large.keras", "--model", "large")
    dice = random.Random(4)
    for form, dialect, name in (("h5", "keras2", "out.h5"), ("keras", "keras3", "out.keras"), ("checkpoint", "keras2", "out.ckpt")):
        (tmp_path / form / "whole").mkdir(parents=True)
        began = time.monotonic()
        Export(exports.registry, "large@v1", tmp_path / form / "whole" / name, form, NUMBER[dialect]).must_work()
        usual = time.monotonic() - began
        whole = {path.name: path.read_bytes() for path in (tmp_path / form / "whole").iterdir()}
        for number in range(KILLS):
            out = tmp_path / form / str(number)
            out.mkdir()
            process = exports.registry.start("checkout", "large@v1", "--as", form, "--keras", NUMBER[dialect], "-o", out / name)
            time.sleep(dice.uniform(0, usual))
            process.kill()
            process.communicate()
            left = {path.name: path.read_bytes() for path in out.iterdir()}
            assert all(whole[file] == held for file, held in left.items()), f"{form}: {set(left)}"
            assert f"{name}.index" not in left or f"{name}.data-00000-of-00001" in left


def test_what_comes_out_is_listed(all_exports):
    columns = [(form, dialect) for form, dialect in TARGETS]
    forms = {SAVED[name][0] for exports in all_exports.values() for _, name in exports.versions}
    rows = [(f"`{form}`", NAMED[source], *(verdict(exports, form, *target) for target in columns))
            for source, exports in all_exports.items() for form in forms if any(SAVED[name][0] == form for _, name in exports.versions)]
    named = lambda form, dialect: f"`{form}`" + (f", {NAMED[dialect]}" if dialect else "")
    known = sorted(f"* {named(form, dialect) if form else NAMED[dialect]}: {reason}." for (_, form, dialect), (_, reason) in IMPOSSIBLE.items())
    CONVERSIONS.says("Formats", "\n".join([
        "What a version was committed as, and what it is exported to. \"same bits\": the library computes the same bits from it as from the file",
        "that it saved itself; \"1e-6\": the other Keras computes the same, to that. Weights and checkpoints have their architecture from a parent.",
        "", table(("From", "Of", *(named(*target) for target in columns)), rows), "", "Known exceptions:", "", *known]))


def verdict(exports, form, to, dialect):
    """Of all models: the worst."""
    of_form = [(key, export) for key, export in exports.exports.items() if SAVED[key[1]][0] == form and key[2:] == (to, dialect)]
    tried = [(key, export) for key, export in of_form if not impossible(key[0], to, dialect)]
    if not tried:
        return ""
    if not all(export.worked for _, export in tried):
        return "no"
    if dialect is None:
        return "same bits"
    return "same bits" if dialect == exports.dialect else "1e-6"
