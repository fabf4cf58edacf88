# vww quantize on drawn scenes: every way to find ranges, the same bytes from any number of threads,
# and an int8 model that answers like the float one.
set -eu
"$VWW" dataset synth --output-dir drawn --images 60 --seed 5 --quiet
"$VWW" dataset build --train-image-dir drawn/train --train-annotations-file drawn/instances_train.json \
    --val-image-dir drawn/val --val-annotations-file drawn/instances_val.json \
    --output-dir data --size 48 --quiet
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 48 --float --out float.tflite

for method in minmax average percentile mse; do
    "$VWW" quantize float.tflite --data data --calibration $method --calibration-images 24 --json \
        --out $method.tflite >$method.json 2>$method.txt
    grep -q "\"ranges\":\"$method\",\"images\":24" $method.json
    grep -q "by calibration ($method) on 24 images of data" $method.txt
    "$VWW" run $method.tflite --image drawn/val/*.jpg --json >/dev/null
done
if cmp -s minmax.tflite percentile.tflite; then exit 1; fi
grep -q '^conv0 .*conv_2d .* [0-9.]*% ' mse.txt # the layer's line with its saturated share
grep -q "^mse.tflite: $(wc -c <mse.tflite) bytes" mse.txt

# mse is the default; threads change nothing; ranges that a model has are used without data.
"$VWW" quantize float.tflite --data data --calibration-images 24 --threads 1 --out one.tflite 2>/dev/null
"$VWW" quantize float.tflite --data data --calibration-images 24 --threads 3 --out three.tflite 2>/dev/null
cmp one.tflite three.tflite
cmp one.tflite mse.tflite

# Three executions of one network on the same images.
"$VWW" quantize float.tflite --data data --equalize --correct-bias --compare --json \
    --out best.tflite >best.json 2>best.txt
for way in float fake-quantized int8; do
    grep -q "\"execution\":\"$way\"" best.json
    grep -q "^$way  *accuracy" best.txt
done
grep -q 'biases corrected' best.txt
float=$(sed 's/.*"execution":"float"[^}]*"loss":\([0-9.]*\).*/\1/' best.json)
int8=$(sed 's/.*"execution":"int8"[^}]*"loss":\([0-9.]*\).*/\1/' best.json)
awk -v a="$float" -v b="$int8" 'BEGIN { exit !(a > 0 && b > 0 && (a - b) * (a - b) < 0.01) }' ||
    { echo "loss $float as float, $int8 as int8"; exit 1; }
"$VWW" eval best.tflite --data data --json 2>/dev/null | grep -q '"accuracy"'

# A data set of another size is stretched, and said to be; one of other classes is refused, and so is
# an output that cannot be written.
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 64 --float --out larger.tflite
"$VWW" quantize larger.tflite --data data --calibration-images 8 --out larger_int8.tflite 2>larger.txt
grep -q 'data are 48x48 and are stretched to the model.s 64x64' larger.txt
if grep -q 'stretched to' mse.txt; then exit 1; fi
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 48 --classes 3 --float --out three_classes.tflite
status=0
"$VWW" quantize three_classes.tflite --data data --out refused.tflite 2>error || status=$?
[ $status -eq 1 ]
grep -q 'other classes' error
[ ! -e refused.tflite ]
status=0
"$VWW" quantize float.tflite --data data --out data 2>error || status=$?
[ $status -eq 1 ]
grep -q data error

# A float run is calibrated; after training with fake quantization the run's own ranges are used, with
# and without data, and recalibration has to be asked for.
"$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --out run \
    --epochs 1 --batch 16 --quiet
"$VWW" train --quantize-aware --from run --data data --out run8 --epochs 1 --batch 16 --quiet
status=0
"$VWW" quantize run --out refused.tflite 2>error || status=$?
[ $status -eq 1 ]
grep -q 'run: the model has no activation ranges' error
"$VWW" quantize run --data data --calibration-images 16 --quiet --json --out run.tflite |
    grep -q '"ranges":"mse","images":16'
"$VWW" quantize run8 --quiet --json --out run8.tflite | grep -q '"ranges":"model","images":0,'
"$VWW" quantize run8/last.ckpt --quiet --out last.tflite
"$VWW" quantize run8 --data data --compare --quiet --json --out measured.tflite >measured.json
grep -q '"ranges":"model"' measured.json
grep -q '"db":[0-9]' measured.json
"$VWW" quantize run8 --data data --calibration minmax --quiet --json --out minmax8.tflite |
    grep -q '"ranges":"minmax"'
head -c 3000 run8/last.ckpt >short.ckpt
status=0
"$VWW" quantize short.ckpt --out refused.tflite 2>error || status=$?
[ $status -eq 1 ]
grep -q 'short.ckpt' error
[ ! -e refused.tflite ]
