"""Makes old-registry.tar.xz: a registry as the program wrote it before there were coded blobs, with the files that it was given.

    git worktree add ../before c9cab78 && swift build -c release --package-path ../before
    python make_old_registry.py ../before/.build/release/registry
"""
import pathlib, subprocess, sys, tarfile, tempfile

import h5py
import numpy as np

from tiny import write_model

HERE = pathlib.Path(__file__).parent


def write(path, number):
    """Tensors with so few values that the archive is small: two of them in files of their own, of which one changes."""
    write_model(path, seed=number, layers=2, width=192)
    with h5py.File(path, "a") as file:
        for layer, changes in (("dense_0", 0), ("dense_1", number)):
            group = file[f"model_weights/{layer}/{layer}"]
            group["kernel:0"][...] = (np.arange(192 * 192) // 64 % 61 + changes).reshape(192, 192) / np.float32(64)
            group["bias:0"][...] = np.arange(192) / np.float32(32) + changes
    return path


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def run(*arguments):
            subprocess.run([program, *map(str, arguments), "--registry", folder / "registry"], check=True)

        subprocess.run([program, "init", folder / "registry"], check=True)
        for number in range(1, 5):
            run("commit", write(folder / f"{number}.h5", number), "--model", "m", "--metric", f"loss=0.{9 - number}")
        run("alias", "best", "m@v3")
        run("rm", "m@v2")
        with tarfile.open(HERE / "old-registry.tar.xz", "w:xz", preset=9) as archive:
            for name in ["registry", *(f"{number}.h5" for number in range(1, 5))]:
                archive.add(folder / name, name, filter=nobodys)


def nobodys(member):
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main(sys.argv[1])
