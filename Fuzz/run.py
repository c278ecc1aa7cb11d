#!/usr/bin/env python3
"""Fuzzes the readers with libFuzzer: builds every target of Fuzz/Package.swift, runs each for some
seconds of processor time, and prints a table. The status is 1 when there is any finding: a trap, an input that
takes more than 5 s or 512 MB, or a promise of a reader's that is not kept. Findings are put into Fuzz/findings,
with what the process said and the stack; what libFuzzer learnt stays in the build folder and is used again.

    run.py --seconds 60 --build .build/fuzz [TARGET ...]
"""
import argparse, json, os, pathlib, re, resource, shutil, signal, subprocess, sys, time

HERE = pathlib.Path(__file__).resolve().parent
FINDINGS = HERE / "findings"
INPUT_SECONDS, MEGABYTES = 5, 512
# libFuzzer looks at what is in memory. What is only allocated must be refused by the system.
ADDRESS_SPACE = 2 << 30
# The words that each target's inputs are made of.
DICTIONARIES = {
    "json": ["json", "safetensors", "safetensors-index"], "zip": ["zip", "npz"], "npy": ["npy"],
    "tensorflow": ["bundle-entries", "checkpoint-state", "saved-model", "saved-model-text"],
    "keras": ["graph", "keras-config", "keras-tree", "names", "object-graph"],
}
SANE = dict(os.environ, SWIFT_BACKTRACE="enable=no")
TRACED = dict(os.environ, SWIFT_BACKTRACE="enable=yes,color=no,interactive=no")


def build(folder, targets):
    command = ["swift", "build", "--package-path", str(HERE), "--scratch-path", str(folder),
               "-c", "release", "--sanitize", "fuzzer"]
    for target in targets or [None]:
        subprocess.run(command + (["--product", target] if target else []), check=True)


def all_targets():
    described = subprocess.run(["swift", "package", "--package-path", str(HERE), "dump-package"],
                               check=True, capture_output=True, text=True).stdout
    return [target["name"] for target in json.loads(described)["targets"] if target["type"] == "executable"]


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def processor_seconds(process):
    try:
        fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Run:
    """A target that was run."""

    def __init__(self, target, folder, seconds):
        self.target, self.program = target, folder / "release" / target
        self.log = folder / "log" / f"{target}.txt"
        corpus = folder / "corpus" / target
        for path in (FINDINGS, corpus, self.log.parent):
            path.mkdir(parents=True, exist_ok=True)
        self.before = set(FINDINGS.iterdir())
        command = [str(self.program), str(corpus)]
        if (seeds := HERE / "Seeds" / target).is_dir():
            command.append(str(seeds))
        for words, targets in DICTIONARIES.items():
            if target in targets:
                command.append(f"-dict={HERE}/Dictionaries/{words}.dict")
        command += [f"-artifact_prefix={FINDINGS}/{target}-", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEGABYTES}",
                    "-max_len=20480", "-print_final_stats=1", "-close_fd_mask=1"]
        self.wait(command, seconds)
        self.read_log()

    def wait(self, command, seconds):
        self.seconds = 0.0
        with open(self.log, "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=SANE, preexec_fn=limited)
            asked = False
            while process.poll() is None:
                self.seconds = max(self.seconds, processor_seconds(process))
                # Finishes the input that it is at, and says how far it came.
                if self.seconds >= seconds and not asked:
                    process.send_signal(signal.SIGUSR1)
                    asked = True
                time.sleep(0.2)
            self.status = process.returncode

    def read_log(self):
        text = self.log.read_text(errors="replace")
        self.executions = int((re.findall(r"number_of_executed_units: (\d+)", text) or
                               re.findall(r"^#(\d+)\s", text, re.M) or ["0"])[-1])
        self.coverage = int((re.findall(r"\bcov: (\d+)", text) or ["0"])[-1])
        self.findings = sorted(path for path in set(FINDINGS.iterdir()) - self.before
                               if path.suffix != ".txt" and "-slow-unit-" not in path.name)
        for finding in self.findings:
            self.explain(finding)
        # It went down without an input that would say why.
        self.is_sound = not self.findings and self.status == 0

    def explain(self, finding):
        """Puts beside an input what the process says of it, with Swift's own stack."""
        command = [str(self.program), "-handle_ill=0", "-handle_trap=0", "-handle_segv=0", "-handle_abrt=0", "-handle_bus=0",
                   "-handle_fpe=0", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEGABYTES}", str(finding)]
        said = subprocess.run(command, env=TRACED, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=limited)
        tail = b"\n".join(self.log.read_bytes().splitlines()[-40:])
        finding.with_name(finding.name + ".txt").write_bytes(said.stdout + b"\n--- libFuzzer\n" + tail + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of processor time for each target")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent / ".build" / "fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all by default")
    options = parser.parse_args()
    folder = options.build.resolve()
    build(folder, options.targets)
    runs = []
    print(f"{'target':20} {'executions':>12} {'seconds':>8} {'coverage':>9} {'findings':>9}", flush=True)
    for target in options.targets or all_targets():
        run = Run(target, folder, options.seconds)
        runs.append(run)
        note = str(len(run.findings)) if run.findings or run.is_sound else f"died: {run.status}"
        print(f"{target:20} {run.executions:12,} {run.seconds:8.0f} {run.coverage:9,} {note:>9}", flush=True)
    for run in runs:
        for finding in run.findings:
            print(f"{finding.relative_to(HERE.parent)}  (said in {finding.name}.txt)")
        if not run.findings and not run.is_sound:
            print(f"{run.target}: see {run.log}")
    sys.exit(0 if all(run.is_sound for run in runs) else 1)


if __name__ == "__main__":
    main()
