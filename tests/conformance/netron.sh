# Netron opens what vww writes: its own reader finds every operator, tensor shape, weight and name.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
folder=$("$python" -c 'import netron, os; print(os.path.dirname(netron.__file__))' 2>/dev/null) || {
    echo "skipped: $python has no netron (set VWW_ORACLE_PYTHON)"
    exit 77
}
command -v node >/dev/null || { echo "skipped: no node to run Netron's reader"; exit 77; }
cp -r "$folder" netron
echo '{"type": "module"}' >netron/package.json
for model in mobilenet_v1 mobilenet_v2 mnasnet_b1 shufflenet_v1_g3 shufflenet_v2; do
    size='--depth-multiplier 0.35 --resolution 64'
    case $model in shufflenet*) size='--depth-multiplier 0.5 --resolution 64' ;; esac
    # shellcheck disable=SC2086
    "$VWW" model export "$model" $size --seed 1 --out "$model.tflite" 2>/dev/null
    "$VWW" simplify "$model.tflite" --out "simplified_$model.tflite" >/dev/null
done
for model in *.tflite; do
    "$VWW" check "$model" --json >check.json
    node "$VWW_SOURCE_DIR/tests/conformance/netron.mjs" netron "$model" check.json
done
