"""Commit, rm and gc killed, and failed, at each of the calls by which they change the registry (fault.c counts them).

A kill at every point loses no acknowledged version. A call that fails makes the command fail, or it has done
its work all the same; what is acknowledged is there in both cases, and the same command then works.
"""
import errno, pathlib, shutil, subprocess

import pytest

from conftest import Registry
from tiny import write_model

HERE = pathlib.Path(__file__).parent
COMMANDS = {"commit": ["commit", "new.h5", "--model", "m", "--alias", "best"], "rm": ["rm", "m@v3"],
            "gc": ["gc", "--grace", "0", "--retention", "0"]}
# errno, from there on, at every how many calls (an error takes longer to look at than a kill)
FAULTS = {"kill": (0, 0, 1), "no space from there on": (errno.ENOSPC, 1, 5), "one I/O error": (errno.EIO, 0, 5)}


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "fault.so"
    compiler = next((name for name in ("cc", "clang", "gcc") if shutil.which(name)), None)
    assert compiler, "a C compiler is needed; Swift comes with clang"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "fault.c", "-ldl"], check=True)
    return library


@pytest.fixture(scope="module")
def prepared(program, tmp_path_factory):
    """A registry with versions 3 and 4 of a model, the removed versions 1 and 2, and a file that is new. What 3 and 4
    share with 1 is the smaller part of its pack, so that gc has a pack to delete and one to rewrite."""
    folder = tmp_path_factory.mktemp("prepared")
    registry = Registry(program, folder / "registry")
    registry.ok("init", registry.folder)
    files = {number: write_model(folder / f"{number}.h5", seed=number, shared=1, width=64) for number in (1, 2, 3, 4)}
    for number in files:
        registry.ok("commit", files[number], "--model", "m")
    registry.ok("rm", "m@v1")
    registry.ok("rm", "m@v2")
    write_model(folder / "new.h5", seed=5, shared=1, width=64)
    return folder, files


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
    assert name != "gc" or registry.json("gc", "--grace", "0", "--retention", "0")["rewritten_packs"] == 0
    assert name != "gc" or len(list((registry.folder / ".registry/packs").iterdir())) == 3, "a pack was to be rewritten"
    for at in range(1, calls + 1, stride):
        done, _, call = attempt(at)
        story = f"{fault} at call {at} of {calls}, {call}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == -9 if fault == "kill" else 0 <= done.returncode < 128, story
        listed = registry.versions("m")
        must, may = {3, 4}, set()
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
        wanted = {**files, 5: source / "new.h5"}
        for version in {min(listed), max(listed)}:
            registry.gives_back(f"m@v{version}", wanted[version], tmp_path / "back.h5")
        again = registry.run(*command, cwd=source)
        assert again.returncode == 0 or (name == "rm" and 3 not in listed), f"{story}\nthe same again: {again.stderr}"
        assert registry.versions("m") >= must - {3} | ({5} if name == "commit" else set())
        check = registry.run("verify", "--full")
        assert check.returncode == 0, f"{story}\nverify in the end: {check.stdout}{check.stderr}"
