# Networks of Keras, converted by TensorFlow's own converter to float and int8 models, give the outputs
# of LiteRT's built-in reference kernels.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import ai_edge_litert.interpreter, numpy, tensorflow' 2>/dev/null || {
    echo "skipped: $python has no tensorflow and ai-edge-litert (set VWW_ORACLE_PYTHON)"
    exit 77
}
"$python" "$VWW_SOURCE_DIR/tests/conformance/tflite_converter.py" "$VWW" 2>error.log || {
    tail -20 error.log
    exit 1
}
