"""The attack corpus: hostile files, and what the program must say of each. Nothing in them does harm when it is run.

`CASES` has every generator under its id (`27-trailing-data`). A generator takes an empty folder and gives a Case.
"""
from . import archives, checkpoints, hdf5_files, safetensors_files, saved_models, sources  # noqa: F401
from .case import CASES, Case, MARKER

__all__ = ["CASES", "Case", "MARKER"]
