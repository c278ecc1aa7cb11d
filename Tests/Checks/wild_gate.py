#!/usr/bin/env python3
"""Fails unless every model of a wild.py report was committed, has all its tensors, and came back byte for byte.

    wild_gate.py REPORT.tsv [ID=REASON …]        (lines: id, kind, column, mark, why)

A model whose id has ID in it must instead be refused, and REASON be in what the program said.
"""
import csv, sys

MUST_HOLD = ("commit", "tensors", "byte-exact")


def main(path, *refused):
    with open(path) as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for part, reason in (rule.split("=", 1) for rule in refused):
        rows = [row for row in rows
                if not (part in row[0] and row[2:4] == ["commit", "no"] and reason in row[4]) and
                not (part in row[0] and row[2] == "seconds")]
    marks = {(row[0], row[2]): row[3] for row in rows}
    models = sorted({row[0] for row in rows})
    # A model with no mark at all in a column counts as failed, but for tensors: some files have no oracle.
    failed = [(model, column) for model in models for column in MUST_HOLD
              if marks.get((model, column), "ok" if column == "tensors" else "missing") != "ok"]
    for model, column in failed:
        print(f"{model}: {column} does not hold", file=sys.stderr)
    if not models:
        print(f"{path}: no model was tried", file=sys.stderr)
    return 1 if failed or not models else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
