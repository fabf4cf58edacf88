#!/bin/bash
# One recipe (SGD, momentum 0.9, cosine schedule, no augmentation) by vww and by PyTorch from the same
# first weights of MobileNet V1 0.25@96: loss of each epoch, and loss and accuracy on val. The orders
# of the images differ, so two runs of each show what is noise.
#   train_curves.sh DATA [EPOCHS]      DATA: a folder of `vww dataset build`
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?the folder of a data set} epochs=${2:-6} rate=0.05 decay=4e-5
python=${VWW_TORCH_PYTHON:-${VWW_ORACLE_PYTHON:-python3}}
threads=${VWW_BENCH_THREADS:-$(nproc)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "by, epoch, loss, val loss, val accuracy"
for seed in ${VWW_BENCH_SEEDS:-1 2}; do
    build/bench/train_export "$folder/first$seed" mobilenet_v1 0.25 96 same "$seed"
    build/vww train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --data "$data" \
        --out "$folder/run$seed" --epochs "$epochs" --optimizer sgd --learning-rate "$rate" \
        --weight-decay "$decay" --schedule cosine --no-crop --no-flip --no-colour --seed "$seed" \
        --threads "$threads" --quiet
    awk -v by="vww $seed" '
        function number(name) {
            if (!match($0, "\"" name "\": *[-0-9.e+]+"))
                return ""
            return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0
        }
        {
            e = number("epoch"); loss[e] += number("loss"); n[e]++; last = e > last ? e : last
            if (number("val_loss") != "") { v[e] = number("val_loss"); a[e] = number("val_accuracy") }
        }
        END {
            for (i = 1; i <= last; i++)
                printf "%s: %d %.4f %.4f %.4f\n", by, i, loss[i] / n[i], v[i], a[i]
        }' "$folder/run$seed/metrics.jsonl"
    "$python" -c 'import torch, PIL' 2>/dev/null || {
        echo "skipped: $python has no torch with PIL"
        continue
    }
    "$python" bench/train_curves.py "$folder/first$seed" "$data" "$epochs" 96 "$rate" "$decay" \
        "$threads" "$seed" | sed "s/^/PyTorch $seed: /"
done
