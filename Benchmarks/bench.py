#!/usr/bin/env python3
"""The table of Documentation/Performance.md.

    bench.py --registry .build/release/registry [--quick] [--only new,start] [--rounds 3]

Every ratio is measured side by side: the program and what it is compared with take turns in one run, in an
order that changes each round; the table has the median, and the range of the ratios. Sources lie in the page
cache, as they do right after training. `--quick` takes a model of 1/16 and fewer runs. Scratch files go to
$TMPDIR, else to work/ beside this script, and are removed.
"""
import argparse, hashlib, json, mmap, os, pathlib, platform, shutil, sqlite3, statistics, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests" / "Interop"))
from tiny import write_model  # noqa: E402

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
        if check and status != 0:
            raise SystemExit(f"{' '.join(self.command)}: exit {os.waitstatus_to_exitcode(status)}")

    def __add__(self, other):
        both = object.__new__(Run)
        both.seconds, both.cpu = self.seconds + other.seconds, self.cpu + other.cpu
        return both


class Bench:
    def __init__(self, options):
        self.program, self.quick, self.rounds = os.path.abspath(options.registry), options.quick, options.rounds
        base = os.environ.get("TMPDIR") or HERE / "work"
        os.makedirs(base, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="registry-bench-", dir=base))
        self._model = None

    def registry(self, store, *arguments):
        return Run(self.program, *arguments, environment={**os.environ, "REGISTRY_PATH": str(store)})

    def says(self, store, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], env={**os.environ, "REGISTRY_PATH": str(store)}, capture_output=True, text=True, check=True)
        return done.stdout

    @property
    def model(self):
        if self._model is None:
            self._model = self.folder / "model.h5"
            make_model(self._model, 4 if self.quick else 1)
        return self._model

    def new_store(self, name="store"):
        store = self.folder / name
        shutil.rmtree(store, ignore_errors=True)
        self.registry(store, "init", store)
        return store

    def change(self, seed, every=1):
        """Makes every n-th tensor of the model new, by its first number; then lets the disk rest."""
        with h5py.File(self.model, "r+") as file:
            found = []
            file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) and item.size > 1 else None)
            for dataset in found[::every]:
                dataset[(0,) * dataset.ndim] = seed + np.random.random()
        settle()


def settle():
    os.sync()


def median(runs, what=lambda run: run.seconds):
    return statistics.median(map(what, runs))


def make_model(path, shrink):
    """75 blocks of convolution and normalisation like a ResNet: 300 trained tensors, two Adam slots each, and the moving statistics."""
    random = np.random.default_rng(1)
    widths = [width // shrink for width in (128, 384, 484) for _ in range(25)]
    blocks, before = [], 3
    for i, width in enumerate(widths):
        blocks.append((f"conv_{i}", {"kernel": (3, 3, before, width), "bias": (width,)}))
        blocks.append((f"norm_{i}", {"gamma": (width,), "beta": (width,), "moving_mean": (width,), "moving_variance": (width,)}))
        before = width
    layers = [{"class_name": "InputLayer", "config": {"batch_input_shape": [None, 224, 224, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "image"}}]
    for name, weights in blocks:
        conv = {"name": name, "trainable": True, "dtype": "float32", "filters": weights.get("bias", [0])[0], "kernel_size": [3, 3], "padding": "same", "activation": "linear", "use_bias": True}
        norm = {"name": name, "trainable": True, "dtype": "float32", "axis": [3], "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}
        layers.append({"class_name": "Conv2D", "config": conv} if "kernel" in weights else {"class_name": "BatchNormalization", "config": norm})
    adam = {"class_name": "Custom>Adam", "config": {"name": "Adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}}
    with h5py.File(path, "w") as file:
        file.attrs.update(keras_version="2.15.0", backend="tensorflow")
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "resnet_like", "layers": layers}})
        file.attrs["training_config"] = json.dumps({"loss": "mse", "metrics": None, "weighted_metrics": None, "loss_weights": None, "optimizer_config": adam})
        root = file.create_group("model_weights")
        root.attrs.update(keras_version="2.15.0", backend="tensorflow")
        root.attrs["layer_names"] = [b"image", *(name.encode() for name, _ in blocks)]
        root.create_group("image").attrs["weight_names"] = np.zeros(0)
        optimizer = file.create_group("optimizer_weights")
        optimizer["iteration:0"] = np.int64(1000)
        slots = ["iteration:0"]
        for name, weights in blocks:
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{weight}:0".encode() for weight in weights]
            for weight, shape in weights.items():
                group[f"{name}/{weight}:0"] = random.random(shape, dtype="float32")
                if not weight.startswith("moving"):
                    for slot in ("m", "v"):
                        slots.append(f"Adam/{slot}/{name}/{weight}:0")
                        optimizer[slots[-1]] = random.random(shape, dtype="float32")
        names = [name.encode() for name in slots]
        optimizer.attrs["weight_names"] = names
    settle()


# What the program is compared with.

def copy_and_sync(source, target):
    return Run("cp", source, target) + Run("sync", target)


def hash_then_write(source, target):
    return Run("openssl", "sha256", source) + Run("dd", f"if={source}", f"of={target}", "bs=4M", "conv=fsync", "status=none")


class HashOnAllCores:
    """SHA-256 by OpenSSL over the file's bytes, 16 MiB at a time on all cores: DESIGN.md's H."""

    def __init__(self, path):
        started, cpu = time.perf_counter(), time.process_time()
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as bytes_, memoryview(bytes_) as view:
            def digest(at):
                with view[at : at + 16 * MiB] as part:
                    return hashlib.sha256(part).digest()
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(digest, range(0, len(bytes_), 16 * MiB)))
        self.seconds, self.cpu = time.perf_counter() - started, time.process_time() - cpu


# The rows.

def row(what, ours, theirs, beside, budget, detail=""):
    ratios = [a.seconds / b.seconds for a, b in zip(ours, theirs)]
    print(f"| {what} | {median(ours):.3f} s | {beside} {median(theirs):.3f} s | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {budget} "
          f"| {median(ours, lambda r: r.cpu):.2f} s, theirs {median(theirs, lambda r: r.cpu):.2f} s{detail} |", flush=True)


def figure(what, value, budget, detail=""):
    print(f"| {what} | {value} | | | {budget} | {detail} |", flush=True)


def takes_turns(rounds, contenders):
    """Runs all contenders once a round, in an order that moves on; contender -> its runs."""
    runs = {name: [] for name in contenders}
    order = list(contenders)
    for round in range(rounds):
        for name in order[round % len(order):] + order[: round % len(order)]:
            runs[name].append(contenders[name]())
    return runs


def new_weights(bench):
    target, store = bench.folder / "copy.h5", bench.folder / "store"
    count = iter(range(10**6))

    def fresh(run):
        def prepared():
            target.unlink(missing_ok=True)
            bench.new_store()
            bench.change(next(count))
            return run()
        return prepared

    runs = takes_turns(bench.rounds, {
        "ours": fresh(lambda: bench.registry(store, "commit", bench.model, "--model", "m")),
        "cp": fresh(lambda: copy_and_sync(bench.model, target)),
        "dd": fresh(lambda: hash_then_write(bench.model, target)),
    })
    row("commit of new weights", runs["ours"], runs["cp"], "cp + fsync", "<= 1.1")
    row("commit of new weights", runs["ours"], runs["dd"], "openssl sha256, dd conv=fsync", "<= 0.5")
    target.unlink(missing_ok=True)


def mostly_unchanged(bench):
    store, target = bench.new_store(), bench.folder / "copy.h5"
    bench.registry(store, "commit", bench.model, "--model", "m")
    count = iter(range(10**6))

    def ours():
        bench.change(next(count), every=20)
        return bench.registry(store, "commit", bench.model, "--model", "m")

    def theirs():
        target.unlink(missing_ok=True)
        settle()
        return copy_and_sync(bench.model, target)

    runs = takes_turns(bench.rounds, {"ours": ours, "cp": theirs, "H": lambda: HashOnAllCores(bench.model)})
    row("commit with 95 % of the tensors unchanged", runs["ours"], runs["cp"], "cp + fsync", "")
    row("commit with 95 % of the tensors unchanged", runs["ours"], runs["H"], "H", "")
    target.unlink(missing_ok=True)


def nothing_new(bench):
    store = bench.new_store()
    bench.registry(store, "commit", bench.model, "--model", "m")
    settle()
    runs = takes_turns(bench.rounds + 2, {
        "parent": lambda: bench.registry(store, "commit", bench.model, "--model", "m"),
        "version": lambda: bench.registry(store, "commit", bench.model, "--model", "m", "--allow-unchanged"),
        "H": lambda: HashOnAllCores(bench.model),
    })
    row("commit of what is the parent already", runs["parent"], runs["H"], "H", "<= 1.15")
    row("commit of nothing new, as a new version", runs["version"], runs["H"], "H", "<= 1.15")


def checkout(bench):
    store, target = bench.new_store(), bench.folder / "out.h5"
    bench.registry(store, "commit", bench.model, "--model", "m")

    def fresh(run):
        def prepared():
            target.unlink(missing_ok=True)
            settle()
            return run()
        return prepared

    runs = takes_turns(bench.rounds + 2, {
        "ours": fresh(lambda: bench.registry(store, "checkout", "m@v1", "-o", target)),
        "cp": fresh(lambda: Run("cp", bench.model, target)),
        "cp + fsync": fresh(lambda: copy_and_sync(bench.model, target)),
    })
    row("checkout", runs["ours"], runs["cp"], "cp", "<= 1.15")
    row("checkout", runs["ours"], runs["cp + fsync"], "cp + fsync", "")
    target.unlink(missing_ok=True)


def stored_bytes(store):
    """(bytes, bytes on disk) of all files of a registry."""
    stats = [os.stat(os.path.join(folder, name)) for folder, _, names in os.walk(store) for name in names]
    return sum(s.st_size for s in stats), sum(s.st_blocks * 512 for s in stats)


def small_commits(bench):
    number, width = (200 if bench.quick else 2000), 78
    store, copies = bench.new_store(), bench.folder / "copies"
    sources = bench.folder / "sources"
    for folder in (copies, sources):
        folder.mkdir()
    files = [write_model(sources / f"{i}.h5", seed=i, shared=1, width=width) for i in range(number)]
    layer = 4 * (width * width + width)
    unique = layer + number * 3 * layer
    settle()
    empty, empty_on_disk = stored_bytes(store)
    block, ours, theirs = number // 10, [], []
    for start in range(0, number, block):
        part = files[start : start + block]
        ours.append(sum((bench.registry(store, "commit", file, "--model", "m") for file in part[1:]), bench.registry(store, "commit", part[0], "--model", "m")))
        peers = [hash_then_write(file, copies / file.name) for file in part]
        theirs.append(sum(peers[1:], peers[0]))
    used, on_disk = stored_bytes(store)
    seconds = sum(run.seconds for run in ours)
    row(f"{block} commits of {files[0].stat().st_size / 1000:.0f} kB, a process each ({number} in all)", ours, theirs, "openssl sha256, dd conv=fsync",
        "", f"; last block / first: {ours[-1].seconds / ours[0].seconds:.2f}")
    figure("versions a second", f"{number / seconds:.0f}", "")
    figure("bytes a version beyond its new tensors", f"{(used - empty - unique) / number:,.0f}", "", f"{(on_disk - empty_on_disk - unique) / number:,.0f} on disk; a file itself has {files[0].stat().st_size - 4 * layer:,} beside its tensors")
    for folder in (copies, sources):
        shutil.rmtree(folder)


def clone_versions(catalog, number, models):
    """Multiplies the only version of a catalog: `number` versions of its model, of which it is the last, and as many
    again over other models. The blobs of the copies are those of the original; only their ids are made up."""
    db = sqlite3.connect(catalog, isolation_level=None)
    db.create_function("id_of", 1, lambda n: hashlib.sha256(b"%d" % n).digest(), deterministic=True)
    db.execute("BEGIN IMMEDIATE")
    (row_id, model_id), = db.execute("SELECT id, model_id FROM version")
    columns = lambda table: [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {2 * number})"

    def clone(table, new):
        names = columns(table)
        key = "id" if table == "version" else "version_id"
        values = ", ".join(new.get(name, name) for name in names)
        db.execute(f"{numbers} INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM n, {table} WHERE {key} = {row_id}")

    per_model = number // models
    for other in range(models):
        db.execute("INSERT INTO model (id, name, last_number, used) SELECT id + 1 + ?, 'other' || ?, ?, used - 1 FROM model WHERE id = ?", (other, other, per_model, model_id))
    db.execute("UPDATE model SET last_number = ? WHERE id = ?", (number, model_id))
    db.execute("UPDATE version SET number = ? WHERE id = ?", (number, row_id))
    clone("version", {
        "id": f"{row_id} + i - 1", "number": f"CASE WHEN i <= {number} THEN i - 1 ELSE (i - {number} - 1) / {models} + 1 END",
        "model_id": f"{model_id} + CASE WHEN i <= {number} THEN 0 ELSE 1 + (i - 1) % {models} END",
        "digest": "id_of(i)", "created": f"created - 1000000 * ({2 * number} - i + 1)",
    })
    for table in ("version_variable", "version_part", "metric", "tag"):
        clone(table, {"version_id": f"{row_id} + i - 1"})
    db.execute(f"{numbers} INSERT INTO parent SELECT ? + i - 1, 0, id_of(i - 1), 'continued' FROM n WHERE i > 2", (row_id,))
    db.execute("INSERT INTO parent SELECT ?, 0, id_of(?), 'continued'", (row_id, number))
    db.execute("COMMIT")
    db.execute("ANALYZE")
    db.close()


def big_catalog(bench):
    number = 5_000 if bench.quick else 50_000
    store = bench.new_store()
    path = write_model(bench.folder / "small.h5", seed=1)
    bench.registry(store, "commit", path, "--model", "m", "-m", "first", "--metric", "val_loss=0.5", "--metric", "val_accuracy=0.9")
    clone_versions(store / ".registry" / "catalog.sqlite3", number, models=50)
    write_model(path, seed=2)
    bench.registry(store, "commit", path, "--model", "m", "--alias", "champion")
    total = f"{2 * number:,} versions"
    figure(f"a catalog of {total}", f"{os.path.getsize(store / '.registry' / 'catalog.sqlite3') / 1e6:.0f} MB", "", "one model has half of them, 50 others the rest")
    for what, command in {
        "`log --limit 20`": ["log", "m", "--limit", "20"], "`log --all --limit 20`": ["log", "--all", "--limit", "20"],
        "`show m@latest`": ["show", "m@latest"], "`show m@champion`": ["show", "m@champion"], "`models`": ["models"],
    }.items():
        runs = [bench.registry(store, *command) for _ in range(21)]
        figure(f"{what}, {total}", f"{1000 * median(runs):.1f} ms", "<= 30 ms")
    runs = []
    for seed in range(3, 14):
        write_model(path, seed=seed)
        settle()
        runs.append(bench.registry(store, "commit", path, "--model", "m"))
    figure(f"a small commit, {total}", f"{1000 * median(runs):.1f} ms", "")


def start(bench):
    runs = takes_turns(50, {"ours": lambda: Run(bench.program, "--version"), "true": lambda: Run("/bin/true")})
    figure("program start, `registry --version`", f"{1000 * median(runs['ours']):.1f} ms", "<= 15 ms",
           f"/bin/true {1000 * median(runs['true']):.1f} ms; the program is {os.path.getsize(bench.program) / 1e6:.0f} MB")


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


def peak_memory(bench):
    store, target = bench.new_store(), bench.folder / "out.h5"
    for what, command in {"commit": ["commit", bench.model, "--model", "m"], "checkout": ["checkout", "m@v1", "-o", target], "verify --full": ["verify", "--full"]}.items():
        process = subprocess.Popen([bench.program, *map(str, command)], env={**os.environ, "REGISTRY_PATH": str(store)}, stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, anonymous(process.pid))
            time.sleep(0.002)
        if process.returncode:
            raise SystemExit(f"{what}: exit {process.returncode}")
        figure(f"peak memory of `{what}` beyond the page cache", f"{peak / MiB:.0f} MiB", "<= 128 MiB", "sampled every 2 ms, with the worker")
    target.unlink()


ROWS = {"start": start, "new": new_weights, "mostly": mostly_unchanged, "nothing": nothing_new, "checkout": checkout, "memory": peak_memory, "small": small_commits, "catalog": big_catalog}


def machine():
    with open("/proc/cpuinfo") as info:
        cpu = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} x {cpu}, {pages / 2**30:.0f} GiB, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="some of: " + ",".join(ROWS), type=lambda text: text.split(","))
    parser.add_argument("--rounds", type=int, default=3, help="turns that everybody takes (default 3)")
    options = parser.parse_args()
    bench = Bench(options)
    try:
        size = f"{bench.model.stat().st_size / 2**30:.2f} GiB model" if not options.only or set(options.only) & {"new", "mostly", "nothing", "checkout", "memory"} else "small models"
        print(f"{machine()}; {time.strftime('%Y-%m-%d')}; {size}; filesystem of {bench.folder.parent.name}/: "
              f"{subprocess.run(['stat', '-f', '-c', '%T', bench.folder], capture_output=True, text=True).stdout.strip()}\n")
        print("| what | registry | beside it | ratio (range) | budget | CPU, notes |\n| --- | --- | --- | --- | --- | --- |")
        for name, run in ROWS.items():
            if not options.only or name in options.only:
                run(bench)
                shutil.rmtree(bench.folder / "store", ignore_errors=True)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
