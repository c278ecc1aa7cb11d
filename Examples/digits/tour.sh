#!/bin/sh
# The tour that `make demo` runs: the life of a model, from its first epoch to the garbage collector.
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

# commit_run FILES MODEL FILE... : commits checkpoints with what the run measured (see metrics.tsv)
commit_run() {
  run=$1 model=$2
  shift 2
  for file; do
    row=$(grep "^$file	" "$run/metrics.tsv")
    loss=$(echo "$row" | cut -f4) accuracy=$(echo "$row" | cut -f5) message=$(echo "$row" | cut -f6)
    registry commit "$run/$file" --model "$model" -m "$message" \
      --metric "val_loss=$loss" --metric "val_accuracy=$accuracy"
  done
}

title 'A registry is a folder. This one is made for the tour.'
registry init work

title 'Five epochs of a convnet on handwritten digits, each with its Adam state, saved by Keras 2.'
commit_run keras2 digits epoch-1.h5 epoch-2.h5 epoch-3.h5 epoch-4.h5 epoch-5.h5

title 'Epoch 5 is the best so far. Give it a name that can move.'
registry alias champion digits@v5
registry tag digits@v5 dataset=uci-digits

title 'Fine-tuned from it: the convolutions frozen, the head learned shifted digits.
# Only the head is new: of the weights, the tensors of both convolutions are already here.'
registry commit keras2/finetune-1.h5 --model digits-shifted --parent digits@champion --relation finetuned \
  -m 'shifted digits, head only, epoch 1' --metric val_loss=0.3498 --metric val_accuracy=0.8578
commit_run keras2 digits-shifted finetune-2.h5

title 'Where did it come from?'
registry log digits-shifted
registry show digits-shifted@v2

title 'Version 3 back, as it was committed: the same bytes.'
registry checkout digits@v3 -o work/back.h5
show cmp work/back.h5 keras2/epoch-3.h5
cmp work/back.h5 keras2/epoch-3.h5
echo '(no difference)'

title 'Keras 3 is to go on from epoch 5. What would have to be said otherwise in its words?'
registry check digits@v5 --as keras

title 'Nothing is impossible. --resume makes sure that Adam goes on just as it stopped.'
registry checkout digits@v5 --as keras --resume -o work/epoch-5.keras

title 'Served: TensorFlow Serving watches a folder of models, and finds version 5 of digits in it.'
mkdir work/models
registry checkout digits@champion --serving work/models

title 'One variable, to look at.'
registry cat digits@v5 head/bias --as json

title 'What takes the room, and what would removing a version free?'
registry du digits

title 'Version 2 is not needed. Removed, it could still come back; collected, it is gone.'
registry rm digits@v2
registry gc --dry-run --grace 0 --retention 0
registry gc --grace 0 --retention 0
registry log digits

title 'The same run in Keras 3 learns the same numbers, bit for bit. Its files look quite different;
# their weights are the ones that are here already.'
commit_run keras3 digits-keras3 epoch-1.h5 epoch-2.h5 epoch-3.h5 epoch-4.h5 epoch-5.h5
registry commit keras3/finetune-1.h5 --model digits-shifted-keras3 --parent digits-keras3@v5 --relation finetuned \
  -m 'shifted digits, head only, epoch 1' --metric val_loss=0.3498 --metric val_accuracy=0.8578
commit_run keras3 digits-shifted-keras3 finetune-2.h5
registry models

title 'Is everything sound? Every blob is hashed again.'
registry verify --full
