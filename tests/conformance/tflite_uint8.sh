# Random models of the older uint8 scheme, whose weights have zero points, and int8 models with float
# and uint8 ends: what vww computes, and what it writes after reading them, is what LiteRT's built-in
# reference kernels compute.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import ai_edge_litert.interpreter, flatbuffers, numpy' 2>/dev/null || {
    echo "skipped: $python has no ai-edge-litert (set VWW_ORACLE_PYTHON)"
    exit 77
}
"$python" "$VWW_SOURCE_DIR/tests/conformance/tflite_uint8.py" "$VWW" \
    "$VWW_BUILD_DIR/tests/test_tflite_tflite" 300
