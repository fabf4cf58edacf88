# vww train --find-lr: a table, JSON and a drawing; nothing else is written.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
"$VWW" dataset synth --output-dir scenes --images 80 --seed 1 --quiet
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 1 --val-shards 1 --quiet
find=("$VWW" train --find-lr --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --batch 16
    --quiet)
mkdir elsewhere
(cd elsewhere && "${find[@]/#data/../data}" >../table)
[ -z "$(ls elsewhere)" ] || fail "it left files: $(ls elsewhere)"
grep -q '<- suggested' table || fail "no suggestion: $(tail -3 table)"
grep -q '^suggested: --learning-rate' table || fail "no suggestion at the end: $(tail -3 table)"
"${find[@]}" --json --svg curve.svg --find-lr-steps 40 --find-lr-to 1 --threads 1 >one
"${find[@]}" --json --find-lr-steps 40 --find-lr-to 1 --threads 2 >two
cmp one two || fail "the number of threads makes a difference"
grep -o '"learning_rate"' one | wc -l | grep -qx 40 || fail "other than 40 rates"
grep -q '"learning_rate":1.0000000000000001e-05\|"learning_rate":1e-05\|"learning_rate":0.00001' one ||
    fail "it does not begin at 1e-5: $(head -c 300 one)"
grep -q '"suggestion":[0-9]' one || fail "no suggestion"
head -c 4 curve.svg | grep -q '<svg' || fail "no drawing"
grep -c polyline curve.svg | grep -qx 2 || fail "the drawing has no two curves"
# A rate that diverges ends the test early, and is no failure.
"${find[@]}" --json --optimizer sgd --weight-decay 10 --find-lr-to 1000 >far
grep -q '"diverged":true' far || fail "weights that explode are not noticed"
refused() {
    wanted=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status instead of $wanted: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: the message lacks \"$pattern\": $(cat message)"
}
refused 1 'no such range' "${find[@]}" --find-lr-from 1 --find-lr-to 0.1
refused 2 'allowed: 10 to' "${find[@]}" --find-lr-steps 2
refused 2 'for --find-lr' "$VWW" train --model mobilenet_v1 --data data --out x --json
refused 1 'cannot' "${find[@]}" --svg nowhere/curve.svg
refused 1 'no such folder' "$VWW" train --find-lr --model mobilenet_v1 --data nowhere
