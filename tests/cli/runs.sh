# vww runs: a table of the runs of a folder, whatever happened to its index.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
"$VWW" dataset synth --output-dir scenes --images 40 --seed 1 --quiet
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 1 --val-shards 1 --quiet
train=("$VWW" train --depth-multiplier 0.25 --resolution 32 --data data --batch 8 --quiet)
mkdir runs
"$VWW" runs runs --json >none 2>message
[ ! -s none ] || fail "runs in an empty folder: $(cat none)"
grep -q 'no runs' message || fail "no word on an empty folder: $(cat message)"
"${train[@]}" --model mobilenet_v1 --out runs/one --epochs 1
"${train[@]}" --model mobilenet_v2 --out runs/two --epochs 2 --optimizer adamw
"$VWW" runs runs --json >list
[ "$(wc -l <list)" -eq 2 ] || fail "two runs: $(cat list)"
for key in run model depth_multiplier resolution recipe state epochs epochs_done accuracy int8_accuracy macs \
    parameters commit; do
    [ "$(grep -c "\"$key\":" list)" -eq 2 ] || fail "the list lacks $key: $(cat list)"
done
# The figures are those of the run and of the model's cost.
macs=$("$VWW" model cost mobilenet_v2 --depth-multiplier 0.25 --resolution 32 --classes 2 --json |
    grep -o '"macs": *[0-9]*' | head -1 | grep -o '[0-9]*$')
grep '"run":"two"' list | grep -q "\"macs\":$macs," || fail "multiply-adds other than $macs: $(cat list)"
accuracy=$(grep -o '"best_accuracy": [0-9.]*' runs/two/config.json | cut -d' ' -f2)
grep '"run":"two"' list | grep -q "\"accuracy\":$accuracy" || fail "accuracy other than $accuracy: $(cat list)"
grep '"run":"two"' list | grep -q '"recipe":".*adamw' || fail "the recipe is not named: $(cat list)"
"$VWW" runs runs | grep -q 'mobilenet_v1 0.25@32' || fail "the table lacks a model"

# The index is only a copy: damaged, missing, of another kind, or not to be written.
for damage in 'head -c 3000 /dev/urandom >runs/runs.sqlite' 'rm runs/runs.sqlite' ': >runs/runs.sqlite' \
    'printf "no database, but text that is long enough to look at %0200d" 1 >runs/runs.sqlite' \
    'dd if=/dev/urandom of=runs/runs.sqlite bs=1 seek=4200 count=600 conv=notrunc 2>/dev/null' \
    'rm -f runs/runs.sqlite; mkdir runs/runs.sqlite'; do
    eval "$damage"
    "$VWW" runs runs --json >again || fail "after \"$damage\": exit $?"
    cmp list again || fail "after \"$damage\" the list differs"
done
rmdir runs/runs.sqlite
# A run that changes, one that goes away, one whose config.json is damaged.
"${train[@]}" --model mobilenet_v1 --out runs/one --epochs 3 --force
"$VWW" runs runs --json | grep '"run":"one"' | grep -q '"epochs_done":3' || fail "a run that changed"
rm -r runs/two
cp -r runs/one runs/bad
echo '{"model": ' >runs/bad/config.json
"$VWW" runs runs --json >list
[ "$(wc -l <list)" -eq 2 ] || fail "after a removal: $(cat list)"
grep '"run":"bad"' list | grep -q '"state":"damaged"' || fail "a damaged run: $(cat list)"
# Many at once.
rm -f runs/runs.sqlite
for i in 1 2 3 4 5 6 7 8; do "$VWW" runs runs --json >at$i & done
wait
for i in 1 2 3 4 5 6 7 8; do cmp list at$i || fail "process $i of eight at once"; done
status=0; "$VWW" runs nowhere 2>message || status=$?
[ $status -eq 1 ] || fail "no such folder: exit $status"
grep -q 'no such folder' message || fail "no such folder: $(cat message)"
