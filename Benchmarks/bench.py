#!/usr/bin/env python3
"""The tables of Documentation/Performance.md.

    bench.py --registry .build/release/registry [--quick] [--only new,start] [--models h5,keras] [--series lm,small]
             [--peers dvc,restic] [--rounds 3]

Every ratio is measured side by side: the program and what it is compared with take turns in one run, in an
order that changes each round; the table has the median, and the range of the ratios. Sources lie in the page
cache, as they do right after training. `--quick` takes models of 1/16 and fewer runs. Scratch files go to
$TMPDIR, else to work/ beside this script, and are removed. Trained series stay in work/series.
"""
import argparse, os, pathlib, platform, shutil, subprocess, tempfile, time

import catalog
import codec_rates
import large
import series
from measuring import Run, heading, remove
from models import MODELS, size
from peers import PEERS
from training_runs import SERIES

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parent / ".build" / "peers"
CODEC = HERE / "codec" / ".build" / "release" / "codec"
OF_SERIES = {**series.ROWS, **codec_rates.ROWS}


class Bench:
    """The program that is measured, and where it works."""

    def __init__(self, options):
        self.program, self.quick, self.rounds = os.path.abspath(options.registry), options.quick, options.rounds
        self.series, self.peers, self.tools, self.codec = options.series, options.peers, options.tools, CODEC
        base = os.environ.get("TMPDIR") or HERE / "work"
        os.makedirs(base, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="registry-bench-", dir=base))
        self.store = self.folder / "store"
        self.environment = {**os.environ, "REGISTRY_PATH": str(self.store)}

    def registry(self, *arguments):
        return Run(self.program, *arguments, environment=self.environment)

    def says(self, *arguments):
        command = [self.program, *map(str, arguments)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def new_store(self):
        remove(self.store)
        self.registry("init", self.store)

    def target(self, model):
        """Where copies of the model go."""
        return self.folder / f"copy{model.suffix}"


def machine(bench):
    with open("/proc/cpuinfo") as info:
        cpu = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    filesystem = subprocess.run(["stat", "-f", "-c", "%T", bench.folder], capture_output=True, text=True).stdout.strip()
    return (f"{os.cpu_count()} x {cpu}, {pages / 2**30:.0f} GiB, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}; "
            f"{time.strftime('%Y-%m-%d %H:%M')}; filesystem of {bench.folder.parent.name}/: {filesystem}")


def measure_model(bench, kind, wanted):
    rows = [name for name in large.ROWS if name in kind.rows and name in wanted]
    if not rows:
        return
    model = kind(bench.folder, shrink=4 if bench.quick else 1)
    heading(f"{model.title}; {size(model.path) / 2**30:.2f} GiB:")
    for name in rows:
        large.ROWS[name](bench, model)
    model.delete()


def main():
    names = [*catalog.ROWS, *large.ROWS, *OF_SERIES]
    kept = [name for name in SERIES if name != "large"]
    words = lambda text: [word for word in text.split(",") if word]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="rows, some of: " + ",".join(names), type=words, default=names)
    parser.add_argument("--models", help="large models, some of: " + ",".join(MODELS), type=words, default=[*MODELS])
    parser.add_argument("--series", help="series of checkpoints, some of: " + ",".join(kept), type=words, default=kept)
    parser.add_argument("--peers", help="who keeps them as well, some of: " + ",".join(PEERS), type=words, default=[*PEERS])
    parser.add_argument("--tools", help="the venv of peers that are written in Python", type=pathlib.Path, default=TOOLS)
    parser.add_argument("--rounds", type=int, default=3, help="turns that everybody takes (default 3)")
    options = parser.parse_args()
    if unknown := {*options.only} - {*names} | {*options.models} - {*MODELS} | {*options.series} - {*kept} | {*options.peers} - {*PEERS}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    bench = Bench(options)
    try:
        print(machine(bench))
        for name in options.models:
            measure_model(bench, MODELS[name], options.only)
        if rows := [row for name, row in catalog.ROWS.items() if name in options.only]:
            heading("Many versions, and small models:")
            for row in rows:
                row(bench)
        for name in options.only:
            if name in OF_SERIES:
                OF_SERIES[name](bench)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
