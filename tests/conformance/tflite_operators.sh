# Models that vww writes load in LiteRT and give, with its built-in reference kernels, the bytes that
# vww computes: each operator over random shapes and scales, and chains of operators.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import ai_edge_litert.interpreter, numpy' 2>/dev/null || {
    echo "skipped: $python has no ai-edge-litert (set VWW_ORACLE_PYTHON)"
    exit 77
}
mkdir operators networks
"$VWW_BUILD_DIR/tests/test_interpret_golden" --write operators 200
"$VWW_BUILD_DIR/tests/test_interpret_golden" --write-networks networks 300
"$python" "$VWW_SOURCE_DIR/tests/golden/oracle.py" compare operators
"$python" "$VWW_SOURCE_DIR/tests/golden/oracle.py" compare networks
