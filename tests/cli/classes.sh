# A data set of three classes, each a folder: built, inspected, trained on, quantized, judged and reported.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
refuse() { # status, words of the message, command
    wanted=$1 words=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status: $(cat message)"
    grep -q -- "$words" message || fail "$*: $(cat message)"
}
"$VWW" dataset synth --output-dir scenes --images 90 --seed 1 --quiet >/dev/null
classes='ant bee cat'
for split in train val; do
    set -- scenes/$split/*.jpg
    while [ $# -ge 3 ]; do
        for class in $classes; do
            mkdir -p "photos/$split/$class"
            mv "$1" "photos/$split/$class/"
            shift
        done
    done
    rm -f "$@"
done
photos=$(find photos/train -name '*.jpg' | wc -l)
build() { "$VWW" dataset build --source folders --train-image-dir photos/train --val-image-dir photos/val --quiet "$@"; }

# Every format but MLPerf Tiny's, which has one class and all else, holds the same images under the same labels.
for format in tfrecord folders webdataset; do
    build --output-dir $format --format $format --size 32 --train-shards 2 --val-shards 1 >counts
    grep -q "^train *$photos images: $((photos / 3)) ant, $((photos / 3)) bee, $((photos / 3)) cat" counts ||
        fail "$format: $(cat counts)"
    printf '0:ant\n1:bee\n2:cat\n' | cmp - $format/labels.txt || fail "$format: $(cat $format/labels.txt)"
    "$VWW" dataset verify $format --quiet >/dev/null || fail "$format does not verify"
    "$VWW" dataset stats $format --json --quiet >$format.json
    for class in $classes; do
        grep -q "\"$class\": *$((photos / 3))" $format.json || fail "$format: stats lack $class: $(cat $format.json)"
    done
done
[ "$(find folders/train/bee -name '*.jpg' | wc -l)" -eq $((photos / 3)) ] || fail "folders/train/bee lacks images"
"$VWW" dataset show tfrecord --quiet --out look --count 5 >/dev/null
grep -q '>cat</span>' look/*.html || fail "the page does not tell the classes"
refuse 1 'tells one class from all else' build --output-dir x --format mlperf --size 32
refuse 1 'no boxes to count' build --output-dir x --labels count
# One class against all others is asked for by its name.
build --output-dir one --size 32 --foreground-class-of-interest bee --train-shards 1 --val-shards 1 >/dev/null
printf '0:background\n1:bee\n' | cmp - one/labels.txt || fail "one class against the others: $(cat one/labels.txt)"
# One name in both splits is two images, one file in both is refused.
cp -r photos/val named
name=$(basename "$(find photos/train/ant -name '*.jpg' | head -1)")
mv "$(find named/ant -name '*.jpg' | head -1)" named/ant/"$name"
"$VWW" dataset build --source folders --train-image-dir photos/train --val-image-dir named --output-dir named-set --quiet >/dev/null
"$VWW" dataset verify named-set --quiet >/dev/null || fail "one name in both splits does not verify"
refuse 1 'in the training and in the validation set' "$VWW" dataset build --source folders \
    --train-image-dir photos/train --val-image-dir photos/train --output-dir x
# The folders of both splits count; one alone is no choice.
mkdir -p photos/val/dog single/ant
cp "$(find photos/val/ant -name '*.jpg' | head -1)" photos/val/dog/other.jpg
build --output-dir four --size 32 --train-shards 1 --val-shards 1 >/dev/null
grep -q '^3:dog' four/labels.txt || fail "a class of val alone: $(cat four/labels.txt)"
refuse 1 'the class dog has no training image' "$VWW" train --model mobilenet_v1 --batch 16 --data four --out x
cp photos/val/dog/other.jpg single/ant/
refuse 1 'the folders of the classes are too few' "$VWW" dataset build --source folders --train-image-dir single \
    --split fraction --output-dir x

# The network gets as many outputs; int8 judges what float does.
"$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --data tfrecord --out run --epochs 1 --batch 16 --quiet
grep -q '"classes": 3' run/config.json || fail "the network does not tell three classes apart"
"$VWW" quantize run --data tfrecord --out run/model.tflite --quiet >/dev/null
val=$(find photos/val/ant photos/val/bee photos/val/cat -name '*.jpg' | wc -l)
for model in run run/model.tflite; do
    "$VWW" eval $model --data tfrecord --record run --quiet >text
    [ "$(grep -c '^\(ant\|bee\|cat\) ' text)" -eq 6 ] || fail "$model: no confusion and no classes: $(cat text)"
    grep -q 'mean of the classes' text || fail "$model: no macro precision and recall: $(cat text)"
    grep -q 'one class against all others' text || fail "$model: what the AUC is is not said: $(cat text)"
    grep -q 'without boxes: nothing is known' text || fail "$model: slices by boxes of no boxes: $(cat text)"
    "$VWW" eval $model --data tfrecord --json --quiet >json
    grep -q "\"images\": $val,.*\"classes\": \[\"ant\", \"bee\", \"cat\"\]" json || fail "$model: $(cat json)"
done
"$VWW" report run --out report --quiet >/dev/null
grep -q '>bee<' report/report.html || fail "the report lacks a class"
# A network of two classes goes on with three: the classifier is renewed.
"$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --data one --out two --epochs 1 --batch 16 --quiet
"$VWW" train --from two --data tfrecord --out three --epochs 1 --batch 16 2>message
grep -q 'it told 2 classes apart, the data set has 3: the classifier is renewed' message || fail "$(cat message)"
refuse 1 'classes' "$VWW" eval two --data tfrecord
