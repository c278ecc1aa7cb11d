"""Training goes on after every conversion as if nothing had been: a model is trained three steps, saved, committed, exported to each
format of both Keras, and trained three more steps there. The bar is the run that was never interrupted; where a library does not go
on from its own file either, that is said. training_worker.py trains."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import DIALECTS, Registry
from export_tools import CONVERSIONS, Export, NAMED, NUMBER, REFUSED, Worker, table

# Container -> as what the library loads it.
KINDS = {"model.keras": "keras", "model.h5": "h5", "trained-1": "checkpoint", "model.weights.h5": "weights", "saved": "savedmodel"}

# (format, Keras) -> the name of what is written.
TARGETS = {("h5", "keras2"): "out.h5", ("h5", "keras3"): "out.h5", ("keras", "keras2"): "out.keras", ("keras", "keras3"): "out.keras",
           ("weights", "keras3"): "out.weights.h5", ("checkpoint", "keras2"): "out.ckpt", ("savedmodel", "keras2"): "out"}

# What no file of the library itself brings back: the reason, by (format, Keras, optimizer or None for all).
NATIVE = {
    ("h5", "keras3", None): "Keras 3 restores no optimizer from `.h5`",
    ("h5", "keras2", "Nadam"): "Keras 2 begins Nadam's product of momentums anew",
    ("keras", "keras2", "Nadam"): "Keras 2 begins Nadam's product of momentums anew",
    ("checkpoint", "keras2", "Nadam"): "Keras 2 begins to count Nadam's products of momentums anew",
    ("savedmodel", "keras2", "Nadam"): "Keras 2 begins Nadam's product of momentums anew",
}

TOLERANCE = 1e-6


def keras(form, dialect):
    """What --keras says. A SavedModel is for TensorFlow, and has the objects of Keras 2."""
    return None if form == "savedmodel" else NUMBER[dialect]


def native(form, dialect, optimizer):
    return NATIVE.get((form, dialect, None)) or NATIVE.get((form, dialect, optimizer))


class Trained:
    """The models that one Keras trained: what it said of them, their versions, exports, and how they went on."""

    def __init__(self, dialect, workers, registry):
        self.dialect, self.workers, self.registry = dialect, workers, registry
        self.folder = workers[dialect].folder / "models"

    def run(self):
        self.folder.mkdir()
        self.models = self.workers[self.dialect]("write", self.folder)
        self.at = {name: self.folder / told["folder"] for name, told in self.models.items()}
        self.natively, self.references, self.exports, self.went_on = {}, {}, {}, {}
        for name, told in self.models.items():
            for container in told["containers"]:
                kind = KINDS[container]
                if kind != "savedmodel":
                    self.natively[name, kind] = self.resume(self.dialect, name, kind, self.at[name] / container)
                self.references[name, container] = self.commit(name, container)
        for (name, container), reference in self.references.items():
            for (form, dialect), file in TARGETS.items():
                if form != KINDS[container] or form != "savedmodel":  # which comes back as it was
                    self.export(name, container, reference, form, dialect, file)
        return self

    def commit(self, name, container):
        model = self.at[name].name
        parent = [] if container == "model.keras" else ["--parent", f"{model}@v1"]
        done = self.registry.json("commit", self.at[name] / container, "--model", model, *parent)
        return f"{model}@v{done['version']}"

    def export(self, name, container, reference, form, dialect, file):
        out = self.at[name] / f"{container}-to-{form}-{dialect}"
        out.mkdir()
        key = name, container, form, dialect
        resume = [] if native(form, dialect, name) else ["--resume"]
        self.exports[key] = Export(self.registry, reference, out / file, form, keras(form, dialect), *resume)
        if self.exports[key].worked:
            self.went_on[key] = self.resume(dialect, name, form, out / file)

    def resume(self, dialect, name, kind, path):
        return self.workers[dialect]("resume", name, kind, str(path), str(self.at[name]))


@pytest.fixture(scope="module")
def all_trained(program, tmp_path_factory):
    workers = {dialect: Worker("training_worker.py", dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    made = {}
    for dialect in DIALECTS:
        registry = Registry(program, tmp_path_factory.mktemp("registry"))
        registry.ok("init", registry.folder)
        made[dialect] = Trained(dialect, workers, registry)
    with ThreadPoolExecutor(2) as both:
        list(both.map(Trained.run, made.values()))
    yield made
    for worker in workers.values():
        worker.close()


@pytest.fixture(params=DIALECTS)
def trained(request, all_trained):
    return all_trained[request.param]


def test_the_exceptions_are_the_libraries_own(trained, subtests):
    for (name, kind), went in trained.natively.items():
        with subtests.test(optimizer=name, saved=kind):
            is_exact = not went["error"] and went["difference"] == 0
            assert is_exact == (native(kind, trained.dialect, name) is None), went


def test_every_export_can_resume(trained, subtests):
    for (name, container, form, dialect), export in trained.exports.items():
        with subtests.test(optimizer=name, saved=container, to=form, keras=dialect):
            export.must_work()
            assert not export.impossible()


def test_what_the_library_does_not_resume_from_is_refused_where_that_is_asked(trained, tmp_path, subtests):
    for (name, container), reference in trained.references.items():
        for form, dialect in TARGETS:
            if native(form, dialect, name) and (form, KINDS[container]) != ("savedmodel",) * 2:
                with subtests.test(optimizer=name, saved=container, to=form, keras=dialect):
                    out = tmp_path / f"{trained.at[name].name}-{container}-{dialect}.{form}"
                    refused = Export(trained.registry, reference, out, form, keras(form, dialect), "--resume")
                    assert refused.code == REFUSED and "optimizer" in refused.errors and not out.exists()


def test_training_goes_on(trained, subtests):
    for (name, container, form, dialect), went in trained.went_on.items():
        with subtests.test(optimizer=name, saved=container, to=form, keras=dialect):
            assert went["start"] == 0, went["error"] or "other weights before the first step"
            if native(form, dialect, name) is None:
                assert not went["error"], went["error"]
                assert went["difference"] <= (0 if dialect == trained.dialect else TOLERANCE)


def test_a_file_that_the_library_itself_does_not_resume_from_is_as_good_as_its_own(trained, subtests):
    for (name, container, form, dialect), went in trained.went_on.items():
        own = trained.natively.get((name, form))
        if native(form, dialect, name) and dialect == trained.dialect and own and not own["error"]:
            with subtests.test(optimizer=name, saved=container, to=form):
                assert not went["error"] and went["difference"] <= own["difference"] + TOLERANCE


def test_without_optimizer_there_is_none_to_resume(trained, tmp_path, subtests):
    model = trained.at["Adam"].name
    weights = trained.registry.json("commit", trained.at["Adam"] / "model.safetensors", "--model", model, "--parent", f"{model}@v1")
    bare, whole = f"{model}@v{weights['version']}", f"{model}@v1"
    for form, dialect in (("keras", trained.dialect), ("h5", trained.dialect)):
        with subtests.test(form=form):
            out = tmp_path / f"out.{form}"
            refused = Export(trained.registry, bare, out, form, NUMBER[dialect], "--resume")
            assert refused.code == REFUSED and "optimizer" in refused.errors and not out.exists()
            Export(trained.registry, bare, out, form, NUMBER[dialect]).must_work()
            small = tmp_path / f"small.{form}"
            Export(trained.registry, whole, small, form, NUMBER[dialect], "--no-optimizer").must_work()
            large = tmp_path / f"large.{form}"
            Export(trained.registry, whole, large, form, NUMBER[dialect]).must_work()
            assert small.stat().st_size < large.stat().st_size


def test_the_optimizer_of_another_version(trained, tmp_path, subtests):
    """The same weights without their optimizer, and the version that has it: together they resume."""
    for name in ("Adam", "SGD with momentum", "Adam, exponential decay"):
        model = trained.at[name].name
        done = trained.registry.json("commit", trained.at[name] / "model.safetensors", "--model", model, "--parent", f"{model}@v1",
                                     "--allow-unchanged")
        for dialect in DIALECTS:
            with subtests.test(optimizer=name, keras=dialect):
                out = tmp_path / f"{model}-{dialect}.keras"
                Export(trained.registry, f"{model}@v{done['version']}", out, "keras", NUMBER[dialect], "--resume", "--with-optimizer-from",
                       f"{model}@v1").must_work()
                went = trained.resume(dialect, name, "keras", out)
                assert not went["error"] and went["start"] == 0
                if native("keras", dialect, name) is None:
                    assert went["difference"] <= (0 if dialect == trained.dialect else TOLERANCE)


def test_how_exactly_is_listed(all_trained):
    header = ("Trained by", "In", *(f"`{form}`, {NAMED[dialect]}" for form, dialect in TARGETS))
    rows = [(name, NAMED[source], *(exactness(trained, name, form, dialect) for form, dialect in TARGETS))
            for source, trained in all_trained.items() for name in trained.models]
    reasons = sorted({f"* {reason}." for reason in NATIVE.values()})
    CONVERSIONS.says("Training goes on", "\n".join([
        "A model with batch normalisation and a frozen layer, trained for three steps, saved in each format of its Keras, converted, and trained",
        "for three more. \"same bits\": the weights are those of the run without a break; else how near they are, relative.", "",
        table(header, rows), "", "\"library\": it does not resume from what it saves itself either, and weights are exact.", "", *reasons,
        "* A checkpoint and a `.weights.h5` say nothing of how the model was compiled: their nearest parent that does is asked."]))


def exactness(trained, name, form, dialect):
    went = [went for (optimizer, _, *to), went in trained.went_on.items() if optimizer == name and to == [form, dialect]]
    if len(went) < len(set(trained.models[name]["containers"])) or any(one["start"] != 0 for one in went):
        return "no"
    if native(form, dialect, name):
        return "library"
    if any(one["error"] for one in went):
        return "no"
    return "same bits" if dialect == trained.dialect else "1e-6" if max(one["difference"] for one in went) <= TOLERANCE else "no"
