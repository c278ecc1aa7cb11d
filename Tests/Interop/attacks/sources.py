"""Items 45 to 47: pickles under other names, folders with what no model has, and files that somebody writes to."""
import hashlib, io, os, pickle, socket, unicodedata, zipfile

import h5py
import numpy as np

from . import saved_models
from .case import FORMAT, MARKER, SOURCE, SOURCE_CHANGED, UNSAFE_PATH, Case, attack, each
from .safetensors_files import safetensors, tensor

PICKLE = frozenset({"pickle"})


class Inert:
    """Unpickles to a call, as what harms does; this one harms nobody."""

    def __reduce__(self):
        return len, (MARKER,)


def array_file(values):
    held = io.BytesIO()
    np.save(held, values, allow_pickle=True)
    return held.getvalue()


OBJECTS = array_file(np.array([Inert(), None], dtype=object))
FLOATS = array_file(np.arange(4, dtype="<f4"))
PICKLED = pickle.dumps({"weights": Inert()}, 4)


def archive(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return held.getvalue()


TORCH = archive({"model/data.pkl": PICKLED, "model/byteorder": b"little", "model/data/0": bytes(16), "model/version": b"3\n"})


@attack(45, "control")
def sound_arrays(folder):
    path = folder / "model.npz"
    path.write_bytes(archive({"kernel.npy": FLOATS}))
    return Case(path, tensors=frozenset({hashlib.sha256(np.arange(4, dtype="<f4").tobytes()).hexdigest()}))


@each(45, {"object-array": ("model.npy", OBJECTS), "object-in-npz": ("model.npz", archive({"kernel.npy": FLOATS, "evil.npy": OBJECTS})),
           "only-objects-in-npz": ("model.npz", archive({"evil.npy": OBJECTS})),
           "pickle-in-npz": ("model.npz", archive({"kernel.npy": FLOATS, "evil.pkl": PICKLED})),
           "pt": ("model.pt", TORCH), "pt-as-keras": ("model.keras", TORCH), "pt-before-1.6": ("model.pt", pickle.dumps(0x1950A86A20F9469CFC6C, 2) + PICKLED),
           "pkl-as-h5": ("model.h5", PICKLED), "pkl-as-safetensors": ("model.safetensors", PICKLED), "pkl-as-keras": ("model.keras", PICKLED),
           "protocol-0-as-h5": ("model.h5", pickle.dumps({"weights": Inert()}, 0))})
def a_pickle(folder, named):
    name, data = named
    (folder / name).write_bytes(data)
    return Case(folder / name, refused=FORMAT, flagged=PICKLE)


def plain(folder):
    """A sound SavedModel, and the folder of its assets."""
    path = saved_models.write(folder, saved_models.EMPTY_GRAPH)
    (path / "assets").mkdir()
    return path, path / "assets"


def fifo(assets):
    os.mkfifo(assets / "x")


def bound(assets):
    # The address of a socket is at most 107 bytes long; through /proc it is short wherever `assets` is.
    folder = os.open(assets, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{folder}/x")
    os.close(folder)


def device(assets):
    (assets / "x").symlink_to("/dev/zero")


def real_device(assets):
    os.mknod(assets / "x", 0o020666, os.makedev(1, 5))


def loop(assets):
    (assets / "x").symlink_to("x")


def loop_of_folders(assets):
    (assets / "x").symlink_to("..")


def sparse(assets):
    with open(assets / "x", "wb") as file:
        try:
            file.truncate(2**44)
        except OSError:  # ext4's files end just before that
            file.truncate(2**44 - 4096)


def case_twins(assets):
    (assets / "Words.txt").write_text("a")
    (assets / "words.txt").write_text("b")


def normal_form_twins(assets):
    for form in ("NFC", "NFD"):
        (assets / unicodedata.normalize(form, "mots-fran\u00e7ais.txt")).write_text(form)


ODD = {"fifo": fifo, "socket": bound, "device-link": device, "symlink-loop": loop, "symlink-to-parent": loop_of_folders, "sparse-16-tib": sparse,
       "case-twins": case_twins, "nfc-nfd-twins": normal_form_twins}
if os.geteuid() == 0:
    ODD["device"] = real_device


@each(46, ODD)
def an_odd_folder(folder, spoil):
    path, assets = plain(folder)
    spoil(assets)
    return Case(path, refused=UNSAFE_PATH | SOURCE)


@each(46, {"link-to-device": "/dev/zero", "link-to-itself": "model.h5"})
def a_link_in_the_models_place(folder, target):
    (folder / "model.h5").symlink_to(target)
    return Case(folder / "model.h5", refused=UNSAFE_PATH | SOURCE)


@attack(46, "unreadable")
def a_file_that_may_not_be_read(folder):
    path, assets = plain(folder)
    (assets / "x").write_text(MARKER)
    (assets / "x").chmod(0)
    return Case(path, refused=UNSAFE_PATH | SOURCE, unprivileged=True)


@attack(46, "unreadable-folder")
def a_folder_that_may_not_be_read(folder):
    path, assets = plain(folder)
    (assets / "x").write_text(MARKER)
    assets.chmod(0)
    return Case(path, refused=UNSAFE_PATH | SOURCE, unprivileged=True)


BIG = (8, 1024, 1024)


@attack(47, "safetensors")
def a_safetensors_file_that_changes(folder):
    path = folder / "model.safetensors"
    data = np.ones(BIG, "<f4").tobytes()
    path.write_bytes(safetensors({"a": tensor(BIG, 0, len(data))}, data))
    return Case(path, refused=SOURCE_CHANGED, rewritten=(path, path.stat().st_size - 4))


@attack(47, "h5")
def an_h5_file_that_changes(folder):
    path = folder / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.ones(BIG, "<f4").reshape(1024, -1))
        at = file["layers/dense/vars/0"].id.get_offset()
    return Case(path, refused=SOURCE_CHANGED, rewritten=(path, at + 8))


@attack(47, "asset")
def an_asset_that_changes(folder):
    path, assets = plain(folder)
    (assets / "words.txt").write_bytes(b"word\n" * (8 << 20))
    return Case(path, refused=SOURCE_CHANGED, rewritten=(assets / "words.txt", 5 << 20))
