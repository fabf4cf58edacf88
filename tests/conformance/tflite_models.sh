# MLPerf Tiny's visual wake words model: vww's outputs are those of LiteRT's built-in reference
# kernels on photographs and random bytes; and so are those of the file that vww writes after
# reading it, and of the file that it simplified, which gives the outputs of the whole one. Both the int8 and the float file are read.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import ai_edge_litert.interpreter, numpy' 2>/dev/null || {
    echo "skipped: $python has no ai-edge-litert (set VWW_ORACLE_PYTHON)"
    exit 77
}
data=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}
[ -f "$data/models/vww_96_int8.tflite" ] || {
    echo "skipped: no $data/models (set VWW_SHARED_DATA)"
    exit 77
}
"$VWW_BUILD_DIR/tests/test_tflite_tflite" --rewrite "$data/models/vww_96_int8.tflite" again.tflite
"$VWW_BUILD_DIR/tests/test_tflite_tflite" --rewrite "$data/models/vww_96_float.tflite" float.tflite
"$VWW" simplify "$data/models/vww_96_int8.tflite" --out simplified.tflite
"$python" "$VWW_SOURCE_DIR/tests/conformance/tflite_models.py" "$VWW" "$data" again.tflite float.tflite simplified.tflite
