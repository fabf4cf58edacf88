# torchvision's mobilenet_v2, mnasnet and shufflenet_v2 have the zoo's trainable parameters,
# multiply-adds and output shapes, layer by layer, at several widths, odd resolutions and numbers of
# classes.
set -eu
python=${VWW_TORCH_PYTHON:-${VWW_ORACLE_PYTHON:-python3}}
"$python" -c 'import torchvision' 2>/dev/null || {
    echo "skipped: $python has no torchvision (set VWW_TORCH_PYTHON)"
    exit 77
}
"$python" "$VWW_SOURCE_DIR/tests/conformance/zoo_torchvision.py" "$VWW"
