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

title 'Any version comes out in another format. This one is for Keras 2; what would it take?'
registry check circle@v1 --as h5 --keras 2
registry checkout circle@v1 --as h5 --keras 2 -o work/keras2.h5

title 'circle@v6 was committed as safetensors, and has the architecture of its parent. So it is a whole model too.'
registry checkout circle@v6 --as keras -o work/from-safetensors.keras

title 'A checkpoint for Keras 2, and one layer alone as arrays.'
registry checkout circle@v1 --as checkpoint -o work/ck
registry checkout circle@v1 --as npz --only hidden -o work/hidden.npz

title 'What came out is read like any other file: the same weights.'
registry commit work/keras2.h5 --model circle -m 'for Keras 2'

title 'One variable, to look at.'
registry cat circle@v1 hidden/bias --as json
