"""The attack corpus: each hostile source is refused or flagged as the list of attacks says, costs little, and leaves the registry sound."""
import contextlib, dataclasses, filecmp, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, threading, time

import pytest

from attacks import CASES, MARKER
from attacks.canary import Watch
from attacks.case import EXIT_STATUS
from conftest import HERE, Registry

MEASURED = HERE / "attacks" / "measured.py"
PEAK = 256 << 20
SECONDS = 20
CARRIERS = {"lambda", "custom-class", "unsafe-op", "unknown-op", "vocabulary-path", "pickle", "polyglot"}
NOBODY = 65534


@dataclasses.dataclass
class Outcome:
    """What a command did and took: the peak is of the greatest of its processes."""

    status: int
    out: str
    err: str
    peak: int
    seconds: float

    @property
    def json(self):
        return json.loads(self.out)


def measured(registry, *arguments):
    """Runs the program and checks what must be so whatever it is given."""
    user = str(NOBODY) if registry.is_nobodys else "-"
    reading, writing = os.pipe()
    command = [sys.executable, "-I", "-S", MEASURED, str(writing), user, *registry.command(*arguments)]
    process = subprocess.Popen(command, env=registry.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, errors="replace", pass_fds=[writing], start_new_session=True, cwd="/")
    os.close(writing)
    with open(reading) as report:
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            pytest.fail(f"no end after {SECONDS} s")
        told = json.load(report)
    done = Outcome(told["status"], out, err, told["peak"], told["seconds"])
    assert done.status >= 0, f"died of signal {-done.status}: {err}"
    assert done.peak <= PEAK, f"{done.peak >> 20} MiB"
    assert MARKER not in out + err, "the canary was read"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out + err), "control characters"
    return done


@pytest.fixture(scope="module")
def ground(request):
    """A folder that everybody can reach. At the end, tells what took longest."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="registry-attacks-"))
    folder.chmod(0o755)
    took = {}
    yield folder, took
    shutil.rmtree(folder)
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        for measure, unit in (("seconds", "CPU s"), ("peak", "bytes")):
            worst = {key: max((getattr(done, measure) for done in commits), default=0) for key, commits in took.items()}
            for key in sorted(worst, key=worst.get, reverse=True)[:5]:
                print(f"\nmost {measure}: {key:40} {worst[key]:>14.2f} {unit}", end="")
        print()


def make_registry(program, folder, is_nobodys=False):
    made = Registry(program, folder)
    made.folder.mkdir()
    if is_nobodys:
        os.chown(made.folder, NOBODY, NOBODY)
    made.is_nobodys = is_nobodys
    done = measured(made, "init", made.folder)
    assert done.status == 0, done.err
    return made


@pytest.fixture(scope="module")
def everybodys(program, ground):
    return make_registry(program, ground[0] / "registry")


@pytest.fixture(scope="module")
def nobodys(program, ground):
    """A registry of a user without privileges, who may run a copy of the program only."""
    copy = ground[0] / "program"
    shutil.copy(program, copy)
    copy.chmod(0o755)
    return make_registry(copy, ground[0] / "nobodys", is_nobodys=True)


@contextlib.contextmanager
def rewritten(path, at):
    """Changes a byte of a file all the time. Gives a list that has an element for each time it did."""
    stop, times = threading.Event(), []

    def change():
        file = os.open(path, os.O_WRONLY)
        while not stop.is_set():
            os.pwrite(file, bytes([len(times) % 251]), at)
            times.append(None)
            time.sleep(0.0002)
        os.close(file)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        while not times:
            time.sleep(0.001)
        yield times
    finally:
        stop.set()
        thread.join()


def commit(registry, case, model, *more):
    arguments = ["commit", case.path, "--model", model, "--json", *more]
    if not case.rewritten:
        return measured(registry, *arguments)
    for _ in range(5):
        with rewritten(*case.rewritten) as times:
            before = len(times)
            done = measured(registry, *arguments)
            if len(times) - before > 20:
                return done
    pytest.fail("the file was never changed in time")


def leaves_nothing(registry):
    done = measured(registry, "verify", "--full")
    assert done.status == 0, f"verify: exit {done.status}\n{done.out}{done.err}"
    for part in ("staging", "sessions"):
        left = [path.name for path in (registry.folder / ".registry" / part).iterdir()]
        assert not left, f"left in {part}: {left}"


def is_refused(registry, model, done, codes):
    assert done.status != 0, f"was committed: {done.out}"
    error = done.json["error"]
    assert error["code"] in codes, f"{error}, expected {sorted(codes)}"
    assert done.status == EXIT_STATUS.get(error["code"], 65)
    assert error["message"]
    assert not registry.versions(model)
    leaves_nothing(registry)


def is_flagged(registry, model, case, committed):
    matching = [finding for finding in committed["findings"] if finding["kind"] in case.flagged]
    assert matching, f"{committed['findings']}, expected {sorted(case.flagged)}"
    assert any(all(part in f"{finding['location']} {finding['detail']}" for part in case.where) for finding in matching), f"{matching}, expected {case.where}"
    assert measured(registry, "show", f"{model}@v1", "--json").json["findings"] == committed["findings"]
    assert measured(registry, "log", model, "--json").json["versions"][0]["findings"] == len(committed["findings"])


def has_tensors(registry, model, tensors):
    shown = measured(registry, "show", f"{model}@v1", "--json").json
    assert tensors <= {variable["sha256"] for variable in shown["variables"]}


def is_given_back(registry, model, case, out):
    """Every file of the source, by its name, and no other."""
    done = measured(registry, "checkout", f"{model}@v1", "-o", out / case.path.name)
    assert done.status == 0, done.err
    whole = [path for path in case.path.rglob("*") if path.is_file()] if case.path.is_dir() else [case.path]
    originals = {path.relative_to(case.path.parent): path for path in case.files or whole}
    written = {path.name: path for path in out.rglob("*") if path.is_file()}
    assert len(written) == len(originals)
    for name, original in originals.items():
        assert filecmp.cmp(original, out / name if case.path.is_dir() else written[name.name], shallow=False), f"{name} differs"


def meets_its_expectation(registry, model, case, took, out):
    if case.flagged:
        denied = commit(registry, case, model, "--deny-findings")
        is_refused(registry, model, denied, case.refused | {"findings-denied"})
    done = commit(registry, case, model)
    took.append(done)
    if case.refused and not (case.flagged and done.status == 0):
        is_refused(registry, model, done, case.refused)
        return
    assert done.status == 0, done.out + done.err
    if case.flagged:
        is_flagged(registry, model, case, done.json)
    else:
        assert not [finding for finding in done.json["findings"] if finding["kind"] in CARRIERS]
    has_tensors(registry, model, case.tensors)
    is_given_back(registry, model, case, out)
    leaves_nothing(registry)


@pytest.mark.parametrize("key", CASES)
def test_attack(key, ground, everybodys, request):
    folder, took = ground
    work, model = folder / key, "case-" + re.sub(r"[^a-z0-9]+", "-", key)
    for part in ("source", "out"):
        (work / part).mkdir(parents=True)
    try:
        case = CASES[key](work / "source")
        registry = request.getfixturevalue("nobodys") if case.unprivileged and os.geteuid() == 0 else everybodys
        with Watch(work) as watch:
            meets_its_expectation(registry, model, case, took.setdefault(key, []), work / "out")
            assert watch.opened() <= {"source", "out"}, "the canary was opened"
        case.after()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def test_every_item_has_a_case():
    assert {int(key.partition("-")[0]) for key in CASES} == set(range(15, 48))


def test_without_json_an_error_is_text(ground, everybodys):
    folder = ground[0] / "text"
    folder.mkdir()
    done = measured(everybodys, "commit", CASES["29-seven-bytes"](folder).path, "--model", "text")
    assert done.status == 65 and not done.out and "model.safetensors" in done.err, done
