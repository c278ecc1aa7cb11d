"""Eight processes commit at once while gc runs without a grace time, pack runs, and versions are removed and checked out: nothing
acknowledged is lost."""
import filecmp, json, random, threading

from tiny import write_model

WRITERS, COMMITS = 8, 12
SEED = 7


def test_every_acknowledged_version_verifies(registry, tmp_path):
    # Half of the writers keep what they commit as it is; so there is something to pack.
    files = {(writer, i): write_model(tmp_path / f"{writer}-{i}.h5", seed=COMMITS * writer + i, shared=1, layers=3, width=192, drift=1e-5)
             for writer in range(WRITERS) for i in range(COMMITS)}
    acknowledged, removed, read, failures = {}, set(), [], []
    coded, gathered = [], []
    lock, done = threading.Lock(), threading.Event()

    def attempt(*arguments):
        finished = registry.run(*arguments)
        if finished.returncode != 0:
            with lock:
                failures.append((arguments, finished.returncode, finished.stderr))
        return finished.stdout if finished.returncode == 0 else None

    def write(writer):
        # Half of the writers share one model and so its version numbers.
        model = "shared" if writer % 2 else f"own{writer}"
        for i in range(COMMITS):
            answer = attempt("commit", files[writer, i], "--model", model, "--codec", "raw" if writer % 4 < 2 else "auto", "--json")
            if answer:
                with lock:
                    acknowledged[f"{model}@v{json.loads(answer)['version']}"] = files[writer, i]

    def collect():
        while not done.is_set():
            attempt("gc", "--grace", "0", "--retention", "0")

    def pack():
        while not done.is_set():
            answer = attempt("pack", "--all", "--json")
            if answer and "blobs" in json.loads(answer):
                coded.append(json.loads(answer)["blobs"])
                gathered.append(json.loads(answer)["gathered_packs"])
                assert not json.loads(answer)["damaged"]

    def check_out():
        dice, out = random.Random(SEED), tmp_path / "meanwhile.h5"
        while not done.wait(0.02):
            with lock:
                reference = dice.choice(sorted(set(acknowledged) - removed) or [None])
            if reference and registry.run("checkout", reference, "-o", out, "--force").returncode == 0:
                read.append((reference, filecmp.cmp(acknowledged[reference], out, shallow=False)))
            elif reference and reference not in removed:
                failures.append(("checkout", reference))

    def remove():
        dice = random.Random(SEED)
        while not done.wait(0.05):
            with lock:
                candidates = sorted(set(acknowledged) - removed)
                if len(candidates) < 5:
                    continue
                doomed = dice.choice(candidates)
                removed.add(doomed)
            attempt("rm", doomed)

    writers = [threading.Thread(target=write, args=[writer]) for writer in range(WRITERS)]
    others = [threading.Thread(target=work) for work in (collect, pack, check_out, remove)]
    for thread in writers + others:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in others:
        thread.join()

    assert not failures
    assert len(acknowledged) == WRITERS * COMMITS, "two commits were given one number"
    assert removed and sum(coded) and sum(gathered), "nothing to collect or to pack"
    assert len(read) > 10 and all(same for _, same in read)
    registry.is_sound()
    for reference in sorted(set(acknowledged) - removed):
        registry.gives_back(reference, acknowledged[reference], tmp_path / "back.h5")
