"""What a generator gives, and the list of them."""
import dataclasses, pathlib
from collections.abc import Callable

# What canary files hold. It must never be printed.
MARKER = "CANARY-0b9d61f4c2"

# The codes of errors, by the names that the list of attacks gives them.
FORMAT = frozenset({"malformed", "truncated", "not-a-model"})
LIMIT = frozenset({"limit"})
UNSAFE_LINK = frozenset({"unsafe-link"})
UNSAFE_PATH = frozenset({"unsafe-path"})
AMBIGUOUS = frozenset({"ambiguous"})
UNSUPPORTED = frozenset({"unsupported"})
INTEGRITY = frozenset({"integrity"})
SOURCE = frozenset({"source-refused", "not-found", "no-permission"})
SOURCE_CHANGED = frozenset({"source-changed"})

# The exit status of each code that has not 65.
EXIT_STATUS = {"not-found": 66, "source-changed": 75, "no-permission": 77}


@dataclasses.dataclass(frozen=True)
class Case:
    """A source and what must become of it. With neither `refused` nor `flagged` it is a control: accepted, without a carrier of code."""

    path: pathlib.Path
    # The codes of which one must be the refusal's.
    refused: frozenset = frozenset()
    # The kinds of which one must be among the findings. With `refused` as well, either will do.
    flagged: frozenset = frozenset()
    # What the location and detail of that finding must name.
    where: tuple = ()
    # All files of the source, when `path` is neither a file nor a folder with just them.
    files: tuple = ()
    # SHA-256 of tensors that the version must have.
    tensors: frozenset = frozenset()
    # Takes a byte of a file: it is changed all the time that the commit runs.
    rewritten: tuple = ()
    # Whether the commit must run as a user without privileges.
    unprivileged: bool = False
    # Called when the commit has ended: fails if something was reached that should not.
    after: Callable = lambda: None


CASES: dict[str, Callable[[pathlib.Path], Case]] = {}


def attack(item, name, *arguments):
    """Registers a generator as an item's case. It is called with the folder, then `arguments`."""

    def register(make):
        key = f"{item}-{name}"
        assert key not in CASES, key
        CASES[key] = lambda folder: make(folder, *arguments)
        return make

    return register


def each(item, variants):
    """Registers a generator once for each of `variants`: name -> its argument."""

    def register(make):
        for name, argument in variants.items():
            attack(item, name, argument)(make)
        return make

    return register
