"""Every class of the installed Keras, in a tiny model: exported to the other Keras it says and computes the same, or the program
says why not, and Documentation/Conversions.md lists it. class_worker.py builds, saves and loads; class_cases.py has arguments."""
import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import DIALECTS, Registry
from export_tools import CONVERSIONS, Export, NAMED, NUMBER, OTHER, REFUSED, Worker, table

# Into which container of the other Keras.
TARGET = {"keras2": "keras", "keras3": "h5"}

# What a library cannot build or save itself. A class that is not here, cannot be built and has no entry in class_cases.py fails.
UNBUILT = {
    "keras2": {"layers.SpectralNormalization": "its InputSpec is refused by its own base class"},
    "keras3": {"layers.Equalization": "its own graph has a cycle", "layers.STFTSpectrogram": "needs SciPy",
               "initializers.STFT": "needs SciPy"},
}

# Relative, on the outputs. What the two libraries compute by other operations differs more.
EXACTNESS = {
    ("layers.GroupNormalization", "keras2"): 1e-5, ("layers.GroupNormalization", "keras3"): 1e-5,
    ("layers.LayerNormalization", "keras2"): 1e-5, ("layers.LayerNormalization", "keras3"): 1e-5,
    ("optimizers.LossScaleOptimizer", "keras2"): 1e-3,  # Keras 2 restores its state from no `.h5`, not from its own either.
    ("optimizers.Nadam", "keras2"): 0.2,  # Keras 2 saves no product of its momentums, not in its own files either.
    ("optimizers.legacy.Nadam", "keras3"): 1e-2,  # has another schedule of momentums
    ("optimizers.legacy.RMSprop", "keras3"): 1e-2,  # adds epsilon beside the root, not under it
}

# What is exported, and not the same in the other Keras: (class, Keras that reads it) -> why.
KNOWN = {
    ("layers.Pipeline", "keras2"): "Keras 2 does not find this class by its name when it loads",
}

# What is spelled differently and means the same, and what a library writes otherwise than it was told, in its own files too.
SYNONYMS = {"auto": "sum_over_batch_size", "swish": "silu", "log_softmax_v2": "log_softmax"}
OTHERWISE = {
    "layers.Bidirectional": {"name"},  # Keras 3 puts forward_ before that of the layer
    "layers.BatchNormalization": {"axis"}, "layers.LayerNormalization": {"axis"}, "layers.TimeDistributed": {"axis"},  # Keras 2 counts from 0
    "layers.Discretization": {"dtype"},  # Keras 2 says that of the output
    **{f"metrics.{name}": {"dtype"} for name in ("BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU")},  # Keras 3 counts in integers
    "layers.IntegerLookup": {"dtype"}, "layers.StringLookup": {"dtype"},  # Keras 3 knows that of the output from the mode
    "layers.RandomContrast": {"factor"}, "layers.RandomRotation": {"factor"},  # Keras 3 makes a pair of a number
    "layers.RandomCrop": {"seed"},  # Keras 3 draws one
}


class Direction:
    """All classes of one Keras on their way into the other."""

    def __init__(self, dialect, workers, registry, folder):
        self.dialect, self.registry, self.folder = dialect, registry, folder
        self.source, self.target = workers[dialect], workers[OTHER[dialect]]
        (folder / "out").mkdir()

    def run(self):
        """Class -> facts; variant or class -> export; the same -> what loading it gave."""
        self.facts = self.source("write", self.folder)
        self.exports, self.loaded, self.saved = {}, {}, {}
        for case, facts in self.facts.items():
            if facts["error"]:
                continue
            if facts["file"] and self.convert(case, facts).code != REFUSED or facts["variants"] == 1:
                continue
            self.exports.pop(case, None)  # Which of them is it?
            for index in range(facts["variants"]):
                self.convert(f"{case}.{index}", self.source("write_one", self.folder, case, index))
        for case, export in self.exports.items():
            if export.worked and not forgets(case, export):
                self.loaded[case] = self.target("load", self.folder, case, str(export.path))
        return self

    def convert(self, case, facts):
        assert facts["file"], f"{case}: {facts['error']}"
        done = self.registry.json("commit", self.folder / facts["file"], "--model", case)
        form = TARGET[self.dialect]
        self.saved[case] = facts
        self.exports[case] = Export(self.registry, f"{case}@v{done['version']}", self.folder / "out" / f"{case}.{form}", form,
                                    NUMBER[OTHER[self.dialect]])
        return self.exports[case]


def forgets(case, export):
    """Whether the loss or metric itself is lost, which a model does without."""
    kind = case.partition(".")[0]
    return kind in ("losses", "metrics") and any(note["kind"] == "lost" and note["location"] in ("loss", "metrics") for note in export.notes)


@pytest.fixture(scope="module")
def directions(program, tmp_path_factory):
    workers = {dialect: Worker("class_worker.py", dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    made = {}
    for dialect, worker in workers.items():
        registry = Registry(program, tmp_path_factory.mktemp("registry"))
        registry.ok("init", registry.folder)
        made[dialect] = Direction(dialect, workers, registry, worker.folder)
    with ThreadPoolExecutor(2) as both:
        list(both.map(Direction.run, made.values()))
    yield made
    for worker in workers.values():
        worker.close()


@pytest.fixture(params=DIALECTS)
def direction(request, directions):
    return directions[request.param]


def test_every_class_is_built_or_known(direction):
    unbuilt = {case: facts["error"] for case, facts in direction.facts.items() if facts["error"]}
    assert set(unbuilt) == set(UNBUILT[direction.dialect]), unbuilt
    assert len(direction.facts) > 200


def test_an_export_works_or_says_why_not(direction, subtests):
    for case, export in direction.exports.items():
        with subtests.test(case=case):
            assert export.code in (0, REFUSED), f"exit {export.code}: {export.errors}"
            assert bool(export.impossible()) == (export.code == REFUSED), export.notes
            assert all(note["location"] and note["detail"] for note in export.notes)
            assert export.worked == export.path.exists()


def test_what_was_exported_computes_the_same(direction, subtests):
    for case, loaded in direction.loaded.items():
        with subtests.test(case=case):
            if (of_class(case), OTHER[direction.dialect]) in KNOWN:
                assert loaded["error"] or loaded["difference"] > 1e-6, "it is the same now: take it from the list"
                continue
            assert not loaded["error"], loaded["error"]
            assert loaded["difference"] <= EXACTNESS.get((of_class(case), OTHER[direction.dialect]), 1e-6)


def test_what_was_exported_says_the_same(direction, subtests):
    for case, loaded in direction.loaded.items():
        if not loaded["error"]:
            with subtests.test(case=case):
                told = {note["field"] for note in direction.exports[case].notes if note["field"]}
                told |= OTHERWISE.get(of_class(case), set())
                ours = direction.saved[case]["configs"]
                assert len(ours) == len(loaded["configs"])
                found = [line for pair in zip(ours, loaded["configs"]) for line in disagreements(*map(said, pair), told)]
                assert not found


def said(value):
    """A configuration without what is spelled differently and means the same."""
    if isinstance(value, dict) and "class_name" in value and "config" in value:
        name, config = str(value["class_name"]).split(">")[-1], value["config"]
        if "Policy" in name or name == "__tuple__":
            return config["name"] if isinstance(config, dict) else said(config)
        return {"class_name": name, **said(config)} if isinstance(config, dict) else said(config)
    if isinstance(value, dict):
        return {key: said(item) for key, item in value.items() if (key, item) != ("name", None)}
    if isinstance(value, (list, tuple)):
        return [said(item) for item in value]
    return SYNONYMS.get(value, value) if isinstance(value, str) else value


def disagreements(one, other, told, at=""):
    """Fields that both have and that say different things, but for those that the program told of."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for key in one.keys() & other.keys() - told for line in disagreements(one[key], other[key], told, f"{at}.{key}")]
    if isinstance(one, list) != isinstance(other, list):
        one, other = (item if isinstance(item, list) else [item] for item in (one, other))
    if isinstance(one, list) and len(one) == len(other):
        return [line for index, pair in enumerate(zip(one, other)) for line in disagreements(*pair, told, f"{at}[{index}]")]
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return [] if math.isclose(one, other, rel_tol=1e-6) else [f"{at}: {one} is now {other}"]
    return [] if one == other else [f"{at}: {one} is now {other}"]


def of_class(case):
    """Without the number of a variant."""
    return case.rpartition(".")[0] if case.rpartition(".")[2].isdigit() else case


def each_note(directions, kind):
    for dialect, direction in directions.items():
        for case, export in direction.exports.items():
            for note in export.notes:
                if note["kind"] == kind:
                    yield dialect, of_class(case), note


def test_what_does_not_convert_is_listed(directions):
    rows = {(f"`{case}`", NAMED[dialect], f"`{note['field']}`" if note["field"] else "", note["detail"])
            for dialect, case, note in each_note(directions, "impossible")}
    count = lambda dialect: sum(not facts["error"] for facts in directions[dialect].facts.values())
    lines = [f"* {NAMED[dialect]} → {NAMED[OTHER[dialect]]}: {count(dialect)} classes were tried." for dialect in DIALECTS]
    unbuilt = {(f"`{case}`", NAMED[d], reason) for d in DIALECTS for case, reason in UNBUILT[d].items()}
    known = {(f"`{case}`", NAMED[to], reason) for (case, to), reason in KNOWN.items()}
    text = ["Every class of `layers`, `optimizers`, `losses`, `metrics`, `initializers`, `regularizers`, `constraints` and `activations`, with "
            "its defaults and with others. Those that are not in a table give the same configuration and the same numbers.", "", *lines, "",
            table(("Class", "Of", "Field", "Why it is refused"), rows), "", "Known exceptions, which are written and not refused:", "",
            table(("Class", "To", "Why"), known), "", "Not tried, for the library itself does not save them:", "",
            table(("Class", "Of", "Why"), unbuilt)]
    CONVERSIONS.says("Classes that do not convert", "\n".join(text))


def test_what_is_lost_is_listed(directions):
    rows = {(f"`{case}`", NAMED[dialect], f"`{note['field']}`" if note["field"] else "", note["detail"])
            for dialect, case, note in each_note(directions, "lost")}
    fields = {}
    for case, dialect, field, detail in rows:
        fields.setdefault((field, dialect, detail), set()).add(case)
    short = lambda cases: ", ".join(sorted(cases)[:4]) + (f" and {len(cases) - 4} more" if len(cases) > 4 else "")
    CONVERSIONS.says("What is lost", "Left out, and the model computes the same without it:\n\n" + table(
        ("Field", "Of", "In", "Why"), [(field, dialect, short(cases), detail) for (field, dialect, detail), cases in fields.items()]))
