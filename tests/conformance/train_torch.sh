# One training step of models of each family: vww's loss and gradients are PyTorch's (in double
# precision) from the same weights and images, within the bounds that train_torch.py states.
set -eu
python=${VWW_TORCH_PYTHON:-${VWW_ORACLE_PYTHON:-python3}}
"$python" -c 'import torch, numpy' 2>/dev/null || {
    echo "skipped: $python has no torch with numpy (set VWW_TORCH_PYTHON)"
    exit 77
}
"$python" "$VWW_SOURCE_DIR/tests/conformance/train_torch.py" "$VWW_BUILD_DIR/bench/train_export" \
    "$VWW_SOURCE_DIR/bench"
