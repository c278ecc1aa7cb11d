"""The tables of training series: what version after version costs, here and with the peers; and how quickly one is written and
read back."""
import filecmp, re, statistics

from catalog import stored_bytes
from large import anew
from measuring import MiB, Run, copy, copy_and_sync, figure, heading, peak_of, remove, row, settle, takes_turns
from peers import PEERS
from training_runs import SERIES, changed_share


# `best` tries everything that zstd can do: hours for a series of large files.
LARGEST_OF_BEST = 4 * MiB
# After these, timeout(1) stops `pack`, and ends with this code.
TIMED_OUT = 124
PACKING_SECONDS = 600


class Ours:
    """The registry as one of those that keep a series."""

    note = ""

    def __init__(self, bench, codec=None):
        self.bench, self.codec = bench, codec
        self.name = f"registry, codec {codec}" if codec else "registry"
        self.store = bench.folder / f"series-{codec or 'auto'}"
        self.environment = {**bench.environment, "REGISTRY_PATH": str(self.store)}

    def missing(self):
        return "this program has no codecs" if self.codec and " config " not in self.bench.says("--help") else None

    def start(self):
        self.delete()
        self.run("init", self.store)
        if self.codec:
            self.run("config", "--codec", self.codec)

    def delete(self):
        remove(self.store)

    def raw_size(self, file):
        return file.stat().st_size

    def keep(self, file, previous):
        return self.run("commit", file, "--model", "m")

    def run(self, *arguments):
        return Run(self.bench.program, *arguments, environment=self.environment)


class Kept:
    """What one of them took for the versions so far, and what it stores after some of them."""

    def __init__(self, keeper, versions):
        self.keeper, self.versions = keeper, versions
        keeper.start()
        settle()
        self.empty = stored_bytes(self.keeper.store)
        self.raw, self.runs, self.stored = [], [], {}

    def keep(self, file, previous, is_measured):
        self.runs.append(self.keeper.keep(file, previous))
        self.raw.append(self.keeper.raw_size(file))
        if is_measured:
            self.measure()

    def measure(self):
        settle()
        self.stored[len(self.runs)] = stored_bytes(self.keeper.store)

    def shares(self, number):
        """Stored / raw of the first `number` versions: on the disk of those after the first, on the disk of all, in bytes of all."""
        (bytes_, on_disk), raw = self.stored[number], self.raw[:number]
        return [(on_disk - self.stored[1][1]) / sum(raw[1:]), (on_disk - self.empty[1]) / sum(raw), (bytes_ - self.empty[0]) / sum(raw)]

    def line(self, number, budget=""):
        runs = self.runs[1:number]
        times = [run.seconds for run in runs]
        cpu = sum(run.cpu for run in runs) / sum(self.raw[1:number]) * 1e9
        table_line(self.keeper.name, number, *(f"{share:.3f}" for share in self.shares(number)), budget,
                   f"{statistics.median(times):.3f} ({min(times):.3f} to {max(times):.3f})", f"{cpu:.2f}", self.keeper.note)


def table_line(*cells):
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def table_heading(title):
    print(f"\n{title}\n")
    table_line("kept by", "versions", "stored / raw, after the first", "all", "all, in bytes", "budget of the first", "wall s a version (range)", "CPU s a GB", "notes")
    table_line(*["---"] * 9)


def storing(bench, name):
    """The table of one series: all keep each version in turns. Returns what the registry kept, and where."""
    series = SERIES[name]
    if reason := series.missing():
        print(f"\n{series.title}: {reason}", flush=True)
        return None
    files = series.files(bench.quick)
    few = min(series.peer_versions or len(files), len(files))
    table_heading(f"{series.title}; {len(files)} x {files[-1].stat().st_size / 1e6:.4g} MB{' (--quick: not that large)' if bench.quick else ''}{told_share(files)}:")
    ours = Kept(Ours(bench), len(files))
    others, absent = [], []
    best = [Ours(bench, "best")] if files[-1].stat().st_size <= LARGEST_OF_BEST else []
    for keeper in [Ours(bench, "raw"), *best, *(PEERS[peer](bench.folder, bench.tools, series) for peer in bench.peers)]:
        if reason := keeper.missing():
            absent.append((keeper, reason))
        else:
            others.append(Kept(keeper, few))
    keep_in_turns([ours, *others], files, measured={1, few, len(files)})
    bar = f"<= {series.bar if series.bar != 'changed' else round(changed_share(files[-2], files[-1]) + 0.01, 3)}"
    if len(files) > few:
        ours.line(few)
    ours.line(len(files), bar)
    for kept in others:
        kept.line(few)
        kept.keeper.delete()
    for keeper, reason in absent:
        table_line(keeper.name, *["-"] * 7, reason)
    return ours, files


def told_share(files):
    """Of how much of a file the version before has no equal tensor, where that can be told."""
    if files[-1].suffix not in (".h5", ".hdf5"):
        return ""
    return f"; new tensors: {changed_share(files[-2], files[-1]):.3f} of the last file"


def keep_in_turns(everybody, files, measured):
    previous = None
    for number, file in enumerate(files, start=1):
        with open(file, "rb") as source:
            while source.read(16 * MiB):
                pass
        taking_part = [kept for kept in everybody if number <= kept.versions]
        turn = number % len(taking_part)
        for kept in taking_part[turn:] + taking_part[:turn]:
            kept.keep(file, previous, number in measured)
            if number == kept.versions < len(files):
                kept.keeper.delete()
            if len(taking_part) > 1:
                settle()
        previous = file


def pack(bench, ours, *flags):
    """Packs what the registry kept: what that took, and what remains."""
    command = " ".join(["pack", *flags])
    if " pack " not in bench.says("--help"):
        figure(f"`{command}`", "-", "", "this program has none")
        return False
    run = Run("timeout", PACKING_SECONDS, bench.program, "pack", *flags, environment=ours.keeper.environment, check=False)
    if run.exit_code == TIMED_OUT:
        figure(f"`{command}`", f"> {PACKING_SECONDS} s", "", f"stopped then; {run.cpu:.0f} s CPU")
        return False
    if run.exit_code:
        raise SystemExit(f"{command}: exit {run.exit_code}")
    ours.measure()
    later, all_, bytes_ = ours.shares(len(ours.raw))
    figure(f"`{command}`", f"{run.seconds:.2f} s", "", f"{run.cpu:.2f} s CPU for {sum(ours.raw) / 1e9:.2f} GB; stored / raw {later:.3f} after the first, {all_:.3f} of all, "
           f"{bytes_:.3f} in bytes")
    return True


def checkouts(bench, ours, files, numbers, when, budget):
    target = bench.folder / f"copy{files[0].suffix}"
    for number in numbers:
        source = files[number - 1]
        runs = takes_turns(bench.rounds + 2, {
            "ours": anew(target, lambda: ours.keeper.run("checkout", f"m@v{number}", "-o", target)),
            "cp": anew(target, lambda: copy(source, target)),
            "cp + fsync": anew(target, lambda: copy_and_sync(source, target)),
        })
        remove(target)
        ours.keeper.run("checkout", f"m@v{number}", "-o", target)
        if not filecmp.cmp(source, target, shallow=False):
            raise SystemExit(f"{source.name} came back with other bytes")
        what = f"checkout of version {number} of {len(files)}{when}"
        row(what, runs["ours"], runs["cp"], "cp", budget if number == 11 else "")
        row(what, runs["ours"], runs["cp + fsync"], "cp + fsync", "")
        remove(target)


def kept_series(bench):
    """All series with the peers, and checkouts from what the registry kept."""
    for name in bench.series:
        kept = storing(bench, name)
        if kept is None:
            continue
        ours, files = kept
        heading("The same series read back, by `checkout`; every byte compared:")
        numbers = sorted({min(11, len(files)), len(files)})
        # The tenth delta version of the series of large files.
        budget = "<= 1.5" if name == "lm" else ""
        checkouts(bench, ours, files, numbers, "", budget)
        for flags in [], ["--all"]:
            if pack(bench, ours, *flags):
                checkouts(bench, ours, files, numbers, f" after `{' '.join(['pack', *flags])}`", budget)
        if name == "small":
            one_process(bench, ours, files)
        ours.keeper.delete()


def one_process(bench, each, files):
    """Versions a second, by one process for each and by one for all."""
    seconds = sum(run.seconds for run in each.runs)
    figure(f"versions a second, a process each ({len(files):,} of {files[0].stat().st_size / 1000:.0f} kB)", f"{len(files) / seconds:.0f}", ">= 40",
           f"{sum(run.cpu for run in each.runs) / len(files) * 1000:.1f} ms CPU each; last tenth / first: "
           f"{sum_of_tenth(each.runs, -1) / sum_of_tenth(each.runs, 0):.2f}")
    if not re.search(r"<paths?> \.\.\.", bench.says("commit", "--help")):
        figure("versions a second, one process for all", "-", ">= 150", "this program takes one file")
        return
    keeper = each.keeper
    keeper.start()
    settle()
    empty = stored_bytes(keeper.store)[1]
    run = keeper.run("commit", *files, "--model", "m")
    settle()
    stored = stored_bytes(keeper.store)[1] - empty
    figure("versions a second, one process for all", f"{len(files) / run.seconds:.0f}", ">= 150",
           f"{run.cpu / len(files) * 1000:.1f} ms CPU each; stored / raw {stored / sum(each.raw):.3f}")


def sum_of_tenth(runs, which):
    length = len(runs) // 10
    return sum(run.seconds for run in (runs[-length:] if which else runs[:length]))


def new_delta(bench):
    """A commit of the next epoch of a large model beside a copy of it; and the memory that it takes."""
    *_, before, file = SERIES["large"].files(bench.quick)
    heading(f"The next epoch of a language model of 82 M parameters with its Adam slots, {file.stat().st_size / 2**30:.2f} GiB:")
    keeper, target, shares = Ours(bench), bench.folder / "copy.h5", []

    def parent_alone():
        keeper.start()
        keeper.keep(before, None)
        settle()
        return stored_bytes(keeper.store)[1]

    def ours():
        stored = parent_alone()
        run = keeper.keep(file, before)
        settle()
        shares.append((stored_bytes(keeper.store)[1] - stored) / file.stat().st_size)
        return run

    runs = takes_turns(bench.rounds, {"ours": ours, "cp": anew(target, lambda: copy_and_sync(file, target))})
    row("commit of the next epoch", runs["ours"], runs["cp"], "cp + fsync", "< 1", f"; stored / raw {statistics.median(shares):.3f}")
    remove(target)
    parent_alone()
    commands = [["commit", file, "--model", "m"], ["checkout", "m@v2", "-o", target], ["verify", "--full"]]
    if " pack " in bench.says("--help"):
        commands.append(["pack"])
    for command in commands:
        peak = peak_of([bench.program, *command], keeper.environment)
        figure(f"peak memory of `{command[0]}` of it beyond the page cache", f"{peak / MiB:.0f} MiB", "<= 128 MiB", "sampled every 2 ms, with the worker")
    remove(target)
    keeper.delete()


ROWS = {"series": kept_series, "delta": new_delta}
