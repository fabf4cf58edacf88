# vww train under mpirun: 2 and 4 ranks write the bytes of one process; ranks with other data or options
# are refused; what kills a rank leaves a run to go on with.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
command -v mpirun >/dev/null || { echo "skipped: mpirun (openmpi-bin) is not installed"; exit 77; }
! mpirun --allow-run-as-root -n 2 --oversubscribe "$VWW" train --resume none 2>&1 |
    grep -q 'built without MPI' || { echo "skipped: this vww was built without MPI"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_mpi_yield_when_idle=1

for set in data other; do
    "$VWW" dataset synth --output-dir scenes --images 80 --seed ${#set} --quiet
    "$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
        --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
        --output-dir $set --size 32 --train-shards 2 --val-shards 1 --quiet
    rm -r scenes
done
train=(train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --batch 16 --quiet
    --epochs 2)
ranks() { timeout 300 mpirun -n "$@"; }

# The bytes of one process: weights, optimizer, position. (metrics.jsonl also tells the time.)
"$VWW" "${train[@]}" --out one --threads 2
for n in 2 4; do
    ranks $n "$VWW" "${train[@]}" --out ranks$n
    cmp one/last.ckpt ranks$n/last.ckpt || fail "$n ranks: another last.ckpt"
    cmp one/best.ckpt ranks$n/best.ckpt || fail "$n ranks: another best.ckpt"
    grep -q '"state": "finished"' ranks$n/config.json || fail "$n ranks: not finished"
done
ranks 2 "$VWW" train --quantize-aware --from one --data data --out int2 --batch 16 --quiet --epochs 1
"$VWW" train --quantize-aware --from one --data data --out int1 --batch 16 --quiet --epochs 1
cmp int1/last.ckpt int2/last.ckpt || fail "2 ranks: another last.ckpt with fake quantization"

# So with mixed images, a teacher, and activations stored as bfloat16.
mixed=("${train[@]}" --chunks 4 --mixup 0.4 --cutmix 1 --teacher one)
"$VWW" "${mixed[@]}" --precision bf16 --out narrow1 --threads 2
for n in 2 4; do
    ranks $n "$VWW" "${mixed[@]}" --precision bf16 --out narrow$n
    cmp narrow1/last.ckpt narrow$n/last.ckpt || fail "$n ranks: another last.ckpt with mixing, a teacher and bf16"
done
"$VWW" "${mixed[@]}" --out mixed1
state() { tail -c 99999 "$1/last.ckpt"; } # of the optimizer
! cmp -s <(state mixed1) <(state narrow1) || fail "bf16 made no difference"
! cmp -s <(state one) <(state mixed1) || fail "mixing and the teacher made no difference"
! "$VWW" train --quantize-aware --from one --data data --out int3 --precision bf16 --quiet 2>message ||
    fail "quantization-aware training with bf16 was not refused"
grep -q 'precision bf16' message || fail "no word on bf16: $(cat message)"

# 3 ranks: the same sums in another order, with 12 chunks by one process and by three.
"$VWW" "${train[@]}" --chunks 12 --out one12
ranks 3 "$VWW" "${train[@]}" --chunks 12 --out three12
cmp one12/last.ckpt three12/last.ckpt || fail "3 ranks: another last.ckpt"
# Batch norm of its own on each rank: another training, of which all ranks have the same weights.
ranks 2 "$VWW" "${train[@]}" --batch-norm local --out local
! cmp -s <(state one) <(state local) || fail "local batch norm made no difference"

# What was begun by one process, two ranks go on with, and the reverse.
stopped() { # the run of this folder was stopped in the middle
    ! grep -q finished "$1/config.json" || fail "$1 was not stopped"
}
released() { # mpirun may end before the ranks that it told to
    for _ in $(seq 60); do [ -e "$1/.lock" ] || break; sleep 0.05; done
}
long=("${train[@]}" --epochs 24)
"$VWW" "${long[@]}" --out whole
timeout 300 mpirun -n 2 "$VWW" "${long[@]}" --out part 2>message & job=$!
for _ in $(seq 600); do [ -s part/metrics.jsonl ] && break; sleep 0.05; done
kill -TERM $job
wait $job && fail "mpirun was stopped and says nothing of it"
released part
stopped part
"$VWW" train --resume part --quiet
cmp whole/last.ckpt part/last.ckpt || fail "a run of two ranks, then one, differs"

# A rank is killed: the job ends, and the run goes on from where it was.
# shellcheck disable=SC2016 # it is the ranks' shells that expand it
ranks 2 sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$0" "$@"' \
    "$VWW" "${long[@]}" --out killed 2>message & job=$!
for _ in $(seq 600); do [ -s killed/metrics.jsonl ] && break; sleep 0.05; done
kill -9 "$(cat pid.1)"
status=0; wait $job || status=$?
[ $status -ne 0 ] || fail "a rank was killed and mpirun says nothing of it"
[ $status -ne 124 ] || fail "a rank was killed and the others waited for it"
released killed
stopped killed
ranks 2 "$VWW" train --resume killed --quiet
cmp whole/last.ckpt killed/last.ckpt || fail "a run of which a rank was killed differs"

# Ranks that differ, each told something else.
refuse() { # pattern, then what rank 0 and rank 1 are told
    pattern=$1
    status=0
    # shellcheck disable=SC2086 # lists of words
    ranks 1 "$VWW" "${train[@]}" --out x $2 : -n 1 "$VWW" "${train[@]}" --out x $3 >out 2>message || status=$?
    [ $status -ne 0 ] && [ $status -ne 124 ] || fail "ranks with $2, $3: exit $status"
    grep -q -- "$pattern" message || fail "ranks with $2, $3: $(cat message)"
    [ ! -e x ] || fail "ranks that were refused left a folder"
}
refuse 'rank 1 of 2: its options are not' '--momentum 0.9' '--momentum 0.8'
refuse 'rank 1 of 2: its training images are not' '--data data' '--data other'
refuse 'rank 1 of 2: .*no such folder' '--data data' '--data nowhere'
refuse 'cannot be shared out' '--chunks 3' '--chunks 3'

# At the beginning each rank reads every other shard: one that is cut short in rank 1's copy is found at once
# where it is rank 1's to read, and else when an image of it is drawn.
damaged() { # which shard, then the pattern of the message
    rm -rf copy x
    cp -r data copy
    truncate -s 100 copy/train*0000"$1"-of*
    status=0
    ranks 1 "$VWW" "${train[@]}" --out x --data data : -n 1 "$VWW" "${train[@]}" --out x --data copy 2>message ||
        status=$?
    [ $status -ne 0 ] && [ $status -ne 124 ] || fail "shard $1 damaged on rank 1: exit $status"
    grep -q "$2" message || fail "shard $1 damaged on rank 1: $(cat message)"
}
damaged 1 'train.*00001-of.*rank 1 of 2'
[ ! -e x ] || fail "a damaged shard was found late"
damaged 0 'train.*00000-of.*rank 1 of 2'
[ -e x/config.json ] || fail "rank 1 read a shard at the beginning that was not its own"

# Asynchronous workers: all batches are learnt from, once, whoever takes them; the state can be resumed.
# Their rate: the images of all of them in the time from the first one's start to the last one's end.
begun=$(date +%s%N)
timeout 300 mpirun -n 3 "$VWW" "${train[@]:0:${#train[@]}-3}" --epochs 3 --async --out async 2>message
taken=$(($(date +%s%N) - begun))
rate=$(sed -n 's/.* \([0-9]*\) images\/s.*/\1/p' message)
[ -n "$rate" ] || fail "asynchronous ranks say no rate: $(cat message)"
sed 's/.*"images_per_second": \([0-9.e+]*\).*/\1/' async/metrics.jsonl |
    awk -v all="$rate" -v taken=$taken '{ n++; seconds += 64 / $1 }
        END { rate = 64 * n / seconds; exit !(n == 3 && seconds > 0 && seconds < taken / 1e9 &&
                                              rate > all - 1 && rate < all + 1) }' ||
    fail "asynchronous ranks: $rate images/s in all, by epochs: $(cat async/metrics.jsonl)"
grep -q '"steps_done": 12' async/config.json || fail "asynchronous ranks did not do 12 steps"
[ "$(wc -l <async/metrics.jsonl)" -eq 3 ] || fail "asynchronous ranks wrote other than 3 lines"
[ -s async/best.ckpt ] || fail "asynchronous ranks kept no best checkpoint"
"$VWW" train "${train[@]:1}" --async --epochs 3 --out apart
"$VWW" train "${train[@]:1}" --epochs 3 --out together
cmp <("$VWW" eval apart --data data --json 2>/dev/null | sed 's/"model":"[^"]*"//') \
    <("$VWW" eval together --data data --json 2>/dev/null | sed 's/"model":"[^"]*"//') ||
    fail "one process: --async makes a difference"
timeout 300 mpirun -n 2 "$VWW" "${long[@]}" --async --out apart2 2>message & job=$!
for _ in $(seq 600); do [ -s apart2/metrics.jsonl ] && break; sleep 0.05; done
kill -TERM $job
wait $job && fail "mpirun was stopped and says nothing of it"
released apart2
stopped apart2
ranks 2 "$VWW" train --resume apart2 --quiet
grep -q '"steps_done": 96' apart2/config.json || fail "asynchronous ranks that were stopped lost steps"

# A rank meets a shard that cannot be read any more in the middle of an epoch: all stop, and say why.
timeout 300 mpirun -n 2 "$VWW" "${long[@]}" --epochs 4000 --cache 0 --out torn 2>message & job=$!
for _ in $(seq 600); do [ -s torn/metrics.jsonl ] && break; sleep 0.05; done
shard=$(ls data/train*00001-of*)
: >"$shard"
status=0; wait $job || status=$?
[ $status -ne 0 ] && [ $status -ne 124 ] || fail "a shard that cannot be read: exit $status"
grep -q "$shard" message || fail "a shard that cannot be read: $(cat message)"
grep -q 'vww train --resume torn' message || fail "no word on how to go on: $(cat message)"
