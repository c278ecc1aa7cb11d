"""Models that others saved, where a folder of them lies beside this one: what `check` says of exporting each to each format. The
exceptions are in Documentation/Conversions.md; whether the libraries load what is exported, `make wild` tells."""
import csv
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ROOT, Registry
from export_tools import CONVERSIONS, REFUSED, check, table

WILD = ROOT.parent / "shared" / "wild"
TARGETS = (("h5", "2"), ("h5", "3"), ("keras", "3"), ("checkpoint", "2"), ("safetensors", None))
TITLE = "Models that others saved"


@pytest.fixture(scope="module")
def checked(program, tmp_path_factory):
    """(model, format, Keras) -> notes of what is impossible; None where the program ended otherwise. And how many were committed."""
    if not (WILD / "MANIFEST.tsv").exists():
        pytest.skip("there is no folder of models that others saved")
    with open(WILD / "MANIFEST.tsv", newline="") as manifest:
        models = [row for row in csv.DictReader(manifest, delimiter="\t")]
    registry = Registry(program, tmp_path_factory.mktemp("registry"))
    registry.ok("init", registry.folder)

    def look(row):
        number = f"m{models.index(row)}"
        done = registry.run("commit", WILD / row["file"], "--model", number, "--json")
        if done.returncode:
            return []  # What is refused when it comes in is `make wild`'s business.
        has_config = registry.json("show", f"{number}@v1").get("architecture") is not None
        return [(row["id"], form, keras, *verdict(registry, f"{number}@v1", form, keras)) for form, keras in TARGETS
                if has_config or form == "safetensors"]

    with ThreadPoolExecutor(2) as both:
        return [found for all_of_one in both.map(look, models) for found in all_of_one]


def verdict(registry, reference, form, keras):
    code, notes = check(registry, reference, form, keras)
    return code, [note for note in notes if note["kind"] == "impossible"]


def test_each_would_work_or_says_why_not(checked, subtests):
    for name, form, keras, code, refused in checked:
        with subtests.test(model=name, to=form, keras=keras):
            assert code in (0, REFUSED) and (code == REFUSED) == bool(refused)


def test_exceptions_are_listed(checked):
    rows = {}
    for name, form, keras, _, refused in checked:
        for note in refused:
            key = name, note["detail"], note["field"] or ""
            rows.setdefault(key, []).append(f"`{form}`" + (f" {keras}" if keras else ""))
    count, failed = len({name for name, *_ in checked}), len({name for name, *_ in rows})
    unique = [(name, f"`{field}`" if field else "", detail, ", ".join(dict.fromkeys(to))) for (name, detail, field), to in rows.items()]
    CONVERSIONS.says(TITLE, f"Of {count} models that others saved and published, {count - failed} are exported to every format that they have all "
             f"for. The others:\n\n" + table(("Model", "Field", "Why it is refused", "As"), unique))
