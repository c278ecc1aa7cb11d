"""What every row is made with: programs that run and are timed, what they are compared with, and how a row is printed."""
import hashlib, mmap, os, shutil, statistics, subprocess, time
from concurrent.futures import ThreadPoolExecutor

MiB = 1 << 20


class Run:
    """One finished process: what it took."""

    def __init__(self, *command, environment=None, check=True):
        self.command = [str(word) for word in command]
        quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
        started = time.perf_counter()
        pid = os.posix_spawnp(self.command[0], self.command, environment or os.environ, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        self.seconds = time.perf_counter() - started
        self.cpu = usage.ru_utime + usage.ru_stime
        self.exit_code = os.waitstatus_to_exitcode(status)
        if check and self.exit_code != 0:
            raise SystemExit(f"{' '.join(self.command)}: exit {self.exit_code}")

    def __add__(self, other):
        both = object.__new__(Run)
        both.seconds, both.cpu = self.seconds + other.seconds, self.cpu + other.cpu
        return both


def settle():
    os.sync()


def median(runs, what=lambda run: run.seconds):
    return statistics.median(map(what, runs))


def takes_turns(rounds, contenders):
    """Runs all contenders once a round, in an order that moves on; contender -> its runs."""
    runs = {name: [] for name in contenders}
    order = list(contenders)
    for round in range(rounds):
        for name in order[round % len(order):] + order[: round % len(order)]:
            runs[name].append(contenders[name]())
    return runs


# Files, or folders of them.

def files_of(path):
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# What the program is compared with.

def copy(source, target):
    return Run("cp", "-r", source, target)


def copy_and_sync(source, target):
    return copy(source, target) + Run("sync", target, *target.rglob("*"))


def hash_then_write(source, target):
    run = Run("openssl", "sha256", *files_of(source))
    for file in files_of(source):
        written = target / file.relative_to(source)
        written.parent.mkdir(parents=True, exist_ok=True)
        run += Run("dd", f"if={file}", f"of={written}", "bs=4M", "conv=fsync", "status=none")
    return run


class HashOnAllCores:
    """SHA-256 by OpenSSL over the bytes of all files, 16 MiB at a time on all cores: DESIGN.md's H."""

    def __init__(self, path):
        started, cpu = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for file in files_of(path):
                self._hash(file, pool)
        self.seconds, self.cpu = time.perf_counter() - started, time.process_time() - cpu

    @staticmethod
    def _hash(path, pool):
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as bytes_, memoryview(bytes_) as view:
            def digest(at):
                with view[at : at + 16 * MiB] as part:
                    return hashlib.sha256(part).digest()
            list(pool.map(digest, range(0, len(bytes_), 16 * MiB)))


# Memory.

def anonymous(pid):
    """Bytes of memory of a process and its children that no file backs, so not the page cache."""
    total = 0
    try:
        with open(f"/proc/{pid}/status") as status:
            total = sum(int(line.split()[1]) * 1024 for line in status if line.startswith(("RssAnon", "RssShmem")))
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                total += sum(map(anonymous, children.read().split()))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return total


def peak_of(command, environment):
    """The most memory that a command and its children had together, in bytes: sampled every 2 ms."""
    process = subprocess.Popen([str(word) for word in command], env=environment, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, anonymous(process.pid))
        time.sleep(0.002)
    if process.returncode:
        raise SystemExit(f"{command}: exit {process.returncode}")
    return peak


# Printing.

def heading(title):
    print(f"\n{title}\n\n| what | registry | beside it | ratio (range) | budget | CPU, notes |\n| --- | --- | --- | --- | --- | --- |", flush=True)


def row(what, ours, theirs, beside, budget, detail=""):
    ratios = [a.seconds / b.seconds for a, b in zip(ours, theirs)]
    print(f"| {what} | {median(ours):.3f} s | {beside} {median(theirs):.3f} s | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {budget} "
          f"| {median(ours, lambda r: r.cpu):.2f} s, theirs {median(theirs, lambda r: r.cpu):.2f} s{detail} |", flush=True)


def figure(what, value, budget, detail=""):
    print(f"| {what} | {value} | | | {budget} | {detail} |", flush=True)
