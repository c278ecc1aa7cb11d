"""The architectures of keras.applications in both Keras, with random weights, as SavedModels: every program that takes them gives the outputs of
Keras. A few of them; all with ALL_APPLICATIONS=1, or some more by their names in it. application_worker.py builds."""
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import DIALECTS, Registry
from export_tools import NAMED, SAVED_MODEL, UPDATING, Export, Worker, table
from test_applications import TOLERANCE

# Those with the most kinds of layers.
SAMPLE = ("ConvNeXtTiny", "EfficientNetV2B0", "InceptionResNetV2", "MobileNetV3Small", "RegNetX002", "ResNetRS50", "Xception")
CLIENTS = ("serving", "session", "layer", "keras2")
TITLE = "Applications in a SavedModel"


@pytest.fixture(scope="module")
def exported(program, tmp_path_factory):
    """(model, dialect) -> (export, what the clients gave)."""
    writers = {dialect: Worker("application_worker.py", dialect, tmp_path_factory.mktemp(dialect)) for dialect in DIALECTS}
    runners = {dialect: Worker("savedmodel_worker.py", "all", tmp_path_factory.mktemp("run")) for dialect in DIALECTS}
    registry = Registry(program, tmp_path_factory.mktemp("registry"))
    registry.ok("init", registry.folder)

    def export_all(dialect):
        made = {}
        for name in writers[dialect]("names"):
            if name in SAMPLE or os.environ.get("ALL_APPLICATIONS", "") == "1" or name in os.environ.get("ALL_APPLICATIONS", "").split(","):
                facts = writers[dialect]("write", name, str(writers[dialect].folder))
                done = registry.json("commit", facts["file"], "--model", f"{name}-{dialect}")
                export = Export(registry, f"{name}-{dialect}@v{done['version']}", writers[dialect].folder / "saved", "savedmodel")
                given = runners[dialect]("run", str(export.path), facts["numbers"], CLIENTS, facts["inputs"]) if export.worked else None
                made[name, dialect] = export, given
                shutil.rmtree(export.path, ignore_errors=True)
                os.unlink(facts["file"])
        return made

    with ThreadPoolExecutor(2) as both:
        made = {key: value for part in both.map(export_all, DIALECTS) for key, value in part.items()}
    yield made
    for worker in [*writers.values(), *runners.values()]:
        worker.close()


def test_every_program_computes_the_same(exported, subtests):
    for (name, dialect), (export, given) in exported.items():
        for client in CLIENTS:
            with subtests.test(model=name, dialect=dialect, client=client):
                export.must_work()
                if client == "keras2" and any("without layers" in note["detail"] for note in export.notes):
                    continue
                assert not given[client]["error"], given[client]["error"]
                assert given[client]["difference"] <= TOLERANCE


def test_models_are_listed(exported):
    names = sorted({name for name, _ in exported})
    measured = {name: (f"`{name}`", *(outcome(exported.get((name, dialect))) for dialect in DIALECTS)) for name in names}
    rows = {row[0].strip("`"): row for row in SAVED_MODEL.rows(TITLE)}
    if not UPDATING:
        assert {name: rows.get(name) for name in names} == measured, "Documentation/SavedModel.md is stale: UPDATE_CONVERSIONS=1"
        return
    header = ("Model", *(NAMED[dialect] for dialect in DIALECTS))
    SAVED_MODEL.says(TITLE, "With random weights, also of batch normalisation. \"same\": equal outputs, to 1e-5, of `tf.saved_model.load`, the loader "
                     "of TensorFlow 1, `TFSMLayer` and `tf_keras.models.load_model`; \"serves\": but for the last, which gets a program without "
                     "layers.\n\n" + table(header, (rows | measured).values()))


def outcome(result):
    if result is None:
        return "—"
    export, given = result
    if not export.worked:
        return "no"
    plain = any("without layers" in note["detail"] for note in export.notes)
    right = all(not given[c]["error"] and given[c]["difference"] <= TOLERANCE for c in CLIENTS if not (plain and c == "keras2"))
    return ("serves" if plain else "same") if right else "no"
