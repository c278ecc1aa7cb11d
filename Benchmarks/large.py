"""The rows of one large model: its weights new, known, mostly known, and back out again."""
import json, pathlib, sys
from itertools import count

from measuring import (MiB, HashOnAllCores, copy, copy_and_sync, figure, hash_then_write, peak_of, remove, row, settle,
                       Run, takes_turns)

CONVERT = pathlib.Path(__file__).with_name("convert_with_keras.py")


def anew(target, run):
    """Runs with nothing at the target, and a disk at rest."""
    def prepared():
        remove(target)
        settle()
        return run()
    return prepared


def new_weights(bench, model):
    target, seeds = bench.target(model), count()

    def fresh(run):
        def prepared():
            bench.new_store()
            remove(target)
            model.change(next(seeds))
            return run()
        return prepared

    runs = takes_turns(bench.rounds, {
        "ours": fresh(lambda: bench.registry("commit", model.path, "--model", "m")),
        "cp": fresh(lambda: copy_and_sync(model.path, target)),
        "dd": fresh(lambda: hash_then_write(model.path, target)),
    })
    row("commit of new weights", runs["ours"], runs["cp"], "cp + fsync", "<= 1.1")
    row("commit of new weights", runs["ours"], runs["dd"], "openssl sha256, dd conv=fsync", "<= 0.5")
    remove(target)


def mostly_unchanged(bench, model):
    bench.new_store()
    bench.registry("commit", model.path, "--model", "m")
    target, seeds = bench.target(model), count()

    def ours():
        model.change(next(seeds), every=20)
        return bench.registry("commit", model.path, "--model", "m")

    runs = takes_turns(bench.rounds, {
        "ours": ours,
        "cp": anew(target, lambda: copy_and_sync(model.path, target)),
        "H": lambda: HashOnAllCores(model.path),
    })
    row("commit with 95 % of the tensors unchanged", runs["ours"], runs["cp"], "cp + fsync", "")
    row("commit with 95 % of the tensors unchanged", runs["ours"], runs["H"], "H", "")
    remove(target)


def nothing_new(bench, model):
    bench.new_store()
    bench.registry("commit", model.path, "--model", "m")
    settle()
    runs = takes_turns(bench.rounds + 2, {
        "parent": lambda: bench.registry("commit", model.path, "--model", "m"),
        "version": lambda: bench.registry("commit", model.path, "--model", "m", "--allow-unchanged"),
        "H": lambda: HashOnAllCores(model.path),
    })
    row("commit of what is the parent already", runs["parent"], runs["H"], "H", "<= 1.15")
    row("commit of nothing new, as a new version", runs["version"], runs["H"], "H", "<= 1.15")


def known_from_hdf5(bench, model):
    model.change(1)

    def ours():
        bench.new_store()
        bench.registry("commit", model.as_hdf5, "--model", "m")
        settle()
        return bench.registry("commit", model.path, "--model", "m")

    runs = takes_turns(bench.rounds, {"ours": ours, "H": lambda: HashOnAllCores(model.path)})
    newest = json.loads(bench.says("log", "m", "--limit", "1", "--json"))["versions"][0]
    row("commit of what is known from an .h5", runs["ours"], runs["H"], "H", "<= 1.15",
        f"; {newest['new_tensors']} of {newest['tensors']} tensors new")


def checkout(bench, model):
    bench.new_store()
    bench.registry("commit", model.path, "--model", "m")
    target = bench.target(model)
    runs = takes_turns(bench.rounds + 2, {
        "ours": anew(target, lambda: bench.registry("checkout", "m@v1", "-o", target)),
        "cp": anew(target, lambda: copy(model.path, target)),
        "cp + fsync": anew(target, lambda: copy_and_sync(model.path, target)),
    })
    row("checkout", runs["ours"], runs["cp"], "cp", "<= 1.15")
    row("checkout", runs["ours"], runs["cp + fsync"], "cp + fsync", "")
    remove(target)


def exports(bench, model):
    """Each format of `model.exports` beside a copy of the source, and beside the same conversion by Keras."""
    bench.new_store()
    bench.registry("commit", model.path, "--model", "m")
    cp_target = bench.target(model)
    for options, ending, keras in model.exports:
        target = bench.folder / f"out{ending}"
        written = [target] if ending != ".ckpt" else [bench.folder / f"out{ending}{end}" for end in (".data-00000-of-00001", ".index")]

        def ours():
            for file in [*written, bench.folder / "checkpoint"]:
                remove(file)
            settle()
            return bench.registry("checkout", "m@v1", *options.split(), "-o", target)

        runs = takes_turns(bench.rounds, {"ours": ours, "cp": anew(cp_target, lambda: copy(model.path, cp_target))})
        remove(cp_target)
        row(f"checkout {options}", runs["ours"], runs["cp"], "cp", "<= 1.5")
        if keras:
            for file in written:
                remove(file)
            row(f"checkout {options}", runs["ours"][:1], [Run(sys.executable, CONVERT, keras, model.path, target)], "Keras in Python", "")
        for file in written:
            remove(file)


def peak_memory(bench, model):
    bench.new_store()
    target = bench.target(model)
    commands = [["commit", model.path, "--model", "m"], ["checkout", "m@v1", "-o", target], ["verify", "--full"]]
    if "export" in model.rows:
        commands.append(["checkout", "m@v1", *model.exports[0][0].split(), "-o", target, "--force"])
    for command in commands:
        peak = peak_of([bench.program, *command], bench.environment)
        what = " ".join(word for word in map(str, command[:5]) if word in ("commit", "checkout", "verify", "--full", "--as", "h5", "keras"))
        figure(f"peak memory of `{what}` beyond the page cache", f"{peak / MiB:.0f} MiB", "<= 128 MiB", "sampled every 2 ms, with the worker")
    remove(target)


ROWS = {"new": new_weights, "mostly": mostly_unchanged, "nothing": nothing_new, "known": known_from_hdf5, "checkout": checkout, "export": exports,
        "memory": peak_memory}
