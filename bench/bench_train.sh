#!/bin/bash
# Training steps of MobileNet V1 0.25 and V2 0.35 at 96 pixels, batch 96: vww, and every PyTorch that
# can be had, each in both memory formats, in turn, round after round, on the same processor. A ratio
# is vww's images/s by the fastest PyTorch's of the same round; PyTorch computes in float32, vww in
# float32 and, apart from that, with activations stored as bfloat16.
#   bench_train.sh [ROUNDS] [STEPS]
# VWW_TORCH_PYTHONS: interpreters to ask for torch (default: python3 and VWW_ORACLE_PYTHON).
# VWW_BENCH_THREADS (default: every core's number, then 1), VWW_BENCH_FORMATS (default: channels_last
# contiguous) shorten the run.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} steps=${2:-8} batch=96
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

pythons=()
for python in ${VWW_TORCH_PYTHONS:-python3 ${VWW_ORACLE_PYTHON:-}}; do
    if version=$("$python" -c 'import torch, numpy; print(torch.__version__)' 2>/dev/null); then
        pythons+=("$python")
        echo "PyTorch $version: $python"
    else
        echo "skipped: $python has no torch with numpy"
    fi
done
[ ${#pythons[@]} -gt 0 ] || echo "no PyTorch to compare with (set VWW_TORCH_PYTHONS)"

# The columns of one contender's line: median step, best step, each second that a processor worked.
measure() { # threads, name, command…
    local threads=$1 name=$2 line
    shift 2
    line=$(OMP_NUM_THREADS=$threads "$@")
    echo "$name $line" >>"$folder/round"
    printf '  %-28s %s\n' "$name" "$line"
}

one_round() { # model, depth multiplier, threads, steps
    local python format
    : >"$folder/round"
    local precision
    for precision in float32 bf16; do
        measure "$3" "vww-$precision" build/bench/bench_train --model "$1" --depth-multiplier "$2" \
            --threads "$3" --batch "$batch" --steps "$4" --precision "$precision" --brief
    done
    for python in ${pythons[@]+"${pythons[@]}"}; do
        for format in ${VWW_BENCH_FORMATS:-channels_last contiguous}; do
            measure "$3" "$(basename "$(dirname "$(dirname "$python")")")/$format" "$python" \
                bench/bench_train.py "$folder/$1" "$format" "$3" "$batch" "$4"
        done
    done
    # By the median step, by the best (what others on the machine took least from), and by processor time.
    awk '$1 ~ /^vww-/ { for (i = 2; i <= 4; i++) vww[$1, i] = $i; next }
         { for (i = 2; i <= 4; i++) if ($i > peer[i]) peer[i] = $i }
         END { if (peer[2] > 0)
                   for (p = 1; p <= 2; p++) for (i = 2; i <= 4; i++)
                       printf "%s%s", vww[p == 1 ? "vww-float32" : "vww-bf16", i] / peer[i], p * i < 8 ? " " : "\n" }' \
        "$folder/round" >>"$folder/ratios"
}

summary() { # column, what
    sort -n -k"$1,$1" "$folder/ratios" | awk -v c="$1" -v what="$2" '
        { r[NR] = $c }
        END { if (NR) printf "%s: %.2f at least, %.2f median, %.2f at most, %d rounds\n", what,
                             r[1], r[int((NR + 1) / 2)], r[NR], NR }'
}

for model in "mobilenet_v1 0.25" "mobilenet_v2 0.35"; do
    read -r family multiplier <<<"$model"
    build/bench/train_export "$folder/$family" "$family" "$multiplier" 96 explicit 1
    for threads in ${VWW_BENCH_THREADS:-$(nproc) 1}; do
        : >"$folder/ratios"
        for ((round = 1; round <= rounds; round++)); do
            echo "$family $multiplier@96, batch $batch, $threads threads, round $round:" \
                "images/s of the median step, of the best, for each processor second"
            one_round "$family" "$multiplier" "$threads" "$steps"
        done
        column=0
        for what in "float32" "bf16 against float32"; do
            for by in "median step" "best step" "processor time"; do
                column=$((column + 1))
                summary $column "$family, $threads threads, $what, by the fastest PyTorch, $by"
            done
        done
        echo "load: $(cat /proc/loadavg)"
    done
done
