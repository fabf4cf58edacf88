# A build that is killed or interrupted goes on after its last whole shard, to the same bytes. One image
# is a named pipe, so that the build stands still where the test wants it.
set -eu
"$VWW" dataset synth --quiet --output-dir scenes --images 40 --seed 5 >/dev/null
build() {
    exec "$VWW" dataset build --quiet --size 32 --train-shards 4 --val-shards 2 \
        --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
        --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json "$@"
}
(build --output-dir whole) >/dev/null

image=scenes/train/000000000030.jpg # the second shard's
stop_at_pipe() {
    mv $image kept.jpg
    mkfifo $image
    build --output-dir set "$@" >output 2>error &
    process=$!
    for _ in $(seq 200); do
        [ ! -e set/.building/train.record-00000-of-00004.done ] || break
        sleep 0.05
    done
    [ -e set/.building/train.record-00000-of-00004.done ]
}
ended() { status=0; wait $process || status=$?; }
same_as_whole() {
    diff -r whole set
    rm -r set
}

# Killed: the first shard is not written again (it is the same file), the bytes are the same with
# another number of threads.
stop_at_pipe --threads 2
kill -9 $process
ended
[ $status -eq 137 ]
rm $image
mv kept.jpg $image
[ ! -e set/manifest.json ]
first=$(stat -c %i set/.building/train.record-00000-of-00004)
(build --output-dir set --threads 1) >/dev/null
[ "$(stat -c %i set/train.record-00000-of-00004)" = "$first" ]
same_as_whole

# Interrupted: a message that says how to go on.
stop_at_pipe
kill -INT $process
sleep 0.1
cat kept.jpg >$image
ended
rm $image
mv kept.jpg $image
[ $status -eq 1 ]
grep -q 'stopped; whole shards are kept .* the same command goes on' error
first=$(stat -c %i set/.building/train.record-00000-of-00004)
(build --output-dir set) >/dev/null
[ "$(stat -c %i set/train.record-00000-of-00004)" = "$first" ]
same_as_whole

# While it stands still, another process may not write there.
stop_at_pipe
status=0; (build --output-dir set) >output 2>error2 || status=$?
[ $status -eq 1 ]
grep -q 'another process is writing' error2
kill -9 $process
ended
rm $image
mv kept.jpg $image
# What was damaged meanwhile is written again.
printf 'X' | dd of=set/.building/train.record-00000-of-00004 bs=1 seek=99 conv=notrunc 2>/dev/null
(build --output-dir set) >/dev/null
same_as_whole
