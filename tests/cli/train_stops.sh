# What stops a training, and what is left: kill -9 at any moment, a full disk, a shard that goes bad in
# the middle of an epoch, a learning rate that diverges. A run that goes on ends in the same bytes.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
"$VWW" dataset synth --output-dir scenes --images 80 --seed 1 --quiet
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 1 --quiet
train=("$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --batch 8
    --quiet --save-seconds 0.02)

# kill -9 after times that grow; each start goes on from what the last one left.
"${train[@]}" --out whole --epochs 12 --threads 1
"${train[@]}" --out killed --epochs 12 --threads 1 & process=$!
kills=0
for delay in 0.05 0.11 0.07 0.23 0.16 0.31 0.09 0.27 0.13 0.19; do
    sleep $delay
    kill -9 $process 2>/dev/null && kills=$((kills + 1))
    wait $process 2>/dev/null || true
    [ -e killed/last.ckpt ] || { rm -rf killed; "${train[@]}" --out killed --epochs 12 & process=$!; continue; }
    "$VWW" train --resume killed --quiet --save-seconds 0.02 --threads $((kills % 2 + 1)) & process=$!
done
wait $process || fail "the last start did not end well"
echo "killed $kills times"
[ $kills -ge 3 ] || fail "only $kills kills came in time"
cmp whole/last.ckpt killed/last.ckpt || fail "a run that was killed differs"
cmp whole/best.ckpt killed/best.ckpt || fail "the best checkpoint of a run that was killed differs"
without_speed() { sed 's/"images_per_second": [^,}]*//' "$1/metrics.jsonl"; }
without_speed whole >whole.lines
without_speed killed >killed.lines
cmp whole.lines killed.lines || fail "the metrics of a run that was killed differ"
grep -q '"state": "finished"' killed/config.json || fail "config.json does not say finished"

# A signal to stop.
for signal in INT TERM; do
    "${train[@]}" --out part$signal --epochs 12 2>message & process=$!
    for _ in $(seq 600); do [ -s part$signal/metrics.jsonl ] && break; sleep 0.02; done
    kill -$signal $process
    status=0; wait $process || status=$?
    [ $status -eq 1 ] || fail "SIG$signal gave exit status $status"
    "$VWW" train --resume part$signal --quiet --threads 2
    cmp whole/last.ckpt part$signal/last.ckpt || fail "a run stopped by SIG$signal differs"
done

# Two processes on one folder.
"${train[@]}" --out busy --epochs 1200 2>/dev/null & process=$!
for _ in $(seq 600); do [ -s busy/metrics.jsonl ] && break; sleep 0.02; done
status=0; "$VWW" train --resume busy --quiet 2>message || status=$?
[ $status -eq 1 ] || fail "a second process in the folder: exit $status"
grep -q 'another process' message || fail "a second process: $(cat message)"
kill -9 $process; wait $process 2>/dev/null || true

# No room for the next file: what was there stays, and is named.
status=0
(ulimit -f 1; exec "${train[@]}" --out full --epochs 2) 2>message || status=$?
[ $status -eq 1 ] || fail "no room for a first checkpoint: exit $status"
grep -q 'cannot write' message || fail "no room for a first checkpoint: $(cat message)"
[ ! -e full/last.ckpt ] || fail "no room, and yet a checkpoint"
"${train[@]}" --out full --epochs 1 --force
cp full/last.ckpt before
"${train[@]}" --out grown --epochs 12 2>/dev/null & process=$!
for _ in $(seq 600); do [ -s grown/metrics.jsonl ] && break; sleep 0.02; done
kill -TERM $process; wait $process || true
bytes=$(stat -c %s grown/last.ckpt)
status=0
(ulimit -f $((bytes / 2048)); exec "$VWW" train --resume grown --quiet) 2>message || status=$?
[ $status -eq 1 ] || fail "no room for the next checkpoint: exit $status"
grep -q 'last good checkpoint is grown/last.ckpt' message || fail "no room: $(cat message)"
"$VWW" train --resume grown --quiet
cmp whole/last.ckpt grown/last.ckpt || fail "a run that met a full disk differs"

# A shard that cannot be read any more, met in the middle of an epoch.
"${train[@]}" --out torn --epochs 1200 --cache 0 2>message & process=$!
for _ in $(seq 600); do [ -s torn/metrics.jsonl ] && break; sleep 0.02; done
shard=$(ls data/train*00001-of*)
cp "$shard" kept
: >"$shard"
status=0; wait $process || status=$?
[ $status -eq 1 ] || fail "an empty shard: exit $status"
grep -q "$shard" message || fail "an empty shard: $(cat message)"
grep -q 'vww train --resume torn' message || fail "no word on how to go on: $(cat message)"
cp kept "$shard"

# A learning rate that diverges.
status=0
"${train[@]}" --out far --optimizer sgd --learning-rate 100 --weight-decay 10 --epochs 12 2>message || status=$?
if [ $status -ne 0 ]; then
    grep -q 'no longer' message || fail "diverged: $(cat message)"
    grep -q 'last good checkpoint is far/last.ckpt' message || fail "diverged: $(cat message)"
    "$VWW" eval far/last.ckpt --data data >/dev/null || fail "the last good checkpoint is not good"
else
    fail "a learning rate of 100 with as much decay did not diverge"
fi
