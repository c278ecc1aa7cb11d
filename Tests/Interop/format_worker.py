#!/usr/bin/env python3
"""Saves trained models in every format that one Keras has, and loads what was checked out: format_worker.py keras2|keras3

One process for all, for TensorFlow is slow to start. Each line that it is given is a JSON list of a command and its
arguments, and it answers each with a line:

    ["write", FOLDER]          makes FOLDER/<model>/<what each format calls it>; gives model -> facts
    ["write_others", FOLDER]   what TensorFlow writes without Keras; gives nothing
    ["checkpoint", PREFIX]     key -> [dtype, shape, SHA-256] of its numbers, as TensorFlow reads it
    ["same", FOLDER, FOLDER]   whether what is in both, a SavedModel or a file of Keras', predicts the same bits
"""
import hashlib, json, os, pathlib, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import numpy as np
import safetensors.numpy
import tensorflow as tf

IS3 = sys.argv[1] == "keras3"
if IS3:
    import keras
    policy = keras.DTypePolicy
else:
    import tf_keras as keras
    policy = keras.mixed_precision.Policy
layers, optimizers = keras.layers, keras.optimizers
rng = np.random.default_rng(5)


def numbers(*shape):
    return rng.random(shape, dtype="float32")


def tokens(*shape):
    return rng.integers(0, 9, shape).astype("int32")


def sequential():
    return keras.Sequential([layers.Input((6,), name="x"), layers.Dense(5, activation="relu", name="hidden"),
                             layers.Dropout(0.1, name="drop"), layers.Dense(3, name="out")], name="mlp"), optimizers.Adam(0.01), numbers(4, 6)


def convnet():
    image = layers.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv")(image)
    x = skip = layers.BatchNormalization(name="norm")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    x = layers.Add(name="add")([layers.BatchNormalization(scale=False, name="norm_unscaled")(x), skip])
    x = layers.SeparableConv2D(5, 3, name="separable")(x)
    out = layers.Dense(3, name="head")(layers.GlobalAveragePooling2D(name="pool")(x))
    return keras.Model(image, out, name="convnet"), optimizers.SGD(0.01, momentum=0.9), numbers(4, 8, 8, 3)


def nested():
    given = layers.Input((4,), name="given")
    encoder = keras.Model(given, layers.LayerNormalization(name="norm")(layers.Dense(4, name="dense")(given)), name="encoder")
    tail = keras.Sequential([layers.Input((4,)), layers.Dense(3, name="first"), layers.Dense(3, name="last")], name="tail")
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(2, name="shared")
    joined = layers.Concatenate(name="join")([shared(encoder(a)), shared(encoder(b))])
    return keras.Model([a, b], tail(joined), name="nested"), optimizers.Adam(0.01), [numbers(4, 4), numbers(4, 4)]


def text():
    x = words = layers.Input((6,), dtype="int32", name="words")
    x = layers.LSTM(3, name="lstm")(layers.Embedding(9, 4, name="embed")(x))
    return keras.Model(words, layers.Dense(3, name="score")(x), name="text"), optimizers.RMSprop(0.01), tokens(4, 6)


def bidirectional():
    x = series = layers.Input((5, 2), name="series")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both")(x)
    x = layers.GRU(3, name="gru")(x)
    return keras.Model(series, x, name="bidirectional"), optimizers.Adam(0.01), numbers(4, 5, 2)


def cells():
    x = given = layers.Input((5, 3), name="given")
    x = layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], return_sequences=True, name="stack")(x)
    x = layers.TimeDistributed(layers.Dense(2, name="inner"), name="each")(x)
    x = layers.ConvLSTM1D(2, 2, name="conv_lstm")(layers.Reshape((5, 2, 1), name="reshape")(x))
    return keras.Model(given, layers.Dense(3, name="y")(layers.Flatten(name="flat")(x)), name="cells"), optimizers.Adam(0.01), numbers(4, 5, 3)


def attention():
    x = given = layers.Input((5, 8), name="given")
    x = layers.LayerNormalization(name="norm")(layers.Add(name="add")([x, layers.MultiHeadAttention(2, 4, name="attend")(x, x)]))
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    return keras.Model(given, layers.Dense(3, name="y")(x), name="attention"), optimizers.Adam(0.01), numbers(4, 5, 8)


def mixed_bfloat16():
    x = given = layers.Input((4,), name="given")
    x = layers.Dense(4, name="mixed", dtype=policy("mixed_bfloat16"))(x)
    return keras.Model(given, layers.Dense(3, name="y", dtype="float32")(x), name="mixed"), optimizers.Adam(0.01), numbers(4, 4)


def odd_names():
    """Names that have a meaning elsewhere: to a shell, to JSON, in a list. TensorFlow takes none of them into a graph."""
    x = given = layers.Input((4,), name="given")
    x = layers.Dense(4, name="a, b [0]")(x)
    x = layers.Dense(4, name='"quoted" é')(x)
    return keras.Model(given, layers.Dense(3, name="{y}.z")(x), name="odd"), optimizers.Adam(0.01), numbers(4, 4)


MODELS = [sequential, convnet, nested, text, bidirectional, cells, attention, mixed_bfloat16]
if IS3:
    MODELS.append(odd_names)


def digest(value):
    return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()


def slots(model):
    """[list in the optimizer, SHA-256 of the weight, SHA-256 of the slot], as Keras ties them."""
    optimizer, trained, found = model.optimizer, model.trainable_variables, []
    for name in ("_momentums", "_velocities", "momentums", "_average_gradients"):
        members = getattr(optimizer, name, None) or []
        if len(members) == len(trained):
            found += [[name, digest(w.numpy()), digest(s.numpy())] for w, s in zip(trained, members)]
    return found


def scramble(model):
    """Random numbers everywhere, so that equal bytes mean the same variable."""
    optimizer = model.optimizer.variables
    for variable in [*model.weights, *(optimizer() if callable(optimizer) else optimizer)]:
        if "float" in str(variable.dtype):
            variable.assign(np.float32(rng.random(tuple(variable.shape)) + 0.1))


def save(model, folder):
    folder.mkdir()
    model.save(folder / "model.keras")  # first: Keras 3 forgets the optimizer's settings when it saves .h5
    model.save(folder / "model.h5")
    model.save_weights(folder / "model.weights.h5")
    if IS3:
        model.save_weights(folder / "sharded.weights.json", max_shard_size=8e-7)
    else:
        model.save_weights(folder / "weights.h5")
        model.save_weights(folder / "weights_ck")
        model.save(folder / "saved", save_format="tf")
    if not model.run_eagerly:
        model.export(str(folder / "exported"))
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(str(folder / "trained"))
    named = {(w.path if IS3 else w.name.removesuffix(":0")): np.ascontiguousarray(w.numpy()) for w in model.weights}
    safetensors.numpy.save_file({name.replace("/", "."): value for name, value in named.items()}, folder / "model.safetensors")
    np.savez(folder / "model.npz", **{name.replace("/", "."): value for name, value in named.items()})


def write(folder):
    facts = {}
    for make in MODELS:
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        model, optimizer, inputs = make()
        model.compile(optimizer=optimizer, loss="mse", run_eagerly=make is odd_names)
        model.fit(inputs, numbers(4, 3), epochs=2, verbose=0)
        scramble(model)
        save(model, pathlib.Path(folder) / make.__name__)
        facts[make.__name__] = {"weights": sorted(digest(w.numpy()) for w in model.weights), "slots": slots(model),
                                "step": int(model.optimizer.iterations.numpy())}
    keras.backend.clear_session()
    model = lookups()
    model.save(pathlib.Path(folder) / "lookups.keras")
    if IS3:
        model.export(str(pathlib.Path(folder) / "lookups"))
    else:
        model.save(pathlib.Path(folder) / "lookups", save_format="tf")
    return facts


def lookups():
    """Vocabularies, which are no tensors: assets in .keras, tables of strings in a SavedModel."""
    x = given = layers.Input((1,), dtype="string" if IS3 else tf.string, name="given")
    vectors = layers.TextVectorization(output_sequence_length=4, name="words")
    vectors.adapt(["the quick fox", "the lazy dog"])
    lookup = layers.StringLookup(vocabulary=["a", "b"], name="letters")
    words, letters = vectors(x), lookup(x)
    summed = layers.GlobalAveragePooling1D(name="mean")(layers.Embedding(9, 3, name="embed")(words))
    both = layers.Concatenate(name="both")([summed, layers.Flatten(name="flat")(layers.Embedding(5, 2, name="letter")(letters))])
    return keras.Model(given, layers.Dense(2, name="y")(both), name="lookups")


def in_graph(write_it):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        write_it(session)


def write_others(folder):
    folder = pathlib.Path(folder)
    v1 = tf.compat.v1

    def variables(session):
        x = v1.placeholder(tf.float32, (None, 3), name="x")
        with v1.variable_scope("dense"):
            w = v1.get_variable("kernel", initializer=numbers(3, 2), use_resource=False)
        step = v1.get_variable("global_step", initializer=np.int64(12), use_resource=False)
        y = tf.matmul(x, w, name="y")
        session.run(v1.global_variables_initializer())
        return x, y, w, step

    def saver(session):
        variables(session)
        saver = v1.train.Saver(max_to_keep=5)
        for number in (1, 2, 3):
            session.run(v1.global_variables()[0].assign(numbers(3, 2)))
            saver.save(session, str(folder / "named" / "ck"), global_step=number, write_meta_graph=number == 3)

    def simple(session):
        x, y, *_ = variables(session)
        v1.saved_model.simple_save(session, str(folder / "simple"), {"x": x}, {"y": y})

    def bare(session):
        variables(session)
        builder = v1.saved_model.Builder(str(folder / "without_signatures"))
        builder.add_meta_graph_and_variables(session, ["serve", "odd, tag"])
        builder.save()

    def constant(session):
        x = v1.placeholder(tf.float32, (None, 3), name="x")
        v1.saved_model.simple_save(session, str(folder / "without_variables"), {"x": x}, {"y": x + 1.0})

    for name in ("named", "literal", "many"):
        (folder / name).mkdir()
    for write_it in (saver, simple, bare, constant):
        in_graph(write_it)

    class WithAsset(tf.Module):
        def __init__(self):
            (folder / "words.txt").write_text("one\ntwo\nthree\n")
            self.table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(
                str(folder / "words.txt"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER), -1)
            self.w = tf.Variable(numbers(3, 2), name="w")

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="words")])
        def serve(self, words):
            return {"found": self.table.lookup(words), "row": tf.gather(self.w, tf.maximum(self.table.lookup(words), 0))}

    module = WithAsset()
    tf.saved_model.save(module, str(folder / "with_asset"), signatures=module.serve)
    plain = tf.Module()
    plain.values = {"a, b": tf.Variable(numbers(2)), "[0]": tf.Variable(numbers(3)), "c d/e.f": tf.Variable(tf.cast(numbers(4), tf.bfloat16))}
    tf.saved_model.save(plain, str(folder / "without_signature"))
    checkpoint = tf.train.Checkpoint(step=tf.Variable(np.int64(0)), root=plain, words=tf.Variable(["a", "b"]))
    checkpoint.write(str(folder / "literal" / "checkpoint"))
    manager = tf.train.CheckpointManager(checkpoint, str(folder / "many"), max_to_keep=3)
    for number in range(3):
        checkpoint.step.assign(number)
        manager.save()
    return None


def checkpoint(prefix):
    reader = tf.train.load_checkpoint(prefix)
    told = {}
    for key, dtype in reader.get_variable_to_dtype_map().items():
        if dtype != tf.string:
            value = reader.get_tensor(key)
            told[key] = [dtype.name, list(np.shape(value)), digest(value)]
    return told


def predictions(path):
    if os.path.isdir(path):
        loaded = tf.saved_model.load(path)
        serve = loaded.signatures["serving_default"]
        wanted = sorted(serve.structured_input_signature[1].items())
        random = np.random.default_rng(9)
        given = {name: tf.constant(random.integers(0, 9, (3, *spec.shape[1:])).astype("int32") if spec.dtype == tf.int32
                                   else random.random((3, *spec.shape[1:]), dtype="float32")) for name, spec in wanted}
        return [value.numpy() for _, value in sorted(serve(**given).items())]
    model = keras.models.load_model(path)
    random = np.random.default_rng(9)
    given = [random.integers(0, 9, (3, *i.shape[1:])).astype("int32") if "int" in str(i.dtype)
             else random.random((3, *i.shape[1:]), dtype="float32") for i in model.inputs]
    return tf.nest.flatten(model.predict(given if len(given) > 1 else given[0], verbose=0))


def same(one, other):
    both = predictions(one), predictions(other)
    return len(both[0]) == len(both[1]) and all(a.tobytes() == b.tobytes() for a, b in zip(*both))


COMMANDS = {"write": write, "write_others": write_others, "checkpoint": checkpoint, "same": same}
if __name__ == "__main__":
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), file=answers, flush=True)
