# vww train --recipe and vww recipe: presets, a file, options over both, what the run records, bad texts.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }

$VWW dataset synth --output-dir scenes --images 80 --seed 1 --quiet
$VWW dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 2 --val-shards 1 --quiet
train="$VWW train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --quiet --threads 1"

[ "$($VWW recipe | wc -l)" -eq 4 ] || fail "vww recipe does not list four presets"
for preset in paper mlperf best finish; do
    $VWW recipe | grep -q "^$preset " || fail "vww recipe does not list $preset"
    # Options change the recipe wherever they stand.
    $train --epochs 1 --recipe $preset --batch 8 --out $preset
    grep -q "\"recipe\": \"$preset\"" $preset/config.json || fail "config.json does not name $preset"
    grep -q '"epochs": 1,' $preset/config.json || fail "--epochs did not change $preset"
    grep -q '^batch 8$' $preset/recipe.txt || fail "--batch is not in $preset/recipe.txt"
    $VWW train --quantize-aware --from $preset --data data --out $preset-int8 --recipe $preset --epochs 1 \
        --batch 8 --quiet --threads 1
    grep -q '"quantize_aware": true' $preset-int8/config.json || fail "$preset-int8 is not quantization-aware"
done
grep -q '"schedule": "steps"' mlperf/config.json || fail "mlperf does not step"
grep -q '"learning_rate": 1e-0*5' paper-int8/config.json || grep -q '"learning_rate": 1.0*e-05' paper-int8/config.json ||
    fail "the section for quantization-aware training does not count: $(grep learning_rate paper-int8/config.json)"

# The text a run records makes the same run again.
$train --recipe best/recipe.txt --out again
cmp best/last.ckpt again/last.ckpt || fail "a run from recipe.txt differs"
cmp best/recipe.txt again/recipe.txt || fail "recipe.txt is not written again as it was read"

# What vww recipe writes out, it reads.
$VWW recipe mlperf >mine
$VWW recipe mine >mine.again
cmp mine mine.again || fail "a recipe changes as it is written out"

refused() { # status, pattern, words…
    wanted=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>message || status=$?
    [ $status -eq "$wanted" ] || fail "$*: exit $status instead of $wanted: $(cat message)"
    grep -q -- "$pattern" message || fail "$*: the message lacks \"$pattern\": $(cat message)"
}
printf 'vww-recipe 1\nepochs 3\nlearning_rte 0.1\n' >bad
refused 1 'did you mean learning_rate' $train --recipe bad --out x
refused 1 'line 3, column 14' $VWW recipe bad
refused 1 'did you mean paper' $train --recipe papr --out x
refused 1 'vww recipe' $VWW recipe nowhere.txt
printf 'vww-recipe 1\ncrop no\nrelabel yes\n' >bad
refused 1 'relabels crops' $train --recipe bad --out x
refused 1 'schedule_steps' $train --schedule steps --schedule-steps 3,2 --out x
refused 2 '--resume takes everything' $VWW train --resume best --recipe best
[ ! -e x ] || fail "a refused run left a folder"
