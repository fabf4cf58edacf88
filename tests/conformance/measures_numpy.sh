# The measures of vww eval against numpy's, computed another way from the recorded labels and
# probabilities; what the boxes say, against the annotations themselves.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || {
    echo "skipped: $python has no numpy (set VWW_ORACLE_PYTHON)"
    exit 77
}
"$VWW" dataset synth --output-dir scenes --images 400 --seed 5 --quiet >/dev/null
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 2 --quiet >/dev/null
"$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --data data --out run --epochs 5 --batch 16 \
    --optimizer adamw --learning-rate 0.003 --batch-norm-decay 0.9 --no-crop --quiet
for split in train val; do
    "$VWW" eval run --data data --split $split --record run --json --quiet >$split.json
    "$python" "$VWW_SOURCE_DIR/tests/conformance/measures_numpy.py" $split.json run/eval-float.json \
        scenes/instances_$split.json
done

shared=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}
if [ -f "$shared/models/vww_96_float.tflite" ] && [ -f "$shared/photos/instances_dev.json" ]; then
    "$VWW" dataset build --train-image-dir "$shared/photos/images" \
        --train-annotations-file "$shared/photos/instances_train.json" \
        --val-image-dir "$shared/photos/images" --val-annotations-file "$shared/photos/instances_dev.json" \
        --output-dir photos --size 96 --quiet >/dev/null
    "$VWW" eval "$shared/models/vww_96_float.tflite" --data photos --record run --json --quiet >photos.json
    "$python" "$VWW_SOURCE_DIR/tests/conformance/measures_numpy.py" photos.json run/eval-float.json \
        "$shared/photos/instances_dev.json"
fi
