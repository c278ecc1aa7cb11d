"""The series of checkpoints that are kept: what each is, and where its files come from."""
import hashlib, os, pathlib, subprocess, sys

import h5py

HERE = pathlib.Path(__file__).resolve().parent
TRAIN = HERE / "train_series.py"
CACHE = HERE / "work" / "series"
# Models that others trained, where they are at hand.
WILD = HERE.parent.parent / "shared" / "wild" / "h5" / "oarriaga__face_classification"


class Trained:
    """A series that train_series.py makes. It is trained once: its files stay in work/series. The bar is for stored / raw of
    the versions after the first; "changed" is the share of the tensors that changed, and a hundredth."""

    def __init__(self, kind, title, bar=None, peer_versions=None, number_type="float32", start=None, quick=None, **options):
        self.kind, self.title, self.bar, self.peer_versions, self.number_type = kind, title, bar, peer_versions, number_type
        self.start, self.options, self.quick = start, options, {**options, **(quick or {})}

    def missing(self):
        return None

    def files(self, quick):
        options = self.quick if quick else self.options
        folder = CACHE / "-".join([self.kind, *(f"{name}{value}" for name, value in options.items())])
        if not folder.exists():
            command = ["nice", sys.executable, TRAIN, self.kind, f"{folder}.new", *(f"--{name}={value}" for name, value in options.items())]
            if self.start:
                command.append(f"--start={SERIES[self.start].files(quick)[-1]}")
            print(f"training {folder.name} ...", file=sys.stderr, flush=True)
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode:
                raise SystemExit(f"{TRAIN.name} {self.kind}: {done.stderr[-2000:]}")
            os.rename(f"{folder}.new", folder)
        return sorted(folder.iterdir())


class Found:
    """Checkpoints of somebody else's training, as they were found."""

    number_type, peer_versions = "float32", None

    def __init__(self, folder, title, bar):
        self.folder, self.title, self.bar = folder, title, bar

    def missing(self):
        return None if self.folder.is_dir() else f"no {self.folder.name} here"

    def files(self, quick):
        return sorted(self.folder.iterdir())


SERIES = {
    "lm": Trained("lm", "fp32 + Adam: a language model of 42 M parameters, a version every 20 steps of 8 x 128 tokens", bar=0.66, peer_versions=3,
                  quick={"width": 128, "steps": 5}, width=512, versions=12),
    "finetune": Trained("finetune", "bf16 fine-tune: 82 M parameters, fp32 master weights, AdamW 1e-5, a version every 100 steps", bar=0.40,
                        number_type="bfloat16", start="large", quick={"width": 192, "steps": 20}, width=768, versions=5),
    "frozen": Trained("frozen", "frozen base: a trained body, 94 % of the weight tensors, under a classifier with its Adam state", bar="changed", start="lm",
                      quick={"width": 128, "steps": 50, "sequences": 32}, width=512, versions=5),
    "small": Trained("small", "many small versions: three layers, the first frozen", bar=0.55, peer_versions=40, quick={"versions": 200}, versions=2000),
    "face": Found(WILD, "6 checkpoints of face_classification as found, epochs between them", bar=0.68),
    # What fine-tuning starts from, and the checkpoints of about 1 GiB that speed is measured with.
    "large": Trained("lm", "fp32 + Adam: a language model of 82 M parameters", quick={"width": 192, "steps": 5}, width=768, versions=6, keep=2),
}


def changed_share(before, after):
    """The bytes of the tensors of an .h5 that the one before it does not have, over the bytes of the file."""
    known = set(digests(before))
    changed = sum(size for digest, size in digests(after).items() if digest not in known)
    return changed / after.stat().st_size


def digests(path):
    found = {}
    with h5py.File(path) as file:
        def visit(_, item):
            if isinstance(item, h5py.Dataset):
                found[hashlib.sha256(item[()].tobytes()).digest()] = item.nbytes
        file.visititems(visit)
    return found
