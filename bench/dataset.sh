#!/bin/bash
# The bars of the data set, each with what it is measured against, in one run: labelling a file of
# COCO's size; building resized shards beside a script that uses Pillow; passing files through beside
# cp -r. VWW_ORACLE_PYTHON names a Python with Pillow (default: python3); without one that part is left
# out. VWW_BENCH_IMAGES: photographs drawn for the building (default 1500).
set -euo pipefail
cd "$(dirname "$0")/.."
vww=$PWD/build/vww
python=${VWW_ORACLE_PYTHON:-python3}
count=${VWW_BENCH_IMAGES:-1500}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== labelling"
build/bench/bench_labels

compute() { awk "BEGIN { printf \"$2\\n\", $1 }"; } # EXPRESSION FORMAT
seconds() { # COMMAND...: prints how long it takes
    local start end
    start=$(date +%s.%N)
    "$@" >"$work/output" 2>&1 || { cat "$work/output" >&2; return 1; }
    end=$(date +%s.%N)
    compute "$end - $start" %.3f
}
best() { # COMMAND...: the least of three, as other work on the machine only adds
    for _ in 1 2 3; do
        rm -rf "$work/out"
        seconds "$@" || return 1
    done | sort -g | head -n 1
}
ratio() { compute "$1 / $2" %.2f; }

# Photographs of 640 pixels, as COCO's are: drawn scenes, saved by the same encoder as photographs.
"$vww" dataset synth --quiet --output-dir "$work/scenes" --images "$count" --seed 1 \
    --width 640 --height 480 >/dev/null
photos=$(find "$work/scenes/train" -name '*.jpg' | wc -l)
bytes=$(du -sb "$work/scenes/train" | cut -f 1)
build=("$vww" dataset build --quiet --policy tf --threads 2 --train-shards 10 --val-shards 1
    --train-image-dir "$work/scenes/train" --train-annotations-file "$work/scenes/instances_train.json"
    --output-dir "$work/out" --split fraction --val-fraction 0.1)

echo
echo "== resized shards: $photos photographs of $((bytes / photos / 1000)) KB to 96 x 96, two threads"
ours=$(best "${build[@]}" --size 96)
printf 'vww: %.2f s, %.0f images/s\n' "$ours" "$(compute "$photos / $ours" %.1f)"
if "$python" -c 'import PIL' 2>/dev/null; then
    theirs=$(best "$python" bench/reference_build.py "$work/scenes/train" \
        "$work/scenes/instances_train.json" "$work/out" 96 2)
    printf 'Python and Pillow: %.2f s, %.0f images/s; vww is %s times as fast (wanted: 2)\n' \
        "$theirs" "$(compute "$photos / $theirs" %.1f)" "$(ratio "$theirs" "$ours")"
else
    echo "left out the comparison: $python has no Pillow"
fi

echo
echo "== files as they are: $((bytes / 1000000)) MB"
ours=$(best "${build[@]}")
copy=$(best cp -r "$work/scenes/train" "$work/out")
printf 'vww: %.2f s; cp -r: %.2f s; vww has %s of its speed (wanted: 0.60)\n' "$ours" "$copy" \
    "$(ratio "$copy" "$ours")"
