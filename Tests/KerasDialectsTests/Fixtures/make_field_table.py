"""Prints Sources/KerasDialects/Generated/FieldTables.swift: the fields that every class of Keras 3
and tf_keras takes, with their defaults as get_config() gives them. Made with 3.15.1 and 2.21.0.

    python make_field_table.py > ../../../Sources/KerasDialects/Generated/FieldTables.swift

A field is what get_config() of an instance has, and what a constructor takes beside that, if
from_config() does. A class on whose construction scipy or another absent library is needed is
listed with the fields of its constructor.
"""
import inspect
import json
import os
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
warnings.filterwarnings("ignore")

import keras
import tf_keras

KINDS = {
    keras: [
        "layers", "initializers", "regularizers", "constraints", "losses", "metrics",
        "optimizers", "optimizers.schedules",
    ],
    tf_keras: [
        "layers", "initializers", "regularizers", "constraints", "losses", "metrics",
        "optimizers", "optimizers.schedules", "layers.experimental",
    ],
}
# Bases, and wrappers of code that is not Keras'.
# Configurations have the name that the library exports the class by, not the class's own.
EXPORTED_OTHERWISE = {"GroupQueryAttention"}
SKIPPED = set(
    """
    InputSpec Layer AbstractRNNCell DenseFeatures Initializer Regularizer Constraint Loss Metric
    Optimizer LearningRateSchedule JaxLayer FlaxLayer TorchModuleWrapper TFSMLayer Wrapper
    ReductionV2 DynamicEmbedding DynamicLookup OptimizerMap MultiOptimizer
    """.split()
)
# Values for arguments without a default.
ARGUMENTS = {
    "units": 2, "filters": 2, "kernel_size": 3, "rate": 0.5, "axes": -1, "input_dim": 4,
    "output_dim": 3, "dims": [1], "n": 2, "target_shape": [4], "height": 4, "width": 4,
    "factor": 0.25, "num_bins": 4, "num_heads": 2, "key_dim": 2, "head_dim": 4,
    "num_query_heads": 4, "num_key_value_heads": 2, "equation": "ab,bc->ac", "output_shape": 3,
    "stddev": 0.1, "activation": "relu", "scale": 0.5, "layers": [], "output_size": 2,
    "height_factor": 0.2, "width_factor": 0.2, "num_tokens": 4, "low": 0, "num_ops": 2, "value_range": [0, 255], "addition_factor": 0.1, "max_number": 4,
    "num_classes": 2, "precision": 0.5, "recall": 0.5, "sensitivity": 0.5, "specificity": 0.5,
    "target_class_ids": [0], "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5,
    "first_decay_steps": 10, "boundaries": [1], "values": [0.1, 0.2], "name": "float32",
    "normalizer": [1.0, 1.0], "pool_size": 2, "alpha": 0.1, "mode": "int8",
    "source_name": "float32", "max_boxes": 2,
}
MADE = {
    "layer": lambda lib, name: lib.layers.LSTM(2) if name == "Bidirectional" else lib.layers.Dense(2),
    "backward_layer": None,
    "cell": lambda lib, name: lib.layers.LSTMCell(2),
    "cells": lambda lib, name: [lib.layers.LSTMCell(2)],
    "inner_optimizer": lambda lib, name: lib.optimizers.SGD(),
    "fn": lambda lib, name: lib.losses.mean_squared_error,
    "function": lambda lib, name: lib.activations.relu,
}
OPTIONAL = {
    "InputLayer": {"shape": [3]}, "CategoryEncoding": {"num_tokens": 4},
    "Discretization": {"bin_boundaries": [1.0]}, "RandomPosterization": {"factor": 4},
}
# What constructors take without naming it, when they do.
UNNAMED = {"zero_output_for_mask": False, "activity_regularizer": None}
# Parameters that are handed on between constructors and never given from outside.
INTERNAL = {"self", "rank", "conv_op", "pool_function", "pool_mode", "pool_dimensions", "weights",
            "dynamic", "cell", "filters", "force_generator", "adjustment", "fn"}


def is_internal(name, config):
    return name in INTERNAL and name not in config


def arguments(lib, cls):
    found = dict(OPTIONAL.get(cls.__name__, {}))
    if cls.__name__ == "InputLayer" and lib is tf_keras:
        return {"input_shape": [3]}
    for parameter in inspect.signature(cls.__init__).parameters.values():
        variadic = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if variadic or parameter.name == "self" or parameter.name in found:
            continue
        if parameter.default is parameter.empty:
            name = parameter.name
            made = MADE.get(name)
            found[name] = made(lib, cls.__name__) if made else ARGUMENTS.get(name, "?" + name)
    return found


def parameters(cls):
    """Parameters of the constructors as far as keyword arguments are handed on."""
    found = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        variadic = False
        for parameter in inspect.signature(base.__init__).parameters.values():
            if parameter.kind == parameter.VAR_KEYWORD:
                variadic = True
            elif parameter.kind != parameter.VAR_POSITIONAL:
                found.setdefault(parameter.name, parameter.default)
        if not variadic:
            break
    return found


def plain(value):
    """A default without what is only the writing library's: modules and names."""
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            return {"class_name": value["class_name"], "config": plain(value["config"])}
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def text(value):
    written = json.dumps(plain(value), separators=(",", ":"), sort_keys=True)
    assert " " not in written, written
    return written


def is_taken(cls, config, name, value):
    try:
        cls.from_config({**json.loads(json.dumps(config)), name: value})
        return True
    except Exception:
        return False


def fields(lib, cls):
    """Names to default values; names of what must be given to None. What get_config() does not
    write bears a plus sign."""
    known = parameters(cls)
    required = {name for name, value in known.items() if value is inspect.Parameter.empty}
    try:
        serialized = lib.saving.serialize_keras_object(cls(**arguments(lib, cls)))
        config = json.loads(json.dumps(serialized["config"], default=str))
    except ImportError:
        config = {}
    found = {}
    for name, value in config.items():
        given = name in required or name in arguments(lib, cls) or name == "name"
        own = name in MADE or name in ("module", "output_shape_module")
        found[name] = None if given or own else text(value)
    for name, default in {**UNNAMED, **known}.items():
        if name in found or is_internal(name, config) or name == "weights":
            continue
        value = None if default is inspect.Parameter.empty else default
        try:
            written = text(value)
        except TypeError:
            continue
        if not config or is_taken(cls, config, name, value):
            found["+" + name] = written
    return found


def line(kind, name, module, found):
    words = [kind, name, module]
    words += [key if value is None else f"{key}={value}" for key, value in found.items()]
    return " ".join(words)


def lines(lib):
    seen = set()
    for kind in KINDS[lib]:
        module = lib
        for part in kind.split("."):
            module = getattr(module, part)
        family = kind.split(".")[0] if kind.startswith("layers") else kind
        for name, cls in sorted(vars(module).items()):
            if not inspect.isclass(cls) or name in SKIPPED:
                continue
            if name != cls.__name__ and name not in EXPORTED_OTHERWISE:
                continue
            if (family, name) in seen:
                continue
            seen.add((family, name))
            yield line(family.split(".")[-1], name, "keras." + kind, fields(lib, cls))
    from_lib = aliases(lib)
    for kind, names in from_lib.items():
        yield " ".join([kind, "-", "-", *names])


def aliases(lib):
    """Names by which functions are known, as `name`, or `name=` and the function's own name."""
    probes = {
        "activation": lib.activations.get, "loss": lib.losses.get, "metric": lib.metrics.get,
        "initializer": lib.initializers.get,
    }
    words = set()
    for module in (
        lib.activations, lib.losses, lib.metrics, lib.initializers,
    ):
        words |= {name for name in vars(module) if not name.startswith("_")}
    words |= set(
        """
        acc accuracy bce BCE mse MSE mae MAE mape MAPE msle MSLE kld KLD ce crossentropy logcosh
        cosine cosine_proximity cosine_similarity poisson hinge huber huber_loss log_cosh
        kullback_leibler_divergence mean_squared_error mean_absolute_error kl_divergence
        mean_absolute_percentage_error mean_squared_logarithmic_error bin_acc binary_accuracy
        categorical_accuracy sparse_categorical_accuracy top_k_categorical_accuracy bacc
        sparse_top_k_categorical_accuracy cat_acc sparse_categorical_crossentropy
        squared_hinge categorical_hinge binary_crossentropy categorical_crossentropy
        binary_focal_crossentropy categorical_focal_crossentropy softmax relu tanh sigmoid
        hard_sigmoid linear elu selu softplus softsign exponential swish silu gelu mish relu6
        leaky_relu log_softmax celu glu hard_tanh hard_shrink hard_silu hard_swish log_sigmoid
        soft_shrink sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink threshold
        zero one zeros ones uniform normal constant identity orthogonal random_uniform
        random_normal truncated_normal variance_scaling glorot_uniform glorot_normal he_normal
        he_uniform lecun_normal lecun_uniform
        """.split()
    )
    found = {}
    for kind, get in probes.items():
        names = []
        for word in sorted(words - {"get", "serialize", "deserialize"}):
            try:
                function = get(word)
            except Exception:
                continue
            if callable(function):
                own = getattr(function, "__name__", type(function).__name__)
                names.append(word if own == word else f"{word}={own}")
        found[kind] = names
    return found


def main():
    print("// Made by Tests/KerasDialectsTests/Fixtures/make_field_table.py. Do not edit.")
    print("// swift-format-ignore-file")
    print("")
    print("/// What the classes of each generation take, a class a line: its kind, name and module, then")
    print("/// its fields, with their defaults where there are any; a plus sign is before those that")
    print("/// get_config() does not write. Last, lines of functions' names.")
    print("enum FieldTables {")
    for name, lib in (("keras2", tf_keras), ("keras3", keras)):
        print(f'  static let {name} = #"""')
        for row in lines(lib):
            print("    " + row)
        print('    """#')
    print("}")


main()
