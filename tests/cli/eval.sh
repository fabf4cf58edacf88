# vww eval: wrong inputs, and figures against those counted from vww run.
set -eu
fails() { # fails STATUS TEXT COMMAND…: the command ends with STATUS and says TEXT on stderr
    wanted=$1 text=$2 status=0
    shift 2
    "$@" >output 2>error || status=$?
    if [ $status -ne "$wanted" ] || ! grep -q -e "$text" error; then
        echo "exit $status, wanted $wanted and \"$text\": $*"; cat error; exit 1
    fi
    [ ! -s output ]
}
fails 2 'too few arguments' "$VWW" eval --data data
fails 2 'either --data or --mlperf' "$VWW" eval model.tflite
fails 2 'either --data or --mlperf' "$VWW" eval model.tflite --data data --mlperf set
fails 2 'images cannot be' "$VWW" eval model.tflite --data data --images -1
fails 1 'absent.tflite' "$VWW" eval absent.tflite --data data
fails 1 'absent.ckpt' "$VWW" eval absent.ckpt --data data
fails 1 'absent: the run to record into is no folder' "$VWW" eval m.tflite --data d --record absent
echo nonsense >nonsense.tflite
fails 1 'nonsense.tflite' "$VWW" eval nonsense.tflite --data data

# A folder in MLPerf's layout: the figures are those of the answers of vww run, one by one.
mkdir set run
i=0
for word in one two three four five six; do
    yes $word$i | head -c 27648 >set/$i.bin
    echo "$i.bin,2,$((i % 3 == 2))" >>set/y_labels.csv
    i=$((i + 1))
done
for seed in 3 4; do # one answers 0 to everything, the other 1
    "$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --seed $seed \
        --out m$seed.tflite 2>/dev/null
    "$VWW" run m$seed.tflite --raw set/?.bin --json 2>/dev/null |
        sed 's/.*"probability":\[\([^]]*\)\].*/\1/' |
        awk -F, '{ says = $2 + 0 > $1 + 0; is = NR % 3 == 0; count[is, says]++; right += is == says }
            END { printf "{\"images\": 6, \"accuracy\": %.17g, \"confusion\": [[%d, %d], [%d, %d]]}\n",
                  right / 6, count[0, 0], count[0, 1], count[1, 0], count[1, 1] }' >wanted
    "$VWW" eval m$seed.tflite --mlperf set --record run --json 2>/dev/null >int8.json
    sed 's/"loss": [^,]*, //; s/, "kind".*/}/' int8.json | cmp - wanted || { cat wanted int8.json; exit 1; }
    grep -q '"kind": "int8", "classes": \["non_person", "person"\]' int8.json
    [ "$(grep -c '"kind": "int8"' run/eval-int8.json)" -eq 1 ]
done
# The generated C gives the same figures as the interpreter, and is recorded with its machine.
"$VWW" eval m4.tflite --mlperf set --machine host --record run --json 2>/dev/null >device.json
sed 's/"int8"/"device"/' int8.json | cmp - device.json
grep -q '"machine": "host"' run/eval-device.json
# Only the first images.
"$VWW" eval m4.tflite --mlperf set --images 2 --json 2>/dev/null | grep -q '"images": 2,'

fails 1 'did you mean .*mps2-an386' "$VWW" eval m4.tflite --mlperf set --machine mps2-an38
head -c 27000 set/0.bin >set/short.bin
echo 'short.bin,2,0' >>set/y_labels.csv
fails 1 'set/short.bin: the image does not have the model' "$VWW" eval m4.tflite --mlperf set

# Measures: MLPerf's layout has no boxes, which is said; drawn scenes have.
sed -i '/short.bin/d' set/y_labels.csv
"$VWW" eval m4.tflite --mlperf set 2>/dev/null >text
grep -q 'come without boxes' text
grep -q '^person .* 2 ' text
"$VWW" eval m4.tflite --mlperf set --json 2>/dev/null | grep -q '"without_boxes": 6,"\?'
"$VWW" dataset synth --output-dir scenes --images 40 --seed 2 --quiet >/dev/null
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 96 --train-shards 1 --val-shards 1 --quiet >/dev/null
"$VWW" eval m4.tflite --data data --split train 2>/dev/null >text
grep -q 'share of the image that the largest one takes, by the boxes' text
grep -q 'cut off by the border' text
! grep -q 'without boxes' text
# Images that are smaller than the network's are enlarged, which is said; of the right size nothing.
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir small --size 48 --train-shards 1 --val-shards 1 --quiet >/dev/null
"$VWW" eval m4.tflite --data small --split train 2>notes >/dev/null
grep -q 'small: its images have 48 pixels and are enlarged to the network.s 96' notes
"$VWW" eval m4.tflite --data data --split train 2>notes >/dev/null
! grep -q enlarged notes
