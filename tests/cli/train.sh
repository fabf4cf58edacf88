# vww train: a run from drawn scenes, fake quantization after it, Ctrl-C and --resume, bad input.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }

$VWW dataset synth --output-dir scenes --images 80 --seed 1 --quiet
$VWW dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 1 --quiet
train="$VWW train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --batch 8"

$train --out run --epochs 3 --quiet --threads 1
for file in config.json metrics.jsonl last.ckpt best.ckpt; do
    [ -s run/$file ] || fail "run/$file is missing"
done
for key in step epoch loss accuracy learning_rate images_per_second val_accuracy; do
    tail -1 run/metrics.jsonl | grep -q "\"$key\"" || fail "metrics.jsonl lacks $key"
done
grep -q '"state": "finished"' run/config.json || fail "config.json does not say finished"
grep -q '"learning_rate": 0.045' run/config.json || fail "the default learning rate is not recorded"

# Underscores are as good as dashes; fake quantization goes on from a run.
$VWW train --quantize_aware --from run --data data --out run8 --epochs 1 --batch 8 --quiet --threads 1
grep -q '"quantize_aware": true' run8/config.json || fail "run8 is not quantization-aware"

# Ctrl-C: exit 1, a message that says how to go on, and the same bytes in the end.
$train --out whole --epochs 12 --quiet --threads 1
$train --out part --epochs 12 --threads 2 2>message &
process=$!
for _ in $(seq 600); do
    [ -s part/metrics.jsonl ] && break
    sleep 0.1
done
kill -INT $process
status=0
wait $process || status=$?
if [ $status -ne 0 ]; then # it may have been too quick for us
    [ $status -eq 1 ] || fail "Ctrl-C gave exit status $status"
    grep -q 'vww train --resume part' message || fail "no word on how to go on: $(cat message)"
    $VWW train --resume part --quiet --threads 1
fi
cmp whole/last.ckpt part/last.ckpt || fail "a resumed run differs from a whole one"

refused() { # status, pattern, words…
    wanted=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status instead of $wanted: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: the message lacks \"$pattern\": $(cat message)"
}
refused 1 'already holds a run' $train --out run --epochs 1
refused 1 'did you mean mobilenet_v1' $VWW train --model mobilnet_v1 --data data --out x
refused 1 "no such folder" $VWW train --model mobilenet_v1 --data nowhere --out x
refused 1 'nowhere' $VWW train --resume nowhere
refused 1 'cannot' $train --out /proc/vww-run --epochs 1
refused 1 'few' $train --out x --batch 4000
refused 2 'one of --model' $VWW train --data data --out x
refused 2 'goes on from a float run' $VWW train --quantize-aware --model mobilenet_v1 --data data --out x
refused 2 'allowed: rmsprop' $train --out x --optimizer adagrad
refused 2 'allowed: 0 to' $train --out x --label-smoothing 2
[ ! -e x ] || fail "a refused run left a folder"
printf 'x' | dd of=run/last.ckpt bs=1 seek=5000 conv=notrunc 2>/dev/null
refused 1 'last.ckpt' $VWW train --resume run
