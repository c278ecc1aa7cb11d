"""Killed at any moment, commit, gc and pack lose no acknowledged version and leave nothing for a person to mend."""
import random, statistics, time

from tiny import write_model

KILLS = 300
SEED = 2026
COMMANDS = {"gc": ["gc", "--grace", "0", "--retention", "0"], "pack": ["pack", "--all"]}


def duration(registry, *arguments):
    started = time.monotonic()
    registry.ok(*arguments)
    return time.monotonic() - started


def killed(registry, after, *arguments):
    """Runs a command and kills it after so many seconds. Its exit code; negative when the kill came in time."""
    process = registry.start(*arguments)
    time.sleep(after)
    process.kill()
    process.communicate()
    return process.returncode


def test_no_acknowledged_version_is_lost(registry, tmp_path):
    dice = random.Random(SEED)
    files = [write_model(tmp_path / f"{i}.h5", seed=i, shared=2, width=64, drift=1e-5) for i in range(40)]
    contents = {}  # what each acknowledged version must give back
    for i in range(5):
        contents[registry.json("commit", files[i], "--model", "m")["version"]] = files[i]
    usual = {"commit": statistics.median(duration(registry, "commit", files[5 + i], "--model", "warm") for i in range(5)),
             "pack": duration(registry, *COMMANDS["pack"]),
             "gc": statistics.median(duration(registry, *COMMANDS["gc"]) for _ in range(3))}
    hits = dict.fromkeys(usual, 0)

    for round in range(KILLS):
        what = ("commit", "pack", "commit", "gc")[round % 4]
        known = registry.versions("m")
        if what == "gc" and len(contents) > 6:  # so that there is garbage
            doomed = dice.choice(sorted(contents))
            registry.ok("rm", f"m@v{doomed}")
            del contents[doomed]
            known.discard(doomed)
        file = dice.choice(files)
        arguments = COMMANDS.get(what) or ["commit", file, "--model", "m", "--allow-unchanged", "--codec", dice.choice(["raw", "auto"])]
        code = killed(registry, dice.uniform(0, 1.2 * usual[what]), *arguments)
        story = f"round {round} of seed {SEED}: {what}, exit {code}"
        assert code in (0, -9), story
        hits[what] += code == -9

        listed = registry.versions("m")
        new = listed - known
        assert len(new) <= (what == "commit"), story
        assert len(new) == 1 or what != "commit" or code != 0, f"{story}: acknowledged, and not listed"
        contents.update({number: file for number in new})  # unacknowledged but there: then it must be whole
        assert listed == set(contents), story
        registry.is_sound()
        number = max(new) if new else dice.choice(sorted(contents))
        registry.gives_back(f"m@v{number}", contents[number], tmp_path / "back.h5")

    assert min(hits.values()) > KILLS / 20, f"too few runs were killed to say anything: {hits}"
    assert "delta" in {entry["coding"] for entry in registry.json("du")["codings"]}
    registry.ok(*COMMANDS["gc"])
    for number, file in contents.items():
        registry.gives_back(f"m@v{number}", file, tmp_path / "back.h5")
    for folder in ("staging", "sessions", "trash"):
        left = list((registry.folder / ".registry" / folder).rglob("*"))
        assert not left, f"gc left {left}"


def test_a_killed_first_commit_leaves_a_registry_or_none(program, tmp_path):
    """A registry that was never initialised: the first commit makes it, and may die doing so."""
    from conftest import Registry
    dice = random.Random(SEED)
    file = write_model(tmp_path / "m.h5", seed=1)
    usual = duration(Registry(program, tmp_path / "warm"), "commit", file)
    for round in range(40):
        registry = Registry(program, tmp_path / f"registry{round}")
        registry.folder.mkdir()
        killed(registry, dice.uniform(0, usual), "commit", file)
        registry.ok("commit", file, "--model", "m", "--allow-unchanged")
        registry.is_sound()
        registry.gives_back("m@latest", file, tmp_path / "back.h5")
