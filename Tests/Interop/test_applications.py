"""The models of keras.applications that both Keras have, with random weights: each Keras' own is exported to the other and computes
the same there. The smallest of each family; all of them with ALL_APPLICATIONS=1. application_worker.py builds and loads."""
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import DIALECTS, Registry
from export_tools import CONVERSIONS, NAMED, NUMBER, OTHER, UPDATING, Export, Worker, table

SAMPLE = ("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionResNetV2", "MobileNetV2", "MobileNetV3Small",
          "NASNetMobile", "ResNet50", "Xception")

# Only Keras 2 has these.
SAMPLE_OF_KERAS2 = ("RegNetX002", "ResNetRS50")
TARGET = {"keras2": "h5", "keras3": "keras"}
TOLERANCE = 1e-5
TITLE = "Applications"


@pytest.fixture(scope="module")
def converted(program, tmp_path_factory):
    """(model, dialect that it comes from) -> (export, what loading it gave)."""
    workers = {dialect: Worker("application_worker.py", dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    names = {dialect: worker("names") for dialect, worker in workers.items()}
    common = set(names["keras2"]) & set(names["keras3"])
    assert common > set(SAMPLE), "a model of the sample is gone"
    alone = [name for name in SAMPLE_OF_KERAS2 if name not in common]
    wanted = [(name, dialect) for name in sorted(common) for dialect in DIALECTS
              if name in SAMPLE or os.environ.get("ALL_APPLICATIONS")] + [(name, "keras2") for name in alone]
    registry = Registry(program, tmp_path_factory.mktemp("registry"))
    registry.ok("init", registry.folder)

    def convert(task):
        name, dialect = task
        folder, other = workers[dialect].folder, OTHER[dialect]
        facts = workers[dialect]("write", name, str(folder))
        done = registry.json("commit", facts["file"], "--model", f"{name}-{dialect}")
        export = Export(registry, f"{name}-{dialect}@v{done['version']}", folder / f"{name}-out.{TARGET[other]}", TARGET[other], NUMBER[other])
        loaded = workers[other]("load", str(export.path), facts["numbers"]) if export.worked else None
        for path in (facts["file"], facts["numbers"], export.path):
            os.path.exists(path) and os.unlink(path)
        return task, (export, loaded)

    by_turns = sorted(wanted, key=lambda task: ([name for name, d in wanted if d == task[1]].index(task[0]), task[1]))
    with ThreadPoolExecutor(2) as threads:
        made = dict(threads.map(convert, by_turns))
    yield made
    for worker in workers.values():
        worker.close()


def test_every_model_computes_the_same(converted, subtests):
    for (name, dialect), (export, loaded) in converted.items():
        with subtests.test(model=name, dialect=dialect):
            export.must_work()
            assert not loaded["error"], loaded["error"]
            assert loaded["difference"] <= TOLERANCE


def test_models_are_listed(converted):
    names = sorted({name for name, _ in converted})
    measured = {name: (f"`{name}`", *(outcome(converted.get((name, dialect))) for dialect in DIALECTS)) for name in names}
    rows = {row[0].strip("`"): row for row in CONVERSIONS.rows(TITLE)}
    if not UPDATING:
        assert not rows or {name: rows.get(name) for name in names} == measured, "Documentation/Conversions.md is stale: UPDATE_CONVERSIONS=1"
        return
    header = ("Model", *(f"{NAMED[dialect]} → {NAMED[OTHER[dialect]]}" for dialect in DIALECTS))
    CONVERSIONS.says(TITLE, "With random weights, also of batch normalisation; \"same\": equal outputs, to 1e-5. The rest is measured with "
             "`ALL_APPLICATIONS=1`.\n\n" + table(header, (rows | measured).values()))


def outcome(result):
    if result is None:
        return "—"
    export, loaded = result
    return "same" if export.worked and not loaded["error"] and loaded["difference"] <= TOLERANCE else "no"
