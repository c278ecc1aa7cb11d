#!/usr/bin/env python3
"""Opens a saved model with Keras and saves it in another format: what people do without us.

    convert_with_keras.py keras2|keras3 SOURCE TARGET

The target's ending says the format: .keras, .h5, .weights.h5, .safetensors, .ckpt for a checkpoint of weights and optimizer,
or .savedmodel.
"""
import os, sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow")


def main():
    generation, source, target = sys.argv[1:]
    if generation == "keras3":
        import keras
    else:
        import tf_keras as keras
    model = keras.models.load_model(source)
    if target.endswith(".weights.h5"):
        model.save_weights(target)
    elif target.endswith(".safetensors"):
        import safetensors.numpy
        safetensors.numpy.save_file({weight.path: weight.numpy() for weight in model.weights}, target)
    elif target.endswith(".ckpt"):
        import tensorflow
        tensorflow.train.Checkpoint(model=model, optimizer=model.optimizer).write(target)
    elif target.endswith(".savedmodel"):
        model.export(target)
    else:
        model.save(target)


if __name__ == "__main__":
    main()
