# vww train --from: other images, other classes, and what is refused.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }

$VWW dataset synth --output-dir scenes --images 80 --seed 1 --quiet
$VWW dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 1 --quiet
options="--epochs 1 --batch 8 --threads 1"
$VWW train --model mobilenet_v1 --depth-multiplier 0.25 --data data --out run $options --quiet

$VWW model export mobilenet_v2 --depth-multiplier 0.35 --resolution 32 --classes 3 --float --seed 1 \
    --out three.tflite --quiet

# shellcheck disable=SC2086
said() { # pattern, words…
    pattern=$1
    shift
    "$@" $options 2>message || fail "$*: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: it did not say \"$pattern\": $(cat message)"
}
said 'the weights of a mobilenet_v2 0.35 for 32 pixels' $VWW train --from three.tflite --data data --out renewed
grep -q 'told 3 classes apart, the data set has 2: the classifier is renewed' message ||
    fail "the renewal was not told: $(cat message)"
$VWW eval renewed --data data --json --quiet | grep -q '"confusion": \[\[[0-9]*, [0-9]*\]' ||
    fail "the renewed network does not tell two classes apart"
said 'trained on 32 pixels, goes on with 64' $VWW train --from run --resolution 64 --data data --out larger
grep -q '"resolution": 64' larger/config.json || fail "the resolution did not change"
said 'trained on 32 pixels, goes on with 64' $VWW train --from three.tflite --model mobilenet_v2 \
    --depth-multiplier 0.35 --resolution 64 --data data --out both
grep -q 'the classifier is renewed' message || fail "only one of two changes was told"
$VWW train --resume both --data data --threads 1 2>message || fail "cannot be resumed: $(cat message)"

refused() { # status, pattern, words…
    wanted=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status instead of $wanted: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: the message lacks \"$pattern\": $(cat message)"
}
$VWW model export mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --seed 1 --out int8.tflite --quiet
refused 1 'take the float .tflite' $VWW train --from int8.tflite --data data --out x
refused 1 'nothing.tflite' $VWW train --from nothing.tflite --data data --out x
refused 1 'too small' $VWW train --from run --resolution 8 --data data --out x
refused 1 'operator b1_project .*seen: weights' $VWW train --from three.tflite --model mobilenet_v1 --depth-multiplier 0.5 \
    --data data --out x
refused 2 'one of --model' $VWW train --from run --model mobilenet_v1 --data data --out x
refused 2 'goes with --model' $VWW train --from run --depth-multiplier 0.5 --data data --out x
[ ! -e x ] || fail "a refused run left a folder"
