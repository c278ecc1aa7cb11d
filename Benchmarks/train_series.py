#!/usr/bin/env python3
"""Trains a series of checkpoints, as a training run leaves them behind: real steps, seeded.

    train_series.py lm       FOLDER [--width 512] [--versions 12]     FOLDER/01.h5 ...
    train_series.py finetune FOLDER --start LM.h5 [--width 768]       FOLDER/01.safetensors ...
    train_series.py frozen   FOLDER --start LM.h5 [--width 512]       FOLDER/01.h5 ...
    train_series.py small    FOLDER [--versions 2000]                 FOLDER/0001.h5 ...

lm        a decoder-only language model in fp32 with both slots of Adam, a file every 20 steps of 8 x 128 tokens
finetune  an lm trained on with other text: fp32 master weights, AdamW at 1e-5, a file of bfloat16 at the start and every 100 steps
          of 128 tokens
frozen    an lm whose body stays as it is, under a classifier that is trained, with the classifier's slots of Adam
small     a classifier of three layers, the first of which stays as it is; a file every 5 steps, without an optimizer

The text is the source of Python's own standard library. What is trained depends on the seed, on that text and on the order in
which threads add up numbers.
"""
import argparse, collections, os, pathlib, re, sysconfig

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow")
import keras  # noqa: E402
import ml_dtypes  # noqa: E402
import numpy as np  # noqa: E402
import safetensors.numpy  # noqa: E402
from keras import layers  # noqa: E402

VOCABULARY, CONTEXT, BLOCKS, HEADS = 16384, 128, 8, 8
LIBRARY = pathlib.Path(sysconfig.get_path("stdlib"))
PRETRAINING = ["*.py"]
FINE_TUNING = ["asyncio/*.py", "email/*.py", "multiprocessing/*.py"]


# Text.

def words_of(files):
    return re.findall(r"\w+|[^\w\s]", "\n".join(file.read_text(errors="ignore") for file in files))


def library_files(patterns):
    return sorted(file for pattern in patterns for file in LIBRARY.glob(pattern))


def token_ids():
    """The commonest words of the text of the pretraining, by rank; 0 is for all others."""
    counts = collections.Counter(words_of(library_files(PRETRAINING)))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: rank for rank, word in enumerate(ranked[: VOCABULARY - 1], start=1)}


def sequences(patterns):
    """(inputs, targets): the text cut into pieces of CONTEXT tokens, and each token's next one."""
    ids = token_ids()
    tokens = np.array([ids.get(word, 0) for word in words_of(library_files(patterns))], dtype="int32")
    used = (len(tokens) - 1) // CONTEXT * CONTEXT
    return tokens[:used].reshape(-1, CONTEXT), tokens[1 : used + 1].reshape(-1, CONTEXT)


# Models.

def language_model(width):
    """(the model, its body without the last layer)"""
    tokens = keras.Input((CONTEXT,), dtype="int32", name="tokens")
    stream = layers.Embedding(VOCABULARY, width, name="embedding")(tokens)
    for i in range(BLOCKS):
        normal = layers.LayerNormalization(name=f"block{i}_norm1")(stream)
        attention = layers.MultiHeadAttention(HEADS, width // HEADS, name=f"block{i}_attention")
        stream = layers.Add(name=f"block{i}_add1")([stream, attention(normal, normal, use_causal_mask=True)])
        normal = layers.LayerNormalization(name=f"block{i}_norm2")(stream)
        inner = layers.Dense(4 * width, activation="gelu", name=f"block{i}_expand")(normal)
        stream = layers.Add(name=f"block{i}_add2")([stream, layers.Dense(width, name=f"block{i}_reduce")(inner)])
    features = layers.LayerNormalization(name="norm")(stream)
    return keras.Model(tokens, layers.Dense(VOCABULARY, name="head")(features), name="lm"), keras.Model(tokens, features, name="body")


def next_token_loss():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def train(model, inputs, targets, random, steps, batch):
    """Takes `steps` steps over pieces of the text drawn at random; the mean loss."""
    drawn = random.integers(0, len(inputs), steps * batch)
    return model.fit(inputs[drawn], targets[drawn], batch_size=batch, shuffle=False, verbose=0).history["loss"][-1]


# Series.

def lm(options, random):
    model, _ = language_model(options.width)
    model.compile(keras.optimizers.Adam(1e-4), next_token_loss())
    inputs, targets = sequences(PRETRAINING)
    made = []
    for path in versions(options, ".h5"):
        loss = train(model, inputs, targets, random, options.steps or 20, batch=8)
        model.save(path)
        told(path, loss)
        made.append(path)
        if options.keep and len(made) > options.keep:
            made[-1 - options.keep].unlink()


def finetune(options, random):
    model, _ = language_model(options.width)
    model.load_weights(options.start)
    model.compile(keras.optimizers.AdamW(1e-5), next_token_loss())
    inputs, targets = sequences(FINE_TUNING)
    for number, path in enumerate(versions(options, ".safetensors")):
        if number:
            told(path, train(model, inputs, targets, random, options.steps or 100, batch=1))
        safetensors.numpy.save_file({weight.path: weight.numpy().astype(ml_dtypes.bfloat16) for weight in model.weights}, path)


def frozen(options, random):
    """The classifier tells what the next token is, of the 1000 commonest: from features of the body that are computed once."""
    whole, body = language_model(options.width)
    whole.load_weights(options.start)
    body.trainable = False
    inputs, targets = sequences(PRETRAINING)
    drawn = random.integers(0, len(inputs), options.sequences)
    features = body.predict(inputs[drawn], batch_size=8, verbose=0).reshape(-1, options.width)
    labels = targets[drawn].reshape(-1)
    features, labels = features[labels < 1000], labels[labels < 1000]
    classifier = [layers.LayerNormalization(name="head_norm"), layers.Dense(2 * options.width, activation="gelu", name="head0"),
                  layers.Dense(2 * options.width, activation="gelu", name="head1"), layers.Dense(1000, name="head2")]
    head = keras.Sequential([keras.Input((options.width,)), *classifier])
    top = body.output
    for layer in classifier:
        top = layer(top)
    model, adam = keras.Model(body.input, top, name="tagger"), keras.optimizers.Adam(1e-3)
    head.compile(adam, next_token_loss())
    for path in versions(options, ".h5"):
        loss = train(head, features, labels, random, options.steps or 300, batch=32)
        model.compile(adam, next_token_loss())
        model.save(path)
        told(path, loss)


def small(options, random):
    """Which of ten modules a piece of text is from, by how often its tokens fall into 64 bins."""
    ids, pieces, labels = token_ids(), [], []
    largest = sorted(library_files(PRETRAINING), key=lambda file: -file.stat().st_size)[:10]
    for label, file in enumerate(largest):
        tokens = np.array([ids.get(word, 0) % 64 for word in words_of([file])])
        for at in range(0, len(tokens) - CONTEXT, 16):
            pieces.append(np.bincount(tokens[at : at + CONTEXT], minlength=64))
            labels.append(label)
    inputs, labels = np.array(pieces, dtype="float32") / 8, np.array(labels)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(128, activation="relu", name="d0"), layers.Dense(90, activation="relu", name="d1"),
                              layers.Dense(10, name="d2")], name="small")
    model.compile(keras.optimizers.Adam(1e-3), next_token_loss())
    train(model, inputs, labels, random, 200, batch=32)
    model.layers[0].trainable = False
    model.compile(keras.optimizers.Adam(1e-3), next_token_loss())
    for path in versions(options, ".h5"):
        for _ in range(options.steps or 5):
            drawn = random.integers(0, len(inputs), 32)
            loss = model.train_on_batch(inputs[drawn], labels[drawn])
        model.save(path, include_optimizer=False)
    told(path, loss)


def versions(options, suffix):
    digits = len(str(options.versions))
    for number in range(1, options.versions + 1):
        yield options.folder / f"{number:0{max(digits, 2)}}{suffix}"


def told(path, loss):
    print(f"{path.name}: loss {float(loss):.3f}", flush=True)


SERIES = {"lm": (lm, 12), "finetune": (finetune, 5), "frozen": (frozen, 5), "small": (small, 2000)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", choices=SERIES)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--start", type=pathlib.Path, help="the .h5 of an lm of this width to begin with")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--versions", type=int)
    parser.add_argument("--keep", type=int, help="lm: how many of the last versions stay")
    parser.add_argument("--steps", type=int, help="steps from one version to the next")
    parser.add_argument("--sequences", type=int, default=256, help="frozen: pieces of text that features are computed of")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    make, number = SERIES[options.series]
    options.versions = options.versions or number
    keras.utils.set_random_seed(options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)
    make(options, np.random.default_rng(options.seed))


if __name__ == "__main__":
    main()
