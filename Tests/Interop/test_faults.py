"""Commit, rm, gc and pack killed, and failed, at each of the calls by which they change the registry (fault.c counts them).

A kill at every point loses no acknowledged version. A call that fails makes the command fail, or it has done
its work all the same; what is acknowledged is there in both cases, and the same command then works.
"""
import collections, contextlib, errno, pathlib, shutil, sqlite3, subprocess

import pytest

from conftest import Registry
from tiny import write_model

HERE = pathlib.Path(__file__).parent
COMMANDS = {"commit": ["commit", "new.h5", "--model", "m", "--alias", "best"], "rm": ["rm", "m@v3"],
            "gc": ["gc", "--grace", "0", "--retention", "0"], "pack": ["pack"]}
# errno, from there on, at every how many calls (an error takes longer to look at than a kill)
FAULTS = {"kill": (0, 0, 1), "no space from there on": (errno.ENOSPC, 1, 10), "one I/O error": (errno.EIO, 0, 10)}
# So many commits make so many small packs that they are gathered.
PACKED = 8


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "fault.so"
    compiler = next((name for name in ("cc", "clang", "gcc") if shutil.which(name)), None)
    assert compiler, "a C compiler is needed; Swift comes with clang"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "fault.c", "-ldl"], check=True)
    return library


def write(path, seed):
    """Two tensors that are large enough for a file or a pack stream of their own, and two small ones, near those of the seed before."""
    return write_model(path, seed=seed, layers=2, width=184, drift=1e-5)


def forms(registry):
    """How many blobs are kept in which form."""
    return collections.Counter({entry["coding"]: entry["blobs"] for entry in registry.json("du")["codings"]})


@pytest.fixture(scope="module")
def coded(program, tmp_path_factory):
    """A registry with versions 3 and 4 of a model, the removed versions 1 and 2, which those are coded against, and a file
    that is new. Of another model, what version 2 shares with the removed one is the smaller part of its pack, so that gc has
    packs to delete and one to write anew."""
    folder = tmp_path_factory.mktemp("coded")
    registry = Registry(program, folder / "registry")
    registry.ok("init", registry.folder)
    files = {number: write(folder / f"{number}.h5", number) for number in (1, 2, 3, 4)}
    for number in files:
        registry.ok("commit", files[number], "--model", "m")
    assert forms(registry)["delta"] >= 9, "nothing is coded against what came before"
    registry.ok("rm", "m@v1")
    registry.ok("rm", "m@v2")
    for number in (1, 2):
        registry.ok("commit", write_model(folder / f"other-{number}.h5", seed=number, shared=1, width=96), "--model", "other")
    registry.ok("rm", "other@v1")
    write(folder / "new.h5", 5)
    tried = Registry(program, shutil.copytree(registry.folder, folder / "tried")).json(*COMMANDS["gc"])
    assert tried["rebased"] and tried["rewritten_packs"], "gc is to have all kinds of work"
    return folder, files


@pytest.fixture(scope="module")
def raw(program, tmp_path_factory):
    """A registry whose versions are as they were committed, each with a small pack and large tensors in files of their own."""
    folder = tmp_path_factory.mktemp("raw")
    registry = Registry(program, folder / "registry")
    registry.ok("init", registry.folder)
    registry.ok("config", "--codec", "raw")
    files = {number: write(folder / f"{number}.h5", number) for number in range(1, PACKED + 1)}
    for number in files:
        registry.ok("commit", files[number], "--model", "m")
    assert set(forms(registry)) == {"raw"}
    return folder, files


@pytest.fixture
def prepared(name, request):
    return request.getfixturevalue("raw" if name == "pack" else "coded")


def nothing_is_left(registry, story):
    """What was interrupted goes with the next gc, and no blob has a file beside the one that its row tells of."""
    registry.ok("gc", "--grace", "0")
    root = registry.folder / ".registry"
    for folder in ("staging", "sessions", "trash"):
        left = list((root / folder).rglob("*"))
        assert not left, f"{story}\ngc left {left}"
    with contextlib.closing(sqlite3.connect(f"file:{root}/catalog.sqlite3?mode=ro", uri=True)) as catalog:
        loose = {digest.hex() for digest, in catalog.execute("SELECT digest FROM blob WHERE pack_id IS NULL")}
        packs = {name for name, in catalog.execute("SELECT name FROM pack")}
    assert {path.name for path in root.glob("blobs/sha256/*/*")} == loose, story
    assert {path.stem for path in (root / "packs").iterdir()} == packs, story


class Faulty(Registry):
    """The program, with a fault at one of its calls."""

    def __init__(self, program, folder, shim, state):
        super().__init__(program, folder)
        self.shim, self.state, self.fault = shim, state, None

    def environment(self):
        if not self.fault:
            return super().environment()
        at, number, on = self.fault
        return {**super().environment(), "LD_PRELOAD": str(self.shim), "FAULT_ROOT": str(self.folder), "FAULT_COUNT": str(self.state),
                "FAULT_AT": str(at), "FAULT_ERRNO": str(number), "FAULT_ON": str(on)}

    def with_fault(self, at, number, on, *command, **options):
        """(the finished process, the number of calls counted, the name of the one that failed)"""
        self.state.write_bytes(bytes(64))
        self.fault = at, number, on
        done = self.run(*command, **options)
        self.fault = None
        state = self.state.read_bytes()
        return done, int.from_bytes(state[:8], "little"), state[8:].split(b"\0")[0].decode()


def does_its_work(name, registry, before):
    """Says so if the command, without a fault, has not done what the test is for."""
    after = forms(registry)
    if name == "commit":
        assert after["delta"] > before["delta"]
    if name == "gc":
        assert after["delta"] < before["delta"]
        assert registry.json("gc", "--grace", "0", "--retention", "0")["rewritten_packs"] == 0
    if name == "pack":
        assert after["delta"] >= PACKED and len(list((registry.folder / ".registry/packs").iterdir())) < PACKED


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", COMMANDS)
def test_at_every_call(name, fault, program, shim, prepared, tmp_path):
    source, files = prepared
    command, (number, on, stride) = COMMANDS[name], FAULTS[fault]
    registry = Faulty(program, tmp_path / "registry", shim, tmp_path / "count")

    def attempt(at):
        shutil.rmtree(registry.folder, ignore_errors=True)
        shutil.copytree(source / "registry", registry.folder)
        return registry.with_fault(at, number, on, *command, cwd=source)

    done, calls, _ = attempt(-1)
    assert done.returncode == 0 and calls > 5, f"{calls} calls counted\n{done.stderr}"
    does_its_work(name, registry, forms(Registry(program, source / "registry")))
    missed = 0
    for at in range(1, calls + 1, stride):
        done, made, call = attempt(at)
        if made < at:  # Threads share the work otherwise each time.
            missed += 1
            continue
        story = f"{fault} at call {at} of {calls}, {call}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == -9 if fault == "kill" else 0 <= done.returncode < 128, story
        listed = registry.versions("m")
        must, may = ({3, 4} if name != "pack" else set(files)), set()
        if name == "commit":
            may = {5}
        if name == "rm":
            must, may = {4}, {3}
        assert must <= listed <= must | may, f"{story}\nlisted: {listed}"
        if done.returncode == 0:
            assert name != "commit" or 5 in listed, story
            assert name != "rm" or 3 not in listed, story
        check = registry.run("verify", "--full")
        assert check.returncode == 0, f"{story}\nverify: {check.stdout}{check.stderr}"
        wanted = {**files, 5: source / "new.h5"} if name != "pack" else files
        for version in {min(listed), max(listed)}:
            registry.gives_back(f"m@v{version}", wanted[version], tmp_path / "back.h5")
        again = registry.run(*command, cwd=source)
        assert again.returncode == 0 or (name == "rm" and 3 not in listed), f"{story}\nthe same again: {again.stderr}"
        assert registry.versions("m") >= must - {3} | ({5} if name == "commit" else set())
        nothing_is_left(registry, story)
        check = registry.run("verify", "--full")
        assert check.returncode == 0, f"{story}\nverify in the end: {check.stdout}{check.stderr}"
    assert missed <= calls // stride // 4
