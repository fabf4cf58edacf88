# A learning rate that diverges: said while it happens, once, also with --quiet and with several ranks; stopped
# where nothing is left to come back to; a run that goes on decides as one that was not interrupted.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
"$VWW" dataset synth --output-dir scenes --images 240 --seed 1 --quiet
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 1 --quiet
train=("$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --data data --batch 4 --quiet)
far=("${train[@]}" --optimizer sgd --learning-rate 10 --epochs 400)
said() { # file of messages, how often
    [ "$(grep -c 'warning: .*the loss runs away' "$1")" -eq "$2" ] || fail "$1: not warned $2 times: $(cat "$1")"
}
grows() { for _ in $(seq 1200); do [ -s "$1/metrics.jsonl" ] && return; sleep 0.05; done; }

# Warned, and stopped in the end.
status=0; "${far[@]}" --out far --threads 1 2>message || status=$?
[ $status -eq 1 ] || fail "a loss that has run away: exit $status: $(cat message)"
said message 1
grep -q 'warning: far: epoch [0-9]*, step [0-9]*: .*seen: a loss of [0-9.]* in .* learning rate [0-9.]*; allowed: guessing has 0.693' \
    message || fail "the warning does not say where and what: $(cat message)"
grep -q 'lower --learning-rate.*--find-lr.*the best checkpoint so far is far/best.ckpt' message ||
    fail "the warning does not say what to do: $(cat message)"
grep -q 'has run away and does not come back; training was stopped' message || fail "no word on the end: $(cat message)"
grep -q '"state": "diverged"' far/config.json || fail "config.json does not say diverged"
grep -q '"diverged_step": ' far/config.json || fail "config.json does not say since when"
"$VWW" runs . 2>/dev/null | grep -q '^far .* diverged ' || fail "vww runs: $("$VWW" runs .)"
steps=$(sed -n 's/.*"steps_done": \([0-9]*\).*/\1/p' far/config.json)
{ [ "$steps" -ge 500 ] && [ "$steps" -le 800 ]; } || fail "stopped after $steps steps"

# Interrupted, and gone on with: stopped at the same step, with the same bytes.
"${far[@]}" --out part --threads 2 2>message & process=$!
grows part
kill -TERM $process; wait $process || true
! grep -q diverged part/config.json || grep -q '"state": "stopped"' part/config.json ||
    fail "the interruption came too late: $(cat message)"
status=0; "$VWW" train --resume part --quiet 2>message || status=$?
[ $status -eq 1 ] || fail "a run that goes on: exit $status"
said message 1
cmp far/last.ckpt part/last.ckpt || fail "a run that went on was stopped elsewhere"

# All the same: it goes on, for as long again.
cp -r far again
status=0; "$VWW" train --resume again --quiet 2>message || status=$?
[ $status -eq 1 ] || fail "going on all the same: exit $status"
[ "$(sed -n 's/.*"steps_done": \([0-9]*\).*/\1/p' again/config.json)" -eq $((steps + 500)) ] ||
    fail "going on all the same: $(grep steps_done again/config.json), after $steps"

# The paper's rate, which swings, is not called diverged.
"${train[@]}" --recipe paper --batch 16 --epochs 12 --out paper 2>message
said message 0

# Ranks.
command -v mpirun >/dev/null || { echo "without ranks: mpirun is not installed"; exit 0; }
! mpirun --allow-run-as-root -n 2 --oversubscribe "$VWW" train --resume none 2>&1 |
    grep -q 'built without MPI' || { echo "without ranks: this vww was built without MPI"; exit 0; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_mpi_yield_when_idle=1
ranks() { timeout 300 mpirun -n "$@"; }
ended() { # status, name
    { [ "$1" -ne 0 ] && [ "$1" -ne 124 ]; } || fail "$2: exit $1: $(cat message)"
}
released() { # mpirun may end before the ranks that it told to
    for _ in $(seq 60); do [ -e "$1/.lock" ] || break; sleep 0.05; done
}
# Two in step: the bytes of one process, with what it has counted up to here.
"${far[@]}" --epochs 1 --out one 2>/dev/null
ranks 2 "${far[@]}" --epochs 1 --out one2 2>message
said message 1
cmp one/last.ckpt one2/last.ckpt || fail "two ranks judge otherwise than one process"

# Asynchronous ranks: the leader's own steps count.
ranks 2 "${far[@]}" --epochs 3 --async --out apart 2>message
said message 1
grep -q '"diverged_step": ' apart/config.json || fail "asynchronous ranks: $(cat apart/config.json)"
# Numbers that are none, of whichever rank: nothing is saved over the last good checkpoint.
status=0
ranks 2 "${train[@]}" --optimizer sgd --learning-rate 100 --weight-decay 10 --epochs 400 --async --out nan 2>message ||
    status=$?
ended $status "asynchronous ranks without numbers"
grep -q 'no longer' message || fail "asynchronous ranks without numbers: $(cat message)"
grep -q 'lower --learning-rate; the last good checkpoint is nan/last.ckpt' message ||
    fail "asynchronous ranks without numbers: $(cat message)"
grep -q '"state": "diverged"' nan/config.json || fail "asynchronous ranks without numbers: $(cat nan/config.json)"
"$VWW" eval nan/last.ckpt --data data --quiet >/dev/null || fail "the last good checkpoint is not good"

# What else stops asynchronous ranks. The folder is gone, as a disk may be:
long=("${train[@]}" --epochs 4000 --async --save-seconds 0.02)
timeout 300 mpirun -n 2 "${long[@]}" --out gone 2>message & job=$!
grows gone
mv gone kept
status=0; wait $job || status=$?
ended $status "no folder to write to"
grep -q 'gone/' message || fail "no folder to write to: $(cat message)"
grep -q 'the last good checkpoint is gone/last.ckpt' message || fail "no folder to write to: $(cat message)"
"$VWW" eval kept/last.ckpt --data data --quiet >/dev/null || fail "the checkpoint of a folder that went is not good"
# a rank is killed:
# shellcheck disable=SC2016 # it is the ranks' shells that expand it
timeout 300 mpirun -n 2 sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$0" "$@"' \
    "${long[@]}" --out killed 2>message & job=$!
grows killed
kill -9 "$(cat pid.1)"
status=0; wait $job || status=$?
ended $status "a rank was killed"
released killed
"$VWW" eval killed/last.ckpt --data data --quiet >/dev/null || fail "the checkpoint of a killed rank's run is not good"
# and the run goes on.
lines=$(wc -l <killed/metrics.jsonl)
timeout 300 mpirun -n 2 "$VWW" train --resume killed --quiet 2>message & job=$!
for _ in $(seq 1200); do [ "$(wc -l <killed/metrics.jsonl)" -gt "$lines" ] && break; sleep 0.05; done
kill -TERM $job
status=0; wait $job || status=$?
ended $status "a signal to stop"
released killed
[ "$(wc -l <killed/metrics.jsonl)" -gt "$lines" ] || fail "a killed rank's run does not go on: $(cat message)"
