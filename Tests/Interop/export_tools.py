"""What the tests of exports share: a long-lived process for each Keras, what an export said, and Documentation/Conversions.md."""
import json, os, pathlib, re, subprocess, sys, threading

from conftest import HERE, ROOT

OTHER = {"keras2": "keras3", "keras3": "keras2"}
NUMBER = {"keras2": "2", "keras3": "3"}
NAMED = {"keras2": "Keras 2", "keras3": "Keras 3"}
REFUSED, EXISTS = 65, 73


class Worker:
    """A script of this folder with one Keras, asked one thing after another, by any thread. `ask` and `answer` overlap workers."""

    def __init__(self, script, dialect, folder):
        self.folder, self.log, self.busy = folder, folder / f"{pathlib.Path(script).stem}-{dialect}.log", threading.RLock()
        self.process = subprocess.Popen([sys.executable, HERE / script, dialect], text=True, stdin=subprocess.PIPE, cwd=folder,
                                        stdout=subprocess.PIPE, stderr=self.log.open("w"))

    def ask(self, command, *arguments):
        self.process.stdin.write(json.dumps([command, *arguments], default=str) + "\n")
        self.process.stdin.flush()

    def answer(self):
        limit = threading.Timer(900, self.process.kill)
        limit.start()
        answer = self.process.stdout.readline()
        limit.cancel()
        assert answer, self.log.read_text()[-4000:]
        return json.loads(answer)

    def __call__(self, command, *arguments):
        with self.busy:
            self.ask(command, *arguments)
            return self.answer()

    def close(self):
        self.process.kill()  # TensorFlow takes its time to end.
        self.process.communicate()


class Export:
    """What `checkout --as` did: `code` and `notes`, and when it worked `path` and all that --json told as `told`."""

    def __init__(self, registry, reference, out, form, keras=None, *options):
        wanted = ["--as", form, *(["--keras", keras] if keras else []), *options]
        self.asked = f"{reference} {' '.join(map(str, wanted))}"
        done = registry.run("checkout", reference, *wanted, "-o", out, "--json", seconds=300)
        self.code, self.errors, self.path = done.returncode, done.stderr, pathlib.Path(out)
        try:
            self.told = json.loads(done.stdout)
        except ValueError:
            self.told = {}
        self.notes = notes(self.told)
        if self.code == REFUSED and not self.notes:
            self.notes = check(registry, reference, form, keras, *options)[1]
        files = self.told.get("files") or []
        self.digest = tuple(sorted((pathlib.Path(file["name"]).name, file.get("sha256", "")) for file in files))

    @property
    def worked(self):
        return self.code == 0

    def must_work(self):
        assert self.worked, f"checkout {self.asked}: exit {self.code}\n{self.errors}{json.dumps(self.told)[:3000]}"
        return self

    def impossible(self):
        return [note for note in self.notes if note["kind"] == "impossible"]


def notes(told):
    """The notes of an answer, also of one that is an error."""
    return told.get("notes") or told.get("error", {}).get("notes") or []


def check(registry, reference, form, keras=None, *options):
    """(exit code, notes) of `check`."""
    done = registry.run("check", reference, "--as", form, *(["--keras", keras] if keras else []), *options, "--json")
    return done.returncode, notes(json.loads(done.stdout) if done.stdout.strip() else {})


UPDATING = bool(os.environ.get("UPDATE_CONVERSIONS"))


class Document:
    """A page of Documentation that tests write: what is above the sections that it names is written by hand."""

    def __init__(self, name, *titles):
        self.path, self.titles = ROOT / "Documentation" / name, titles

    def parts(self):
        """What is above, and title -> text."""
        parts = re.split(r"^## (.*)\n\n", self.path.read_text(), flags=re.MULTILINE)
        return parts[0], dict(zip(parts[1::2], (part.strip("\n") for part in parts[2::2])))

    def says(self, title, text):
        """A section says exactly this; or is made to, when updating."""
        (above, written), text = self.parts(), text.strip("\n")
        if UPDATING:
            kept = [name for name in written if name not in self.titles]
            written[title] = text
            body = "".join(f"\n## {name}\n\n{written[name]}\n" for name in [*kept, *self.titles] if name in written)
            self.path.write_text(above.rstrip("\n") + "\n" + body)
        else:
            assert written.get(title) == text, f"Documentation/{self.path.name}, {title}: stale. Run the test with UPDATE_CONVERSIONS=1."

    def rows(self, title):
        """The rows of a section's table, as they are written; for a run that measured only some of them."""
        lines = [line for line in self.parts()[1].get(title, "").splitlines() if line.startswith("| ")]
        return [tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]) for line in lines[1:]]


CONVERSIONS = Document(
    "Conversions.md", "Formats", "Training goes on", "Classes that do not convert", "What is lost", "Applications", "Models that others saved")
SAVED_MODEL = Document("SavedModel.md", "Classes", "What is refused", "Applications in a SavedModel")


def table(header, rows):
    """Markdown. The rows are sorted; a cell must not be long."""
    line = lambda cells: "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
    return "\n".join([line(header), "|" + "---|" * len(header), *(line(row) for row in sorted(rows))])
