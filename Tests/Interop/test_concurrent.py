"""Eight processes commit at once while gc runs without a grace time and versions are removed: nothing acknowledged is lost."""
import json, random, threading

from tiny import write_model

WRITERS, COMMITS = 8, 12
SEED = 7


def test_every_acknowledged_version_verifies(registry, tmp_path):
    files = {(writer, i): write_model(tmp_path / f"{writer}-{i}.h5", seed=100 * writer + i, shared=2)
             for writer in range(WRITERS) for i in range(COMMITS)}
    acknowledged, removed, failures = {}, set(), []
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
            answer = attempt("commit", files[writer, i], "--model", model, "--json")
            if answer:
                with lock:
                    acknowledged[f"{model}@v{json.loads(answer)['version']}"] = files[writer, i]

    def collect():
        while not done.is_set():
            attempt("gc", "--grace", "0", "--retention", "0")

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
    others = [threading.Thread(target=collect), threading.Thread(target=remove)]
    for thread in writers + others:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in others:
        thread.join()

    assert not failures
    assert len(acknowledged) == WRITERS * COMMITS, "two commits were given one number"
    assert removed
    registry.is_sound()
    for reference in sorted(set(acknowledged) - removed):
        registry.gives_back(reference, acknowledged[reference], tmp_path / "back.h5")
