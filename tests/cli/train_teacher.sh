# vww train --teacher: learning from another network's answers, going on with it, and what is refused.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }

$VWW dataset synth --output-dir scenes --images 80 --seed 1 --quiet
$VWW dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 1 --quiet
options="--data data --batch 8 --epochs 2 --threads 1 --quiet"
student="$VWW train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 $options"
$VWW train --model mobilenet_v1 --depth-multiplier 0.5 --resolution 48 $options --out large 2>/dev/null

refused() { # status, pattern, words…
    wanted=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status instead of $wanted: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: the message lacks \"$pattern\": $(cat message)"
}
lines() { sed 's/"images_per_second": [^,}]*//' "$1/metrics.jsonl"; }

# A run, its checkpoint and a float .tflite teach; a run says what taught it.
$student --teacher large --out half
grep -q '"distill": 0.5' half/config.json || fail "the weight is not recorded"
grep -q '"teacher": "large"' half/config.json || fail "the teacher is not recorded"
grep -q "\"teacher_sha256\": \"$(sha256sum <large/best.ckpt | cut -d' ' -f1)\"" half/config.json ||
    fail "the teacher's checksum is not recorded"
$student --out plain
! cmp -s <(lines half) <(lines plain) || fail "the teacher made no difference"
! grep -q distill plain/config.json plain/recipe.txt || fail "a run without a teacher speaks of distilling"
cp large/best.ckpt alone.ckpt
$student --teacher alone.ckpt --distill 0.5 --out same
cmp <(lines half) <(lines same) || fail "a run and its best checkpoint teach different things"
$VWW model export mobilenet_v2 --depth-multiplier 0.35 --resolution 32 --float --seed 1 --out two.tflite --quiet
$student --teacher two.tflite --mixup 0.2 --chunks 4 --out foreign
# By the teacher alone the smoothing of labels does not matter.
$student --teacher large --distill 1 --out wholly
$student --teacher large --distill 1 --label-smoothing 0.3 --out smoothed
cmp <(lines wholly) <(lines smoothed) || fail "--distill 1 learns from labels"
# Quantization-aware runs learn and teach.
$VWW train --quantize-aware --from plain $options --epochs 1 --teacher large --out quantized
$student --teacher quantized --epochs 1 --out from-quantized

# Going on: the same bytes; not without the teacher, nor with another.
long="$student --epochs 24 --teacher large --mixup 0.2 --chunks 4"
$long --out whole
$long --out part 2>message & process=$!
for _ in $(seq 600); do [ -s part/metrics.jsonl ] && break; sleep 0.02; done
kill -TERM $process
wait $process && fail "a run that was stopped says nothing of it"
cp -r part kept
mv large away
refused 1 'nothing is lost: put its file back, or say with --teacher' $VWW train --resume part
refused 1 'the teacher is not the one that the run began with' $VWW train --resume part --teacher half
cmp part/last.ckpt kept/last.ckpt || fail "a refused run was changed"
$VWW train --resume part --teacher away --threads 2 --quiet
cmp whole/last.ckpt part/last.ckpt || fail "a run that was stopped differs"
mv away large
cp -r kept again
cp large/last.ckpt large/other.ckpt
head -c 20000 large/best.ckpt >shorter && mv shorter large/best.ckpt
refused 1 'large.*cut short' $VWW train --resume again
cp half/best.ckpt large/best.ckpt
refused 1 'the teacher is not the one that the run began with' $VWW train --resume again
cmp again/last.ckpt kept/last.ckpt || fail "a refused run was changed"
refused 1 'the run learns from no teacher' $VWW train --resume plain --teacher half

# Who cannot teach, and who cannot learn.
$VWW model export mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --classes 3 --float --out three.tflite --quiet
$VWW model export mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --seed 1 --out int8.tflite --quiet
refused 1 'three.tflite.*seen: 3 classes; allowed: 2' $student --teacher three.tflite --out x
refused 1 'int8.tflite.*seen: an int8 network' $student --teacher int8.tflite --out x
refused 1 'nowhere' $student --teacher nowhere --out x
refused 1 'not a checkpoint' $student --teacher half/config.json --out x
refused 1 'nothing is learnt from it' $student --teacher half --distill 0 --out x
refused 1 'learns from a teacher, and there is none' $student --distill 0.5 --out x
refused 1 'learns from a teacher, and there is none' $student --recipe half/recipe.txt --out x
refused 1 'two images for each chunk' $student --cutmix 1 --out x
refused 2 'distill' $student --teacher half --distill 1.5 --out x
[ ! -e x ] || fail "a refused run left a folder"

# Learning rates are tried as one would train.
find="$VWW train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --batch 8 --find-lr --quiet
    --find-lr-steps 10 --json"
$find >without.json
$find --teacher half >with.json
! cmp -s without.json with.json || fail "--find-lr takes no notice of the teacher"
