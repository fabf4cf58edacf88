# vww train on data and runs that are wrong: clear messages, nothing lost.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
refused() { # status, pattern, words…
    wanted=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status instead of $wanted: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: the message lacks \"$pattern\": $(cat message)"
}

$VWW dataset synth --output-dir scenes --images 80 --seed 1 --quiet >/dev/null
build="$VWW dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json
    --size 32 --train-shards 2 --val-shards 1 --quiet --output-dir"
$build data >/dev/null
model="--model mobilenet_v1 --depth-multiplier 0.25 --batch 8 --threads 1"

# A class without images: nothing is begun.
$build empty --small-object-area-threshold 0.99 >/dev/null
refused 1 'the class person has no training image' $VWW train $model --data empty --out x
[ ! -e x ] || fail "a refused run left a folder"

# Images of another size than the network's are brought to it; that they are enlarged is said.
$VWW train $model --resolution 64 --data data --out large --epochs 1 2>message
grep -q 'have 32 pixels and are enlarged to the network.s 64' message || fail "enlarging is not said: $(cat message)"

# Classes: a run goes on only with data of its own classes.
$VWW model export mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --classes 3 --float --out three.tflite --quiet
refused 1 'a model of 3 classes, data of 2' $VWW eval three.tflite --data data

# A learning rate that diverges is named, whether or not the loss stays a number.
$VWW train $model --data data --out diverged --epochs 6 --optimizer sgd --learning-rate 10 2>message || true
grep -q 'lower --learning-rate' message || fail "diverging is not said: $(cat message)"

# A shard that is cut, spoilt or gone in the middle of an epoch: the run is saved and goes on.
shard=$(ls data/train*-00001-*)
spoil() { # name, words of the message; the shard was changed by the function `damage`
    name=$1 words=$2
    rm -rf run
    $VWW train $model --data data --out run --epochs 400 --cache 0 2>message &
    process=$!
    for _ in $(seq 600); do
        [ -s run/metrics.jsonl ] && break
        sleep 0.1
    done
    cp "$shard" kept
    damage
    status=0
    wait $process || status=$?
    [ $status -eq 1 ] || fail "$name: exit $status: $(cat message)"
    grep -q -- "$words" message || fail "$name: the message lacks \"$words\": $(tail -2 message)"
    grep -q 'nothing is lost: go on with .vww train --resume run' message ||
        fail "$name: no word on how to go on: $(tail -2 message)"
    grep -q "$(basename "$shard")" message || fail "$name: the shard is not named: $(tail -2 message)"
    grep -q '"state": "stopped"' run/config.json || fail "$name: config.json does not say stopped"
    cp kept whole && mv whole "$shard"
}
damage() { head -c 2000 kept >shorter && mv shorter "$shard"; }
spoil cut 'the file has become shorter'
damage() { tr '\100-\177' '\101-\177\100' <kept >changed && mv changed "$shard"; }
spoil changed 'has changed since the data set was opened'
damage() { rm "$shard"; }
spoil gone 'cannot open'
$VWW train --resume run --threads 1 2>message &
process=$!
sleep 3
kill -INT $process 2>/dev/null || true
status=0
wait $process || status=$?
grep -q 'training was stopped; nothing is lost' message || fail "the run does not go on: $(cat message)"

# A checkpoint of another model in the run's place.
cp run/last.ckpt own.ckpt
cp large/last.ckpt run/last.ckpt
refused 1 'the checkpoint is of another model' $VWW train --resume run
grep -q 'seen: mobilenet_v1 0.25, 64 pixels, 2 classes; allowed: mobilenet_v1 0.25, 32 pixels' message ||
    fail "the two models are not told: $(cat message)"
cp own.ckpt run/last.ckpt

# A run that goes on takes nothing but its own recipe.
refused 2 '--epochs cannot change a run that goes on' $VWW train --resume run --epochs 1
refused 2 '--learning_rate=1 cannot change' $VWW train --resume run --learning_rate=1
