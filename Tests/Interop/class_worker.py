#!/usr/bin/env python3
"""Builds every class of one Keras, saves it in a tiny model, and loads what was exported: class_worker.py keras2|keras3

Each line that it is given is a JSON list of a command and its arguments, and it answers each with a line:

    ["write", FOLDER, KINDS]            saves all, or those of some kinds; gives KIND.CLASS -> facts
    ["write_one", FOLDER, CASE, INDEX]  saves one variant of it alone, as CASE.INDEX; gives its facts
    ["load", FOLDER, CASE, PATH]        loads PATH and holds it against what the writer of CASE computed

Facts: "file"; "configs", what get_config gives, in order; "variants", how many there are; "error" where nothing was saved.
Beside each file lies CASE.npz with the inputs, and what they give.
"""
import gc, inspect, json, os, pathlib, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import numpy as np
import tensorflow as tf

from class_cases import DEFAULT_INPUTS, LEFT_OUT, argument_cases, layer_cases

IS3 = sys.argv[1] == "keras3"
if IS3:
    import keras as k
else:
    import tf_keras as k
ENDINGS = (".keras",) if IS3 else (".h5", ".keras")
LAYERS, ARGUMENTS = layer_cases(k, IS3), argument_cases(k, IS3)
gc.freeze()  # clear_session collects; what TensorFlow loaded need not be looked at each time.
BATCH = 4


def module(kind):
    found = k
    for name in kind.split("."):
        found = getattr(found, name, None)
    return found


def classes(kind):
    """The names of a module's classes, each class once, by its own name if it has that there."""
    found, left = {}, LEFT_OUT.get(kind, {})
    for name in sorted(dir(module(kind)) if module(kind) else []):
        value = getattr(module(kind), name)
        is_wanted = inspect.isfunction(value) if kind == "activations" else inspect.isclass(value)
        if is_wanted and not name.startswith("_") and (value not in found or name == value.__name__):
            found[value] = name
    return [name for name in found.values() if name not in left and name not in ("get", "serialize", "deserialize")]


def random_input(spec, random):
    kind, shape = spec
    if kind == "string":
        return np.array(["a", "b", "c", "a b"], dtype="U").reshape(BATCH, *shape)
    if kind == "int":
        return random.integers(0, 9, (BATCH, *shape)).astype("int32")
    return random.random((BATCH, *shape), dtype="float32")


def symbolic(spec, index):
    dtype = {"int": "int32", "float": "float32", "string": "string" if IS3 else tf.string}[spec[0]]
    return k.Input(spec[1], dtype=dtype, name=f"input_{index}")


def plain(value):
    """Arrays of what a model gives, whatever it gives."""
    def dense(tensor):
        if isinstance(tensor, tf.RaggedTensor):
            tensor = tensor.to_tensor()
        return tf.sparse.to_dense(tensor).numpy() if isinstance(tensor, tf.SparseTensor) else np.asarray(tensor)
    return [dense(tensor) for tensor in tf.nest.flatten(value)]


def computed(model, inputs):
    given = [tf.constant(value) for value in inputs]
    return plain(model(given if len(given) > 1 else given[0], training=False))


def as_json(value):
    if hasattr(value, "items"):
        return dict(value.items())
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return value.tolist() if hasattr(value, "tolist") else getattr(value, "name", None) or getattr(value, "__name__", None) or str(value)


def configs(objects):
    return json.loads(json.dumps([item.get_config() for item in objects], default=as_json))


def save(model, folder, case, inputs, outputs, **facts):
    for ending in ENDINGS:
        try:
            model.save(folder / (case + ending))
        except Exception as error:
            (folder / (case + ending)).unlink(missing_ok=True)
            facts["error"] = f"{type(error).__name__}: {error}"[:300]
            continue
        np.savez(folder / (case + ".npz"), **{f"in{i}": v for i, v in enumerate(inputs)}, **{f"out{i}": v for i, v in enumerate(outputs)})
        return {**facts, "file": case + ending, "error": None}
    return facts


def layer_model(name, index):
    """A model in which each variant takes the inputs: (model, layers, specs of the inputs)."""
    entries = [LAYERS[name]] if name in LAYERS else [(specs, lambda: [getattr(k.layers, name)()]) for specs in DEFAULT_INPUTS]
    for number, (specs, make, *call) in enumerate(entries):
        call = call[0] if call else (lambda layer, xs: layer(xs[0] if len(xs) == 1 else xs))
        try:
            inputs, layers = [symbolic(spec, i) for i, spec in enumerate(specs)], make()
            layers = layers if index is None else [layers[index]]
            outputs = tf.nest.flatten([call(layer, inputs) for layer in layers])
            return k.Model(inputs, outputs, name="small"), layers, specs
        except Exception:
            if number == len(entries) - 1:
                raise


def write_layer(folder, case, name, index):
    model, layers, specs = layer_model(name, index)
    random = np.random.default_rng(7)
    for weight in model.weights:
        if "float" in str(weight.dtype) and name != "Normalization":  # which computes others of them when it is built
            weight.assign(random.random(tuple(weight.shape)).astype("float32") + np.float32(0.1))
    inputs = [random_input(spec, random) for spec in specs]
    return save(model, folder, case, inputs, computed(model, inputs), configs=configs(layers), variants=len(layers))


def small_model(outputs=1):
    x = k.Input((4,), name="x")
    given = [k.layers.Dense(3, activation="softmax", name=f"y{i}")(x) for i in range(outputs)]
    return k.Model(x, given if outputs > 1 else given[0], name="small")


def variants(kind, name, index):
    made = [arguments() if callable(arguments) else arguments for arguments in ARGUMENTS.get(kind, {}).get(name, [{}])]
    return [getattr(module(kind), name)(**arguments) for arguments in (made if index is None else [made[index]])]


def step(model):
    random = np.random.default_rng(11)
    model.run_eagerly = True
    if IS3:
        model.jit_compile = False
    model.train_on_batch(random.random((8, 4), dtype="float32"), random.random((8, 3), dtype="float32"))


def weights(model):
    return [np.asarray(weight) for weight in model.weights]


def write_optimizer(folder, case, optimizer):
    model = small_model()
    model.compile(optimizer, "mse", run_eagerly=True)
    step(model)
    step(model)
    facts = save(model, folder, case, [], [], configs=configs([model.optimizer]), variants=1)
    step(model)
    np.savez(folder / (case + ".npz"), **{f"out{i}": value for i, value in enumerate(weights(model))})
    return facts


def truths(kind, name):
    """What is right and what is predicted, as a loss or metric takes them."""
    random = np.random.default_rng(13)
    scores = random.random((BATCH, 3), dtype="float32") + np.float32(0.1)
    right = np.eye(3, dtype="float32")[[0, 2, 1, 1]]
    if "Sparse" in name or "Generalized" in name:
        return np.array([0, 2, 1, 1]), scores / scores.sum(1, keepdims=True)
    if name == "CTC":
        return np.array([[1, 2], [2, 1], [1, 1], [2, 2]]), random.random((BATCH, 6, 3), dtype="float32")
    if name == "Circle":
        return np.array([0, 0, 1, 1]), scores / np.linalg.norm(scores, axis=1, keepdims=True)
    if name in ("IoU", "MeanIoU", "Accuracy"):
        return np.array([0., 2., 1., 1.], "float32"), np.array([0., 1., 1., 1.], "float32")
    return right, scores / scores.sum(1, keepdims=True)


def values(kind, name, objects):
    right, predicted = truths(kind, name)
    given = []
    for item in objects:
        if kind == "losses":
            given.append(np.asarray(item(right, predicted)))
        else:
            (item.reset_state if hasattr(item, "reset_state") else item.reset_states)()
            item.update_state(*((predicted,) if name in ("Mean", "Sum", "MeanTensor") else (right, predicted)))
            given.append(np.asarray(item.result()))
    return given


def user_metrics(model):
    if IS3:
        return list(tf.nest.flatten(model._compile_metrics._user_metrics))
    return [metric for metric in tf.nest.flatten(model.compiled_metrics._user_metrics)]


def write_compiled(folder, case, kind, name, index):
    objects = variants(kind, name, index)
    if kind == "losses":
        model = small_model(len(objects))
        model.compile("sgd", loss=objects if len(objects) > 1 else objects[0])
    else:
        model = small_model()
        model.compile("sgd", loss="mse", metrics=objects)
    told = configs(objects)
    return save(model, folder, case, [], values(kind, name, objects), configs=told, variants=len(objects))


def write_in_dense(folder, case, kind, name, index):
    """What a layer holds: an initializer, a regularizer, a constraint or an activation."""
    keyword = {"initializers": "bias_initializer" if "Identity" not in name else "kernel_initializer", "regularizers": "kernel_regularizer",
               "constraints": "kernel_constraint", "activations": "activation"}[kind]
    made = [getattr(module(kind), name)] if kind == "activations" else variants(kind, name, index)
    if name in ("Orthogonal", "OrthogonalInitializer", "VarianceScaling", "GlorotNormal", "GlorotUniform"):
        keyword = "kernel_initializer"
    x = k.Input((6,), name="x")
    layers = [k.layers.Dense(4, **{keyword: item}) for item in made]
    model = k.Model(x, [layer(x) for layer in layers], name="small")
    random = np.random.default_rng(7)
    for weight in model.weights:
        weight.assign(random.random(tuple(weight.shape)).astype("float32") * 4 - 2)
    inputs = [random.random((BATCH, 6), dtype="float32") * 4 - 2]
    return save(model, folder, case, inputs, computed(model, inputs), configs=configs(layers), variants=len(layers))


def write_case(folder, case, index=None):
    kind, _, name = case.rpartition(".")
    stored = case if index is None else f"{case}.{index}"
    k.backend.clear_session()
    k.utils.set_random_seed(7)
    try:
        if kind == "layers":
            return write_layer(folder, stored, name, index)
        if kind in ("losses", "metrics"):
            return write_compiled(folder, stored, kind, name, index)
        if kind.startswith("optimizers"):
            count = len(ARGUMENTS.get(kind, {}).get(name, [{}]))
            if index is None and count > 1:  # A model has one optimizer: each is saved alone.
                return {"variants": count, "configs": [], "file": None, "error": None}
            [made] = variants(kind, name, index)
            return write_optimizer(folder, stored, k.optimizers.Adam(made) if kind.endswith("schedules") else made)
        return write_in_dense(folder, stored, kind, name, index)
    except Exception as error:
        return {"file": None, "variants": 0, "configs": [], "error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]}


KINDS = ("layers", "optimizers", "optimizers.legacy", "optimizers.schedules", "losses", "metrics", "initializers", "regularizers",
         "constraints", "activations")


def write(folder, kinds=KINDS):
    facts = {}
    for kind in kinds:
        if not (IS3 and kind == "optimizers.legacy"):  # Keras 3 has the names only, for an error.
            for name in classes(kind):
                facts[f"{kind}.{name}"] = write_case(pathlib.Path(folder), f"{kind}.{name}")
    return facts


def write_one(folder, case, index):
    return write_case(pathlib.Path(folder), case, index)


def load(folder, case, path):
    name = case.rpartition(".")[0] if case.rpartition(".")[2].isdigit() else case  # of a variant
    kind, _, name = name.rpartition(".")
    k.backend.clear_session()
    try:
        model = k.models.load_model(path)
        with np.load(os.path.join(folder, case + ".npz")) as known:
            inputs = [known[f"in{i}"] for i in range(sum(n.startswith("in") for n in known.files))]
            wanted = [known[f"out{i}"] for i in range(len(known.files) - len(inputs))]
        if kind.startswith("optimizers"):
            objects = [model.optimizer]
            told = configs(objects)
            step(model)
            given = weights(model)
        elif kind in ("losses", "metrics"):
            objects = tf.nest.flatten(model.loss) if kind == "losses" else user_metrics(model)
            told, given = configs(objects), values(kind, name, objects)
        else:
            told, given = configs([layer for layer in model.layers if type(layer).__name__ != "InputLayer"]), computed(model, inputs)
        assert len(wanted) == len(given), f"{len(given)} outputs for {len(wanted)}"
        return {"error": None, "configs": told, "difference": max([difference(*pair) for pair in zip(wanted, given)], default=0.0)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:400]}


def difference(wanted, given):
    """The largest, relative to what is wanted where that is over 1; of other shapes infinite."""
    if wanted.shape != given.shape:
        return float("inf")
    if wanted.dtype.kind not in "fiub" or wanted.size == 0:
        return 0.0 if np.array_equal(wanted, given) else float("inf")
    wanted, given = wanted.astype("float64"), given.astype("float64")
    if not np.array_equal(np.isnan(wanted), np.isnan(given)):
        return float("inf")
    return float(np.nanmax(np.abs(wanted - given) / np.maximum(1.0, np.abs(wanted)), initial=0.0))


if __name__ == "__main__":
    COMMANDS = {"write": write, "write_one": write_one, "load": load}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
