#!/usr/bin/env python3
"""Writes Sources/KerasGraph/Generated/Operation.swift: the signatures of TensorFlow's operations, out of its own registry.

Only those that are named somewhere in Sources/KerasGraph, as `.matMul`, are written. Run it with the Python of the interop tests, from
anywhere, after the first use of another.
"""
import re
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework import op_def_registry

SOURCES = Path(__file__).resolve().parents[3] / "Sources/KerasGraph"
OUT = SOURCES / "Generated/Operation.swift"
KEYWORDS = {"any", "case", "for", "if", "switch", "where", "while", "repeat", "self", "in", "default"}
KINDS = {types_pb2.DT_FLOAT: "float32", types_pb2.DT_DOUBLE: "float64", types_pb2.DT_HALF: "float16"}


def case(name):
    """As Swift spells it: `matMul` of MatMul, `rGBToHSV` of RGBToHSV."""
    return re.sub(r"^[A-Z]+(?=[A-Z][a-z0-9])|^[A-Z]", lambda m: m.group().lower(), name)


def kind(number):
    return KINDS.get(number) or types_pb2.DataType.Name(number)[3:].lower()


def argument(a):
    if a.type_list_attr:
        return f"{a.name}:{a.type_list_attr}..."
    what = a.type_attr or "=" + kind(a.type)
    return f"{a.name}:{a.number_attr}*{what}" if a.number_attr else f"{a.name}:{what}"


used = set()
for path in SOURCES.rglob("*.swift"):
    if path != OUT:
        used |= set(re.findall(r"\.`?([a-z]\w*)", path.read_text()))
operations = {name: op_def_registry.get(name) for name in dir(tf.raw_ops) if case(name) in used}
operations = {name: op for name, op in operations.items() if op and not any(a.is_ref for a in [*op.input_arg, *op.output_arg])}

with OUT.open("w") as f:
    f.write("// Made by Tests/KerasGraphTests/Fixtures/make_operation_table.py of TensorFlow's registry.\n// swift-format-ignore-file\n\n"
            "/// TensorFlow's operations, as its registry names them.\nenum Operation: String, CaseIterable {\n")
    for name in sorted(operations):
        f.write(f'  case {f"`{case(name)}`" if case(name) in KEYWORDS else case(name)} = "{name}"\n')
    f.write("}\n\nextension Operation {\n  /// What each takes and gives: `name:T` for a type that the attribute `T` says, `name:=bool` for bools,\n"
            "  /// `name:N*T` for as many as the attribute `N` says, `name:Tin...` for a list of types.\n  static let signatures: [Operation: String] = [\n")
    for name, op in sorted(operations.items()):
        signature = " ".join(map(argument, op.input_arg)) + " -> " + " ".join(map(argument, op.output_arg))
        f.write(f'    .{case(name)}: "{signature.strip()}",\n')
    f.write("  ]\n}\n")
print(len(operations))
