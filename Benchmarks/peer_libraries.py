#!/usr/bin/env python3
"""Keeps one file with a library that has no program of its own. Runs in the peers' venv.

    peer_libraries.py xet   STORE FILE
    peer_libraries.py zipnn OUT FILE bfloat16|float32 [PREVIOUS]

With PREVIOUS, ZipNN gets the exclusive or of both files. Prints what it took as JSON: the start of Python and the import, up to two seconds,
are not in it.
"""
import json, pathlib, sys, time


def xet(store, file):
    import hf_xet
    return lambda: hf_xet.upload_files([file], f"local://{store}", None, None, None, "model")


def zipnn(out, file, number_type, previous=None):
    import numpy
    from zipnn import ZipNN

    def keep():
        bytes_ = numpy.fromfile(file, dtype="uint8")
        if previous:
            before = numpy.fromfile(previous, dtype="uint8")
            if len(before) == len(bytes_):
                bytes_ ^= before
        # It reorders its input in place.
        pathlib.Path(out).write_bytes(ZipNN(input_format="byte", bytearray_dtype=number_type).compress(bytearray(bytes_)))
    return keep


def main():
    keep = {"xet": xet, "zipnn": zipnn}[sys.argv[1]](*sys.argv[2:])
    started, cpu = time.perf_counter(), time.process_time()
    keep()
    json.dump({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}, sys.stdout)


if __name__ == "__main__":
    main()
