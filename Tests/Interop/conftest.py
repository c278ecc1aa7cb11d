"""What every interop test needs: the program, an empty registry, and the models that the installed libraries write.

Nothing is built here. The program is $REGISTRY, else the newer of .build/release/registry and .build/debug/registry.
"""
import filecmp, json, os, pathlib, subprocess, sys

import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
DIALECTS = ("keras2", "keras3")


class Registry:
    """The program on one registry. `run` gives the finished process, `ok` insists on exit 0, `json` parses."""

    def __init__(self, program, folder):
        self.program, self.folder = str(program), pathlib.Path(folder)

    def command(self, *arguments):
        return [self.program, *map(str, arguments)]

    def environment(self):
        return {**os.environ, "REGISTRY_PATH": str(self.folder), "NO_COLOR": "1"}

    def start(self, *arguments, **options):
        return subprocess.Popen(self.command(*arguments), env=self.environment(), stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run(self, *arguments, seconds=60, **options):
        return subprocess.run(self.command(*arguments), env=self.environment(), stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=seconds, errors="replace", **options)

    def ok(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 0, f"registry {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.ok(*arguments, "--json"))

    def versions(self, model):
        """The numbers of the versions that `log` lists."""
        done = self.run("log", model, "--limit", "100000", "--format", "json")
        if "No model" in done.stderr or done.returncode == 66:
            return set()
        assert done.returncode == 0, done.stderr
        listed = json.loads(done.stdout)
        return {entry["version"] for entry in (listed["versions"] if isinstance(listed, dict) else listed)}

    def is_sound(self):
        """Every row agrees and every blob hashes to its name."""
        done = self.run("verify", "--full")
        assert done.returncode == 0, f"verify: exit {done.returncode}\n{done.stdout}{done.stderr}"

    def gives_back(self, reference, original, out):
        """The checkout of `reference` is byte for byte `original`. Written to `out` (replaced)."""
        pathlib.Path(out).unlink(missing_ok=True)
        self.ok("checkout", reference, "-o", out)
        assert filecmp.cmp(original, out, shallow=False), f"{reference} is not {original}"


@pytest.fixture(scope="session")
def program():
    named = os.environ.get("REGISTRY")
    built = [ROOT / ".build" / kind / "registry" for kind in ("release", "debug")]
    found = [pathlib.Path(named).resolve()] if named else sorted((p for p in built if p.exists()), key=lambda p: -p.stat().st_mtime)
    if not found or not found[0].exists():
        pytest.exit("There is no program to test. Build it (swift build), or name it in REGISTRY.", returncode=2)
    return found[0]


@pytest.fixture
def registry(program, tmp_path):
    made = Registry(program, tmp_path / "registry")
    made.ok("init", made.folder)
    return made


def keras(dialect, task, folder):
    """Runs one task of keras_worker.py in a process of its own: two Keras do not live well in one."""
    done = subprocess.run([sys.executable, HERE / "keras_worker.py", dialect, task, str(folder)], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """dialect -> (folder with the files that it wrote, file name -> what Keras says of it)."""
    made = {}
    for dialect in DIALECTS:
        folder = tmp_path_factory.mktemp(dialect)
        made[dialect] = folder, keras(dialect, "write", folder)
    return made
