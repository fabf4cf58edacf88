#!/bin/bash
# One recipe by vww and by PyTorch, from the same first weights of MobileNet V1 0.25@96 and over the
# same batches: losses of single steps, loss of each epoch, loss and accuracy on val.
#   train_curves.sh DATA [EPOCHS [RECIPE]]     DATA: a folder of `vww dataset build`; RECIPE: a
# preset or a text; without it SGD, momentum 0.9, cosine schedule, no augmentation
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?the folder of a data set} epochs=${2:-3} recipe=${3:-}
python=${VWW_TORCH_PYTHON:-${VWW_ORACLE_PYTHON:-python3}}
threads=${VWW_BENCH_THREADS:-$(nproc)}
"$python" -c 'import torch, numpy' 2>/dev/null || {
    echo "skipped: $python has no torch with numpy (set VWW_TORCH_PYTHON)"
    exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ -z "$recipe" ]; then
    recipe=$folder/plain
    printf '%s\n' 'vww-recipe 1' 'optimizer sgd' 'learning_rate 0.05' 'weight_decay 4e-5' \
        'schedule cosine' 'crop no' 'flip no' 'colour no' >"$recipe"
fi
for seed in ${VWW_BENCH_SEEDS:-1 2}; do
    build/bench/train_export "$folder/first" mobilenet_v1 0.25 96 same "$seed"
    OMP_NUM_THREADS=$threads build/bench/train_replay mobilenet_v1 0.25 96 "$data" "$recipe" \
        epochs "$epochs" seed "$seed" |
        "$python" bench/train_replay.py "$folder/first" "$threads" "${VWW_BENCH_DOUBLE_STEPS:-0}" |
        sed -u "s/^/seed $seed, /"
done
