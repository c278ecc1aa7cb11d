"""What cannot be read is an error: it names the file, has a documented exit code, and leaves the registry as it was."""
import json, os, pathlib, re, shutil, subprocess, tempfile, threading

import h5py
import numpy as np
import pytest

from conftest import ROOT, Registry
from tiny import write_model

FIXTURE_FOLDERS = [ROOT / "Tests" / "HDF5FormatTests" / "Fixtures", ROOT / "Tests" / "KerasFormatTests" / "Fixtures"]
NOBODY = 65534


@pytest.fixture
def used(registry, tmp_path):
    """A registry that holds one version, to be left alone by what fails."""
    registry.ok("commit", write_model(tmp_path / "good.h5", seed=1), "--model", "good")
    return registry


@pytest.fixture(scope="module")
def documented(program, tmp_path_factory):
    """The exit codes that `registry --help` lists, but 0."""
    text = Registry(program, tmp_path_factory.mktemp("none")).ok("--help").partition("EXIT STATUS")[2]
    return {int(code) for code in re.findall(r"^ +(\d+) ", text, re.M)} - {0}


def is_refused(registry, documented, path, *arguments, expect=None):
    """`commit` fails as it should; gives what it said."""
    before = registry.versions("good")
    done = registry.run("commit", path, "--model", "good", *arguments, seconds=30)
    assert done.returncode != 0, f"{path} was committed"
    assert done.returncode in documented, f"exit {done.returncode}: {done.stderr}"
    assert expect is None or done.returncode == expect, f"exit {done.returncode}: {done.stderr}"
    assert pathlib.Path(path).name in done.stderr, done.stderr
    assert registry.versions("good") == before == {1}
    registry.is_sound()
    return done.stderr


NOT_MODELS = {
    "empty.h5": b"", "text.h5": b"This is no model.\n" * 40, "one_byte.keras": b"\x89", "signature_only.h5": b"\x89HDF\r\n\x1a\n",
    "zeros.h5": bytes(100_000), "pickle.h5": b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x94\x8c\x04exec\x94\x93\x94.",
}


@pytest.mark.parametrize("name", NOT_MODELS)
def test_not_a_model(name, used, documented, tmp_path):
    (tmp_path / name).write_bytes(NOT_MODELS[name])
    is_refused(used, documented, tmp_path / name, expect=65)


def test_hdf5_that_is_no_keras_file(used, documented, tmp_path):
    with h5py.File(tmp_path / "table.h5", "w") as file:
        file["measurements"] = np.arange(10.0)
    is_refused(used, documented, tmp_path / "table.h5", expect=65)


def test_truncated_at_forty_points(used, documented, tmp_path, subtests):
    whole = write_model(tmp_path / "whole.h5", seed=2).read_bytes()
    for part in range(40):
        length = len(whole) * (2 * part + 1) // 80
        with subtests.test(length=length):
            (tmp_path / "truncated.h5").write_bytes(whole[:length])
            is_refused(used, documented, tmp_path / "truncated.h5", expect=65)


def external_link(file):
    del file["model_weights/dense_0"]
    file["model_weights/dense_0"] = h5py.ExternalLink("canary.h5", "/model_weights/dense_0")


def external_storage(file):
    del file["model_weights/dense_0/dense_0/bias:0"]
    file["model_weights/dense_0/dense_0"].create_dataset("bias:0", shape=(16,), dtype="f4", external=[("canary.h5", 0, 64)])


def virtual_dataset(file):
    layout = h5py.VirtualLayout(shape=(16,), dtype="f4")
    layout[:] = h5py.VirtualSource("canary.h5", "model_weights/dense_0/dense_0/bias:0", shape=(16,))
    del file["model_weights/dense_0/dense_0/bias:0"]
    file["model_weights/dense_0/dense_0"].create_virtual_dataset("bias:0", layout)


def dangling_soft_link(file):
    del file["model_weights/dense_0/dense_0/bias:0"]
    file["model_weights/dense_0/dense_0/bias:0"] = h5py.SoftLink("/nowhere/at/all")


def shape_beyond_the_file(file):
    del file["model_weights/dense_0/dense_0/bias:0"]
    file["model_weights/dense_0/dense_0"].create_dataset("bias:0", shape=(2**42,), dtype="f4", chunks=(2**20,), compression="gzip")


def a_weight_is_missing(file):
    del file["model_weights/dense_0/dense_0/bias:0"]


HOSTILE = [external_link, external_storage, virtual_dataset, dangling_soft_link, shape_beyond_the_file, a_weight_is_missing]


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
def test_structural_attacks(attack, used, documented, tmp_path):
    write_model(tmp_path / "canary.h5", seed=3)
    path = write_model(tmp_path / "attack.h5", seed=4)
    with h5py.File(path, "r+") as file:
        attack(file)
    is_refused(used, documented, path)


@pytest.mark.parametrize("config", ["{'class_name': Sequential", "[" * 100_000 + "]" * 100_000, '{"class_name": "Sequential", "class_name": "Model"}'],
                         ids=["no JSON", "deep", "one key twice"])
def test_a_config_that_cannot_be_read_is_refused_and_kept_if_asked_to(config, used, documented, tmp_path):
    path = write_model(tmp_path / "config.h5", seed=4)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = config
    is_refused(used, documented, path, expect=65)
    error = json.loads(used.run("commit", path, "--model", "config", "--json").stdout)["error"]
    assert error["code"] == "malformed" and "model_config" in error["message"], error
    used.ok("commit", path, "--model", "config", "--opaque")
    used.gives_back("config@v1", path, tmp_path / "back.h5")


def test_a_config_that_is_none_is_kept_and_flagged(used, tmp_path):
    path = write_model(tmp_path / "config.h5", seed=4)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = "null"
    findings = used.json("commit", path, "--model", "config")["findings"]
    assert [finding["kind"] for finding in findings] == ["unread-config"], findings
    used.gives_back("config@v1", path, tmp_path / "back.h5")


def test_a_cycle_of_groups_ends(used, documented, tmp_path):
    path = write_model(tmp_path / "cycle.h5", seed=5)
    with h5py.File(path, "r+") as file:
        file["model_weights/dense_0/again"] = file["model_weights"]
        file["model_weights/self"] = file["/"]
    done = used.run("commit", path, "--model", "good", seconds=20)
    assert done.returncode == 0 or done.returncode in documented, done.stderr
    used.is_sound()


def test_a_lambda_is_kept_and_flagged(used, tmp_path):
    path = write_model(tmp_path / "lambda.h5", seed=6)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        code = {"class_name": "Lambda", "config": {"name": "code", "function": ["4wEAAAA=\n", None, None], "function_type": "lambda"}}
        config["config"]["layers"].append(code)
        file.attrs["model_config"] = json.dumps(config)
        weights = file["model_weights"]
        weights.create_group("code").attrs["weight_names"] = np.zeros(0)
        weights.attrs["layer_names"] = np.append(weights.attrs["layer_names"].astype("S"), b"code")
    committed = used.json("commit", path, "--model", "lambda")
    assert "lambda" in json.dumps(committed["findings"]).lower()
    used.gives_back("lambda@v1", path, tmp_path / "back.h5")


FIXTURES = sorted(path for root in FIXTURE_FOLDERS if root.exists() for path in root.rglob("*") if path.suffix in (".h5", ".keras", ".hdf5"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_fixture_is_kept_whole_or_refused(path, used, documented, tmp_path):
    done = used.run("commit", path, "--model", "fixture", "--json", seconds=60)
    if done.returncode == 0:
        used.gives_back("fixture@v1", path, tmp_path / "back.h5")
    else:
        assert done.returncode in documented and path.name in done.stderr, f"exit {done.returncode}: {done.stderr}"
        assert not used.versions("fixture")
    used.is_sound()


def test_a_fifo_does_not_hang(used, documented, tmp_path):
    os.mkfifo(tmp_path / "pipe.h5")
    is_refused(used, documented, tmp_path / "pipe.h5")


def test_a_directory_and_nothing_at_all(used, documented, tmp_path):
    (tmp_path / "folder.h5").mkdir()
    is_refused(used, documented, tmp_path / "folder.h5")
    is_refused(used, documented, tmp_path / "absent.h5")


def test_devices_and_loops_of_links(used, documented, tmp_path):
    (tmp_path / "zero.h5").symlink_to("/dev/zero")
    (tmp_path / "loop.h5").symlink_to("loop.h5")
    is_refused(used, documented, tmp_path / "zero.h5")
    is_refused(used, documented, tmp_path / "loop.h5")


def test_a_file_that_changes_while_it_is_read(used, documented, tmp_path):
    path = write_model(tmp_path / "changing.h5", seed=7, layers=8, width=1024)
    with h5py.File(path) as file:
        at = file["model_weights/dense_7/dense_7/kernel:0"].id.get_offset()
    stop = threading.Event()

    def change():
        file = os.open(path, os.O_WRONLY)
        for round in range(10**9):
            if stop.is_set():
                break
            os.pwrite(file, bytes([round % 251]), at + round % 4096)
        os.close(file)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        message = is_refused(used, documented, path)
    finally:
        stop.set()
        thread.join()
    assert "chang" in message


def test_a_registry_of_a_newer_format(used, documented, tmp_path):
    mark = used.folder / ".registry" / "format"
    kept = mark.read_text()
    mark.write_text(re.sub(r"\d+", "999", kept, count=1))
    for command in (["commit", tmp_path / "good.h5"], ["log"], ["gc"], ["verify"], ["checkout", "good@v1", "-o", tmp_path / "x.h5"]):
        done = used.run(*command)
        assert done.returncode in documented and "999" in done.stderr, f"{command}: exit {done.returncode} {done.stderr}"
    mark.write_text(kept)
    used.is_sound()


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "", ".", "..", "a/../b", "-rf", "a@b", "a\u202eb", "x" * 2000])
def test_names_that_would_mislead(name, used, documented, tmp_path):
    for arguments in (["commit", tmp_path / "good.h5", f"--model={name}"], ["alias", name, "good@v1"]):
        done = used.run(*arguments)
        assert done.returncode in documented, f"{arguments}: exit {done.returncode}"
        assert "\x1b" not in done.stderr and "\u202e" not in done.stderr
    assert used.versions("good") == {1}


def test_control_characters_never_reach_the_terminal(used, tmp_path):
    path = tmp_path / "odd\x1b[2J\nname.h5"
    shutil.copy(tmp_path / "good.h5", path)
    done = used.run("commit", path, "--model", "odd", "-m", "text\x1b[2J", "--tag", "k=v\x1b[2J")
    shown = done.stdout + done.stderr
    for command in (["log", "odd"], ["show", "odd@v1"], ["models"]) if done.returncode == 0 else ():
        shown += used.ok(*command)
    assert "\x1b" not in shown


def test_checkout_overwrites_nothing(used, documented, tmp_path):
    target = tmp_path / "mine.h5"
    target.write_text("mine")
    done = used.run("checkout", "good@v1", "-o", target)
    assert done.returncode == 73 and 73 in documented and "mine.h5" in done.stderr, done.stderr
    assert target.read_text() == "mine"
    used.ok("checkout", "good@v1", "-o", target, "--force")
    assert target.read_bytes() == (tmp_path / "good.h5").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.h5", "mine.h5", "registry"], "something was left beside it"


@pytest.mark.parametrize("reference", ["v2", "good@v9", "absent@v1", "good@champion", "v1~5", "0123abcd", "good@v0", "good@v99999999999999999999"])
def test_references_that_name_nothing(reference, used, documented):
    for command in ("show", "checkout", "rm"):
        done = used.run(command, reference)
        assert done.returncode in documented and done.returncode != 0, f"{command}: exit {done.returncode} {done.stderr}"
    assert used.versions("good") == {1}


def test_damage_in_the_store_is_found_and_named(used, documented, tmp_path):
    files = [path for part in ("blobs", "packs") for path in (used.folder / ".registry" / part).rglob("*") if path.is_file()]
    assert files
    for path in files:
        kept = path.read_bytes()
        os.chmod(path, 0o644)
        path.write_bytes(kept[: len(kept) // 2] + bytes([kept[len(kept) // 2] ^ 1]) + kept[len(kept) // 2 + 1:])
        done = used.run("verify", "--full")
        assert done.returncode == 1, f"{path.name}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert used.run("checkout", "good@v1", "-o", tmp_path / "bad.h5").returncode in documented
        assert not (tmp_path / "bad.h5").exists(), "damaged bytes were handed out"
        path.write_bytes(kept)
        used.is_sound()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def unprivileged(program):
    """A registry that belongs to nobody, and the way to run the program as that user."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="registry-nobody-"))
    os.chmod(folder, 0o755)
    copy = folder / "program"
    shutil.copy(program, copy)
    os.chmod(copy, 0o755)
    made = Registry(copy, folder / "registry")
    made.folder.mkdir()
    os.chown(made.folder, NOBODY, NOBODY)
    made.as_nobody = lambda *arguments: made.run(*arguments, user=NOBODY, group=NOBODY, extra_groups=[], cwd=folder)
    write_model(folder / "good.h5", seed=1)
    done = made.as_nobody("commit", folder / "good.h5", "--model", "good")
    assert done.returncode == 0, done.stderr
    yield made, folder
    shutil.rmtree(folder)


@needs_root
def test_no_permission(unprivileged, documented):
    registry, folder = unprivileged
    secret = write_model(folder / "secret.h5", seed=2)
    os.chmod(secret, 0)
    done = registry.as_nobody("commit", secret, "--model", "good")
    assert done.returncode in documented and "secret.h5" in done.stderr, f"exit {done.returncode}: {done.stderr}"
    done = registry.as_nobody("checkout", "good@v1", "-o", folder / "out.h5")
    assert done.returncode in documented and "out.h5" in done.stderr, f"exit {done.returncode}: {done.stderr}"
    shutil.copy(folder / "good.h5", folder / "more.h5")
    for path in [registry.folder / ".registry", *(registry.folder / ".registry").rglob("*")]:
        os.chown(path, 0, 0)
    done = registry.as_nobody("commit", write_model(folder / "more.h5", seed=3), "--model", "good")
    assert done.returncode in documented, f"exit {done.returncode}: {done.stderr}"
    assert registry.versions("good") == {1}
    registry.is_sound()


@needs_root
def test_no_space_left(program, documented, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        registry = Registry(program, disk / "registry")
        registry.ok("init", registry.folder)
        held = {}
        for number in range(1, 60):
            path = write_model(tmp_path / f"{number}.h5", seed=number, width=128)
            done = registry.run("commit", path, "--model", "m")
            if done.returncode != 0:
                break
            held[number] = path
        assert held and done.returncode in documented and "space" in done.stderr.lower(), f"exit {done.returncode}: {done.stderr}"
        assert registry.versions("m") == set(held)
        subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
        registry.is_sound()
        for number, original in held.items():
            registry.gives_back(f"m@v{number}", original, tmp_path / "back.h5")
        registry.ok("commit", path, "--model", "m")
    finally:
        subprocess.run(["umount", disk], check=True)
