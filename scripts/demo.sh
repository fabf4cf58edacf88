#!/bin/bash
# The whole way on drawn scenes: data set, training, quantization-aware training, int8, C, an emulated
# Cortex-M4, report. Everything lands in demo/, which is made anew.
#   scripts/demo.sh [--images N] [--epochs N]
set -euo pipefail
cd "$(dirname "$0")/.."

images=6000 epochs=24 quantized_epochs=2 device_images=64
while [ $# -gt 0 ]; do
    case $1 in
    --images) images=$2; shift 2 ;;
    --epochs) epochs=$2; shift 2 ;;
    *) echo "usage: scripts/demo.sh [--images N] [--epochs N]" >&2; exit 2 ;;
    esac
done
vww=build/vww out=demo

step() {
    printf '\n\033[1m%s\033[0m\n' "$1" >&2
    shift
    printf '  $ %s\n' "$*" >&2
    "$@"
}

rm -rf "$out"
mkdir "$out"
step "1. Draw $images scenes with COCO annotations" \
    $vww dataset synth --output-dir $out/scenes --images "$images" --seed 1
step "2. Label them by the paper's rule and write TFRecords at 96x96" \
    $vww dataset build --train-image-dir $out/scenes/train \
    --train-annotations-file $out/scenes/instances_train.json \
    --val-image-dir $out/scenes/val --val-annotations-file $out/scenes/instances_val.json \
    --output-dir $out/data --policy paper --size 96 --train-shards 4 --val-shards 1
step "3. Train MobileNet V1 0.25 at 96x96" \
    $vww train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --data $out/data \
    --out $out/float --epochs "$epochs" --optimizer adamw --learning-rate 0.008 --schedule cosine --warmup-epochs 0.5 --batch 48 \
    --crop-area-least 0.7 --batch-norm-decay 0.95 --seed 1
step "4. Go on with fake quantization" \
    $vww train --quantize-aware --from $out/float --data $out/data --out $out/run \
    --epochs "$quantized_epochs" --crop-area-least 0.7 --seed 1
step "5. Convert to integers" \
    $vww quantize $out/run --data $out/data --out $out/run/model.tflite
step "6. Accuracy: float, int8 on this machine, the generated C on an emulated Cortex-M4" \
    $vww eval $out/float --data $out/data --record $out/run
step "   int8" \
    $vww eval $out/run/model.tflite --data $out/data --record $out/run
step "   device ($device_images images)" \
    $vww eval $out/run/model.tflite --data $out/data --machine mps2-an386 --images $device_images \
    --record $out/run
step "7. C source for the firmware" \
    $vww codegen $out/run/model.tflite --out $out/firmware --prefix person --target cortex-m4
step "8. What it costs on the emulated Cortex-M4" \
    $vww bench $out/run/model.tflite --machine mps2-an386 --json | tee $out/run/bench.jsonl
step "9. Report" \
    $vww report $out/run --out $out/report
printf '\nThe report: %s\nThe C source: %s\n' "$PWD/$out/report/report.html" "$PWD/$out/firmware"
