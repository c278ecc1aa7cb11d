"""The others that keep versions of files, each as its own documentation says to. All keep one file after another, given
in the order of the series; what a peer stores is what its folder takes on the disk."""
import json, os, pathlib, shutil, subprocess

from measuring import MiB, Run, remove

LIBRARIES = pathlib.Path(__file__).with_name("peer_libraries.py")


class Peer:
    """One of them, and its store."""

    note, needs = "", []

    def __init__(self, folder, tools, series):
        self.folder, self.tools, self.series = folder / type(self).__name__, tools, series
        self.store = self.folder / "store"
        self.environment = {**os.environ, "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}
        self.number = 0

    def missing(self):
        """Why it cannot be measured here."""
        absent = [program for program in self.needs if not self.program(program)]
        return f"{', '.join(absent)} not installed" if absent else None

    def program(self, name):
        return shutil.which(name) or shutil.which(name, path=self.tools / "bin")

    def start(self):
        remove(self.folder)
        self.store.mkdir(parents=True)

    def delete(self):
        remove(self.folder)

    def raw_size(self, file):
        """How many bytes it is given of this file."""
        return file.stat().st_size

    def run(self, *command):
        return Run(self.program(command[0]), *command[1:], environment=self.environment)

    def next_name(self):
        self.number += 1
        return f"{self.number:04d}"


class Dvc(Peer):
    name, needs, note = "DVC", ["dvc"], "not synchronised"

    def start(self):
        super().start()
        self.environment |= {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(self.folder / "site")}
        self.work = self.folder / "work"
        self.work.mkdir()
        self.run("dvc", "--cd", self.work, "init", "--no-scm", "--quiet")
        self.store = self.work / ".dvc" / "cache"

    def keep(self, file, previous):
        model = self.work / f"model{file.suffix}"
        remove(model)
        shutil.copyfile(file, model)
        return self.run("dvc", "--cd", self.work, "add", "--quiet", model)


class Restic(Peer):
    name, needs, note = "restic", ["restic"], "zstd, auto"

    def start(self):
        super().start()
        self.environment |= {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(self.store)}
        self.run("restic", "init", "--quiet")

    def keep(self, file, previous):
        return self.run("restic", "backup", "--quiet", file)


class Borg(Peer):
    name, needs, note = "borg", ["borg"], "zstd,3"

    def start(self):
        super().start()
        self.environment |= {"BORG_BASE_DIR": str(self.folder), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
        self.run("borg", "init", "--encryption", "none", self.store)

    def keep(self, file, previous):
        return self.run("borg", "create", "--compression", "zstd,3", f"{self.store}::{self.next_name()}", file)


class Casync(Peer):
    name, needs, note = "casync", ["casync"], "zstd; not synchronised"

    def keep(self, file, previous):
        return self.run("casync", "make", f"--store={self.store / 'default.castr'}", self.store / f"{self.next_name()}.caibx", file)


class Timed:
    """What a run took by its own account."""

    def __init__(self, seconds, cpu):
        self.seconds, self.cpu = seconds, cpu


class Library(Peer):
    """A Python library in the peers' venv."""

    needs = ["python"]

    def missing(self):
        if not self.python.exists():
            return f"{self.tools} is not there: make peers"
        return None if next((self.tools / "lib").glob(f"python*/site-packages/{self.library}"), None) else f"{self.library} not installed"

    @property
    def python(self):
        return self.tools / "bin" / "python"

    def run(self, *arguments):
        command = [self.python, LIBRARIES, *arguments]
        done = subprocess.run([str(word) for word in command], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{LIBRARIES.name}: {done.stderr[-2000:]}")
        return Timed(**json.loads(done.stdout))


class Xet(Library):
    name, library, note = "xet", "hf_xet", "a store in a folder; without Python's start; not synchronised"

    def keep(self, file, previous):
        self.environment |= {"HF_HOME": str(self.folder / "cache")}
        return self.run("xet", self.store, file)


class ZipNN(Library):
    name, library, note = "ZipNN", "zipnn", "without Python's start; not synchronised"

    def keep(self, file, previous):
        return self.run("zipnn", self.store / self.next_name(), file, self.series.number_type)


class ZipNNOfXor(ZipNN):
    name = "ZipNN of the xor with the version before"

    def keep(self, file, previous):
        return self.run("zipnn", self.store / self.next_name(), file, self.series.number_type, *([previous] if previous else []))


class Zstd(Peer):
    name, needs, level, note = "zstd -3", ["zstd"], "-3", "each file alone; not synchronised"

    def keep(self, file, previous):
        return self.run("zstd", "-q", self.level, file, "-o", self.store / self.next_name())


class ZstdPatch(Zstd):
    name, note = "zstd -3 --patch-from", "each file against the one before; not synchronised"

    def keep(self, file, previous):
        patch = [f"--patch-from={previous}"] if previous else []
        return self.run("zstd", "-q", self.level, "--long=30", *patch, file, "-o", self.store / self.next_name())


class Zstd19(Zstd):
    """At 4 MB/s it is given pieces of large files only: 16 of 1 MiB, at regular distances."""

    name, level = "zstd -19", "-19"
    pieces = 16

    def is_sampled(self, file):
        return file.stat().st_size > 2 * self.pieces * MiB

    def raw_size(self, file):
        return self.pieces * MiB if self.is_sampled(file) else super().raw_size(file)

    def keep(self, file, previous):
        if not self.is_sampled(file):
            return super().keep(file, previous)
        self.note = f"{self.pieces} MiB of each file; not synchronised"
        sample = self.folder / "sample"
        step = file.stat().st_size // self.pieces
        with open(file, "rb") as source, open(sample, "wb") as target:
            for piece in range(self.pieces):
                source.seek(piece * step)
                target.write(source.read(MiB))
        return super().keep(sample, previous)


PEERS = {"dvc": Dvc, "restic": Restic, "borg": Borg, "casync": Casync, "xet": Xet, "zipnn": ZipNN, "zipnn-xor": ZipNNOfXor, "zstd3": Zstd, "zstd19": Zstd19,
         "zstd-patch": ZstdPatch}
