# vww train --from MLPerf Tiny's float network: before the first step the run computes what the file
# does, to 1e-5 for every photograph held back.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
data=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}
model=$data/models/vww_96_float.tflite
[ -f "$model" ] && [ -f "$data/photos/instances_dev.json" ] || {
    echo "skipped: no models and photographs under $data (set VWW_SHARED_DATA)"
    exit 77
}
"$VWW" dataset build --quiet --size 96 --output-dir set \
    --train-image-dir "$data/photos/images" \
    --train-annotations-file "$data/photos/instances_train.json" \
    --val-image-dir "$data/photos/images" --val-annotations-file "$data/photos/instances_dev.json" \
    >/dev/null

# The first checkpoint is written before the first step, the second long after we stopped it.
"$VWW" train --from "$model" --data set --out run --batch 96 --epochs 100 --save-seconds 1e6 \
    2>message &
process=$!
for _ in $(seq 1200); do
    [ -s run/config.json ] && break
    sleep 0.1
done
mkdir first file
cp run/last.ckpt first/last.ckpt || true
kill -KILL $process
wait $process || true
[ -s first/last.ckpt ] || fail "no run began: $(cat message)"
grep -q 'the weights of a mlperf_tiny_vww' message || fail "which model it is, was not said: $(cat message)"

"$VWW" eval "$model" --data set --record file --quiet >/dev/null
"$VWW" eval first/last.ckpt --data set --record first --quiet >/dev/null
for side in file first; do
    sed 's/.*"probabilities": *\[//; s/\].*//' $side/eval-float.json | tr -d ' ' | tr ',' '\n' >$side/list
done
paste file/list first/list | awk '
    { difference = $1 - $2; if (difference < 0) difference = -difference
      if (difference > most) most = difference }
    END { print NR / 2 " images, largest difference of a probability: " most
          exit !(NR > 1000 && most <= 1e-5) }'
