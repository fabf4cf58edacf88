# TensorFlow Lite Micro runs what vww writes, with the same outputs, and takes the memory plan from the
# file: its arena for activations has the bytes that vww planned.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy; from tflite_micro import runtime' 2>/dev/null || {
    echo "skipped: $python has no tflite-micro (set VWW_ORACLE_PYTHON)"
    exit 77
}
for model in mobilenet_v1 mobilenet_v2 shufflenet_v1_g3 shufflenet_v2; do
    size='--depth-multiplier 0.25 --resolution 64'
    case $model in shufflenet*) size='--depth-multiplier 0.5 --resolution 64' ;; esac
    # shellcheck disable=SC2086
    "$VWW" model export "$model" $size --seed 1 --out "$model.tflite" 2>/dev/null
    "$python" "$VWW_SOURCE_DIR/tests/conformance/micro.py" "$VWW" "$model.tflite" >log 2>&1 || {
        cat log
        exit 1
    }
    head=$(sed -n 's/.*Arena allocation head \([0-9]*\) bytes.*/\1/p' log)
    planned=$("$VWW" plan "$model.tflite" --strategy plain --json |
        sed -n 's/.*"arena_bytes":\([0-9]*\).*/\1/p')
    echo "$model: planned $planned bytes, TensorFlow Lite Micro's arena $head"
    # It rounds the end up to 16 bytes, and places itself the tensors that only the file has.
    case $model in
    mobilenet*) [ "$head" -eq $(((planned + 15) / 16 * 16)) ] ;;
    esac
done
