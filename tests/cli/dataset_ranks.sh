# Several processes build one set: by mpirun, and by hand. The bytes are those of one process; a process
# that is lost ends in an error, not in waiting.
set -eu
"$VWW" dataset synth --quiet --output-dir scenes --images 40 --seed 5 >/dev/null
words=(dataset build --quiet --threads 1 --size 32 --train-shards 5 --val-shards 2
    --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json)
"$VWW" "${words[@]}" --output-dir whole >/dev/null
by_hand() { "$VWW" "${words[@]}" --output-dir set --ranks "$@"; }
same_as_whole() {
    diff -r whole set
    rm -r set
}

# By hand: each process told who it is, as a cluster without MPI would.
by_hand 3 --rank 1 2>/dev/null & one=$!
by_hand 3 --rank 2 2>/dev/null & two=$!
by_hand 3 --rank 0 >summary
wait $one
wait $two
grep -q '^train ' summary
same_as_whole

# refuse STATUS SECONDS WORDS COMMAND...: it fails with these words, in time
refuse() {
    wanted=$1 seconds=$2 text=$3; shift 3
    status=0
    timeout "$seconds" "$@" >output 2>error || status=$?
    if [ $status -ne "$wanted" ] || ! grep -q "$text" error; then
        echo "$*: exit $status"
        cat error
        exit 1
    fi
}
refuse 2 10 'no rank 2 of 2' "$VWW" "${words[@]}" --output-dir set --ranks 2 --rank 2
refuse 1 10 'rank 0 did not begin' "$VWW" "${words[@]}" --output-dir set --ranks 2 --rank 1 --rank-timeout 0.3
refuse 1 10 'one process' "$VWW" "${words[@]}" --output-dir set --ranks 2 --rank 0 --format folders
[ ! -e set ]
# Rank 1 never comes. What rank 0 wrote is kept, and one process can go on with it.
refuse 1 20 'rank 1 of 2 gives no sign of life' \
    "$VWW" "${words[@]}" --output-dir set --ranks 2 --rank 0 --rank-timeout 0.3
[ ! -e set/manifest.json ]
# Rank 1 has other options.
refuse 1 20 'builds another data set' \
    "$VWW" "${words[@]}" --output-dir set --ranks 2 --rank 1 --rank-timeout 0.3 --policy mlperf
"$VWW" "${words[@]}" --output-dir set >/dev/null
same_as_whole
# Rank 1 meets a bad image (one of its shard): rank 0 says so.
mv scenes/train/000000000002.jpg kept.jpg
echo 'no image' >scenes/train/000000000002.jpg
by_hand 2 --rank 1 >/dev/null 2>error1 & one=$!
refuse 1 20 'rank 1 of 2 failed.*000000000002.jpg' "$VWW" "${words[@]}" --output-dir set --ranks 2 --rank 0
status=0; wait $one || status=$?
[ $status -eq 1 ]
grep -q '000000000002.jpg' error1
mv kept.jpg scenes/train/000000000002.jpg
rm -r set

command -v mpirun >/dev/null || { echo "skipped the rest: mpirun (openmpi-bin) is not installed"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
for ranks in 2 4; do
    timeout 60 mpirun -n $ranks "$VWW" "${words[@]}" --output-dir set >summary
    [ "$(grep -c '^train ' summary)" -eq 1 ] # rank 0 alone speaks
    same_as_whole
done
# A rank is killed: mpirun ends, and so do all others. The same command goes on.
mv scenes/train/000000000002.jpg kept.jpg
mkfifo scenes/train/000000000002.jpg
# shellcheck disable=SC2016 # it is the ranks' shells that expand it
timeout 60 mpirun -n 2 sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$0" "$@"' \
    "$VWW" "${words[@]}" --output-dir set >output 2>error & job=$!
for _ in $(seq 200); do
    [ ! -s pid.1 ] || [ ! -e set/.building/train.record-00004-of-00005.done ] || break
    sleep 0.05
done
kill -9 "$(cat pid.1)"
status=0; wait $job || status=$?
[ $status -ne 0 ]
[ $status -ne 124 ]
[ ! -e set/manifest.json ]
rm scenes/train/000000000002.jpg
mv kept.jpg scenes/train/000000000002.jpg
timeout 60 mpirun -n 3 "$VWW" "${words[@]}" --output-dir set >summary
same_as_whole
