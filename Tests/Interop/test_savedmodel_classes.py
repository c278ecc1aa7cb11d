"""Every class of keras.layers and every activation of the installed Keras, exported as a SavedModel: TensorFlow computes from it what Keras
does, or the program says why not, and Documentation/SavedModel.md lists it. class_worker.py builds and saves, class_cases.py has settings."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import DIALECTS, Registry
from export_tools import NAMED, REFUSED, SAVED_MODEL, Export, Worker, table
from test_classes import KNOWN, UNBUILT, of_class

TOLERANCE = 1e-5
KINDS = ("layers", "activations")

# Relative; sums of many elements, and elements of Keras' own that are computed in float32 by other operations.
EXACTNESS = {}


class Exports:
    """The layers of one Keras, as SavedModels."""

    def __init__(self, dialect, writer, runner, registry):
        self.dialect, self.writer, self.runner, self.registry, self.folder = dialect, writer, runner, registry, writer.folder
        self.exports, self.given = {}, {}

    def run(self):
        self.facts = self.writer("write", self.folder, KINDS)
        for case, facts in self.facts.items():
            if facts["error"]:
                continue
            if self.export(case, facts).code == REFUSED and facts["variants"] > 1:
                del self.exports[case]  # Which of them is it?
                for index in range(facts["variants"]):
                    self.export(f"{case}.{index}", self.writer("write_one", self.folder, case, index))
        return self

    def export(self, case, facts):
        assert facts["file"], f"{case}: {facts['error']}"
        done = self.registry.json("commit", self.folder / facts["file"], "--model", case)
        out = self.folder / "saved" / case
        made = self.exports[case] = Export(self.registry, f"{case}@v{done['version']}", out, "savedmodel")
        if made.worked:
            self.given[case] = self.runner("run", str(out), str(self.folder / f"{case}.npz"), ["serving", "session", "keras2"], self.names(case))
        return made

    def names(self, case):
        return ["x"] if case.startswith("activations") else [f"input_{i}" for i in range(9)]


@pytest.fixture(scope="module")
def exports(program, tmp_path_factory):
    runners = {dialect: Worker("savedmodel_worker.py", "all", tmp_path_factory.mktemp("run")) for dialect in DIALECTS}
    writers = {dialect: Worker("class_worker.py", dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    made = {}
    for dialect in DIALECTS:
        registry = Registry(program, tmp_path_factory.mktemp("registry"))
        registry.ok("init", registry.folder)
        made[dialect] = Exports(dialect, writers[dialect], runners[dialect], registry)
    with ThreadPoolExecutor(2) as both:
        list(both.map(Exports.run, made.values()))
    yield made
    for worker in [*runners.values(), *writers.values()]:
        worker.close()


@pytest.fixture(params=DIALECTS)
def dialect_exports(request, exports):
    return exports[request.param]


def test_every_class_is_tried(dialect_exports):
    unbuilt = {case for case, facts in dialect_exports.facts.items() if facts["error"]}
    assert unbuilt == {case for case in UNBUILT[dialect_exports.dialect] if case.startswith(KINDS)}
    assert len(dialect_exports.facts) > 100


def test_an_export_works_or_says_why_not(dialect_exports, subtests):
    for case, export in dialect_exports.exports.items():
        with subtests.test(case=case):
            assert export.code in (0, REFUSED), f"exit {export.code}: {export.errors}"
            assert bool(export.impossible()) == (export.code == REFUSED), export.notes
            assert all(note["location"] and note["detail"] for note in export.notes)


def test_tensorflow_computes_the_same(dialect_exports, subtests):
    for case, given in dialect_exports.given.items():
        for client in ("serving", "session"):
            with subtests.test(case=case, client=client):
                assert not given[client]["error"], given[client]["error"]
                assert given[client]["difference"] <= EXACTNESS.get(of_class(case), TOLERANCE)


def test_keras_2_loads_a_model_and_computes_the_same(dialect_exports, subtests):
    for case, given in dialect_exports.given.items():
        with subtests.test(case=case):
            if without_layers(dialect_exports.exports[case]) or (of_class(case), "keras2") in KNOWN:
                continue
            assert not given["keras2"]["error"], given["keras2"]["error"]
            assert given["keras2"]["difference"] <= EXACTNESS.get(of_class(case), TOLERANCE)


def without_layers(export):
    """Whether the program told that Keras 2 has no words for the model."""
    return any("without layers" in note["detail"] for note in export.notes)


def test_classes_are_listed(exports):
    verdicts = {}
    for dialect, made in exports.items():
        for case, export in made.exports.items():
            verdicts.setdefault((of_class(case), dialect), []).append(verdict(export, made.given.get(case)))
    cases = sorted({case for case, _ in verdicts})
    rows = [(f"`{case}`", *(summary(verdicts.get((case, dialect))) for dialect in DIALECTS)) for case in cases]
    SAVED_MODEL.says("Classes", "Each class with the settings that `Tests/Interop/class_cases.py` has for it. \"same\": TensorFlow 2 and the "
                     "loader of TensorFlow 1 give the outputs of Keras, to 1e-5, and so does the model that `tf_keras.models.load_model` makes; "
                     "\"serves\": the same, but tf_keras gets a program without layers; \"—\": that Keras does not have the class, or cannot save it.\n\n"
                     + table(("Class", *(NAMED[dialect] for dialect in DIALECTS)), rows))


def verdict(export, given):
    if not export.worked:
        return "refused"
    right = all(not given[client]["error"] and given[client]["difference"] <= TOLERANCE for client in ("serving", "session"))
    return ("serves" if without_layers(export) else "same") if right else "no"


def summary(verdicts):
    return "—" if verdicts is None else ", ".join(sorted(set(verdicts)))


def test_what_is_refused_is_listed(exports):
    rows = {(f"`{of_class(case)}`", NAMED[dialect], f"`{note['field']}`" if note["field"] else "", note["detail"])
            for dialect, made in exports.items() for case, export in made.exports.items() for note in export.impossible()}
    SAVED_MODEL.says("What is refused", table(("Class", "Of", "Field", "Why"), rows) if rows else "Nothing.")
