# MLPerf Tiny's float network, quantized here from photographs, loses under half a percentage point of
# accuracy on the photographs held back; and LiteRT, where it is at
# hand, computes the same output bytes from the file.
set -eu
data=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}
[ -f "$data/models/vww_96_float.tflite" ] && [ -f "$data/photos/instances_dev.json" ] || {
    echo "skipped: no models and photographs under $data (set VWW_SHARED_DATA)"
    exit 77
}
"$VWW" dataset build --quiet --size 96 --output-dir set \
    --train-image-dir "$data/photos/images" \
    --train-annotations-file "$data/photos/instances_train.json" \
    --val-image-dir "$data/photos/images" --val-annotations-file "$data/photos/instances_dev.json" \
    >/dev/null
for options in '--calibration mse' '--calibration percentile --equalize --correct-bias'; do
    # shellcheck disable=SC2086
    "$VWW" quantize "$data/models/vww_96_float.tflite" --data set --calibration-images 128 $options \
        --compare --json --quiet --out int8.tflite >result.json
    sed 's/.*"compare":\[//; s/},{/}\n{/g' result.json |
        sed -n 's/.*"execution":"\([^"]*\)".*"accuracy":\([0-9.]*\),"loss":\([0-9.]*\).*/\1 \2 \3/p' >table
    awk -v options="$options" '
        { print options, $0; accuracy[$1] = $2 }
        END { lost = accuracy["float"] - accuracy["int8"]
              exit !(NR == 3 && accuracy["float"] > 0.7 && lost < 0.005 && lost > -0.02) }' table
done
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import ai_edge_litert.interpreter, numpy' 2>/dev/null || {
    echo "accuracy checked; $python has no ai-edge-litert to compare outputs with"
    exit 0
}
"$python" "$VWW_SOURCE_DIR/tests/conformance/quantize_published.py" "$VWW" int8.tflite
