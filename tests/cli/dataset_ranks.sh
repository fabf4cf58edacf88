# Several processes, started by mpirun, build one set: its bytes are those of one process. A rank that
# fails or is killed ends the job with its message, and the same command goes on after the whole shards.
set -eu
command -v mpirun >/dev/null || { echo "skipped: mpirun (openmpi-bin) is not installed"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_mpi_yield_when_idle=1
"$VWW" dataset synth --quiet --output-dir scenes --images 24 --seed 5 >/dev/null
words=(dataset build --quiet --threads 1 --size 32 --train-shards 5 --val-shards 2
    --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json)
"$VWW" "${words[@]}" --output-dir whole >/dev/null
launch() { timeout 120 mpirun -n "$@"; }
same_as_whole() {
    diff -r whole set
    rm -r set
}
if ! launch 2 "$VWW" "${words[@]}" --output-dir set >summary 2>error; then
    ! grep -q 'built without MPI' error || { echo "skipped: this vww was built without MPI"; exit 77; }
    cat error
    exit 1
fi
[ "$(grep -c '^train ' summary)" -eq 1 ] # rank 0 alone speaks
same_as_whole
launch 4 "$VWW" "${words[@]}" --output-dir set >summary 2>error
[ "$(grep -c '^train ' summary)" -eq 1 ]
same_as_whole

# refuse TEXT COMMAND...: it fails with this text, in time, and leaves no data set
refuse() {
    text=$1; shift
    status=0
    "$@" >output 2>error || status=$?
    if [ $status -eq 0 ] || [ $status -eq 124 ] || ! grep -q "$text" error || [ -e set/manifest.json ]; then
        echo "$*: exit $status"
        cat error
        exit 1
    fi
}
refuse 'written by one process' launch 2 "$VWW" "${words[@]}" --output-dir set --format folders
[ ! -e set ]
# Rank 1 has other options.
cat >differ.sh <<'SH'
[ "$OMPI_COMM_WORLD_RANK" = 0 ] || set -- "$@" --policy mlperf
exec "$@"
SH
refuse 'rank 1 of 2 would build another data set' launch 2 sh differ.sh "$VWW" "${words[@]}" --output-dir set
# Rank 1 looks for the output folder elsewhere, as where machines share none.
cat >elsewhere.sh <<'SH'
[ "$OMPI_COMM_WORLD_RANK" = 0 ] || set -- "$@" --output-dir elsewhere
exec "$@"
SH
refuse 'rank 1 of 2: what rank 0 has begun is not to be seen here' \
    launch 2 sh elsewhere.sh "$VWW" "${words[@]}" --output-dir set
rm -rf set
# Rank 1 meets a bad image (the second of the files, so of the second shard): rank 0 says so. The first
# shard is whole and is not written again.
bad=scenes/train/000000000002.jpg
mv $bad kept.jpg
echo 'no image' >$bad
refuse 'rank 1 of 2: ' launch 2 "$VWW" "${words[@]}" --output-dir set
grep -q 000000000002.jpg error
[ "$(grep -c '^vww: ' error)" -eq 1 ]
mv kept.jpg $bad
first=$(stat -c %i set/.building/train.record-00000-of-00005)
launch 4 "$VWW" "${words[@]}" --output-dir set >summary 2>error
[ "$(stat -c %i set/train.record-00000-of-00005)" = "$first" ]
same_as_whole

# Rank 1 is killed while it stands still at an image that is a pipe: mpirun ends all. One process goes on.
mv $bad kept.jpg
mkfifo $bad
cat >pids.sh <<'SH'
echo $$ >pid.$OMPI_COMM_WORLD_RANK
exec "$@"
SH
launch 2 sh pids.sh "$VWW" "${words[@]}" --output-dir set >output 2>error & job=$!
for _ in $(seq 400); do
    [ ! -s pid.1 ] || [ ! -e set/.building/train.record-00000-of-00005.done ] || break
    sleep 0.05
done
kill -9 "$(cat pid.1)"
status=0; wait $job || status=$?
[ $status -ne 0 ] && [ $status -ne 124 ]
[ ! -e set/manifest.json ]
rm $bad
mv kept.jpg $bad
first=$(stat -c %i set/.building/train.record-00000-of-00005)
for _ in $(seq 100); do # rank 0 may be at its last steps
    status=0; "$VWW" "${words[@]}" --output-dir set >summary 2>error || status=$?
    grep -q 'another process is writing' error || break
    sleep 0.2
done
[ $status -eq 0 ] || { cat error; exit 1; }
[ "$(stat -c %i set/train.record-00000-of-00005)" = "$first" ]
same_as_whole
