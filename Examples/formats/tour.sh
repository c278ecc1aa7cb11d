#!/bin/sh
# One model in every format: its weights are stored once, and each file and folder comes back.
#
#   tour.sh [PATH-OF-REGISTRY]        (default: `registry` in PATH)
#
# Everything it makes is in work/ beside this file and is made anew on each run.
set -eu

program=${1:-registry}
case $program in */*) program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program") ;; esac
cd "$(dirname "$0")"
. ../transcript.sh
rm -rf work
mkdir work
REGISTRY_PATH=$PWD/work
export REGISTRY_PATH

title 'A small model, trained and saved by Keras 3.'
registry init work
registry commit saved/circle.keras -m 'as Keras 3 saves it'

title 'The same model in every other way. Its weights are here already.'
registry commit saved/circle.h5 -m 'as HDF5'
registry commit saved/circle.weights.h5 -m 'weights alone'
registry commit saved/training -m 'a folder with checkpoints'
registry commit saved/serving -m 'exported for serving, a SavedModel'
registry commit saved/circle.safetensors -m 'weights in safetensors'
registry commit saved/circle.npz -m 'arrays of NumPy'

title 'What is known of the SavedModel? Its architecture is that of the version before it.'
registry show circle@v5

title 'A folder comes back as a folder.'
registry checkout circle@v5 -o work/serving
same saved/serving work/serving

title 'A checkpoint may be given by its prefix, and get another name.'
registry commit saved/training/ck-1 -m 'one checkpoint'
registry checkout circle@v8 -o work/restored
same saved/training/ck-1.index work/restored.index
