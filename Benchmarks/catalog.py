"""The rows of a registry with many versions, and of small models."""
import hashlib, os, pathlib, shutil, sqlite3, sys

from measuring import Run, figure, hash_then_write, median, row, settle, takes_turns

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Interop"))
from tiny import write_model  # noqa: E402


def start(bench):
    runs = takes_turns(50, {"ours": lambda: Run(bench.program, "--version"), "true": lambda: Run("/bin/true")})
    figure("program start, `registry --version`", f"{1000 * median(runs['ours']):.1f} ms", "<= 15 ms",
           f"/bin/true {1000 * median(runs['true']):.1f} ms; the program is {os.path.getsize(bench.program) / 1e6:.0f} MB")


def stored_bytes(store):
    """(bytes, bytes on disk) of all files of a registry."""
    stats = [os.stat(os.path.join(folder, name)) for folder, _, names in os.walk(store) for name in names]
    return sum(s.st_size for s in stats), sum(s.st_blocks * 512 for s in stats)


def small_commits(bench):
    number, width = (200 if bench.quick else 2000), 78
    copies = bench.folder / "copies"
    bench.new_store()
    sources = bench.folder / "sources"
    for folder in (copies, sources):
        folder.mkdir()
    files = [write_model(sources / f"{i}.h5", seed=i, shared=1, width=width) for i in range(number)]
    layer = 4 * (width * width + width)
    unique = layer + number * 3 * layer
    settle()
    empty, empty_on_disk = stored_bytes(bench.store)
    block, ours, theirs = number // 10, [], []
    for start in range(0, number, block):
        part = files[start : start + block]
        ours.append(sum((bench.registry("commit", file, "--model", "m") for file in part[1:]), bench.registry("commit", part[0], "--model", "m")))
        peers = [hash_then_write(file, copies / file.name) for file in part]
        theirs.append(sum(peers[1:], peers[0]))
    used, on_disk = stored_bytes(bench.store)
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
    bench.new_store()
    path = write_model(bench.folder / "small.h5", seed=1)
    bench.registry("commit", path, "--model", "m", "-m", "first", "--metric", "val_loss=0.5", "--metric", "val_accuracy=0.9")
    catalog = bench.store / ".registry" / "catalog.sqlite3"
    clone_versions(catalog, number, models=50)
    write_model(path, seed=2)
    bench.registry("commit", path, "--model", "m", "--alias", "champion")
    total = f"{2 * number:,} versions"
    figure(f"a catalog of {total}", f"{os.path.getsize(catalog) / 1e6:.0f} MB", "", "one model has half of them, 50 others the rest")
    for what, command in {
        "`log --limit 20`": ["log", "m", "--limit", "20"], "`log --all --limit 20`": ["log", "--all", "--limit", "20"],
        "`show m@latest`": ["show", "m@latest"], "`show m@champion`": ["show", "m@champion"], "`models`": ["models"],
    }.items():
        runs = [bench.registry(*command) for _ in range(21)]
        figure(f"{what}, {total}", f"{1000 * median(runs):.1f} ms", "<= 30 ms")
    runs = []
    for seed in range(3, 14):
        write_model(path, seed=seed)
        settle()
        runs.append(bench.registry("commit", path, "--model", "m"))
    figure(f"a small commit, {total}", f"{1000 * median(runs):.1f} ms", "")


ROWS = {"start": start, "small": small_commits, "catalog": big_catalog}
