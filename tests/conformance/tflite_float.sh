# Float models of every operator, and MLPerf Tiny's float model: vww's outputs are those of LiteRT's
# built-in reference kernels within 1e-5 of the largest.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import ai_edge_litert.interpreter, numpy' 2>/dev/null || {
    echo "skipped: $python has no ai-edge-litert (set VWW_ORACLE_PYTHON)"
    exit 77
}
mkdir cases
"$VWW_BUILD_DIR/tests/test_tflite_float" --write cases 60
model=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}/models/vww_96_float.tflite
if [ -f "$model" ]; then
    "$python" - "$VWW" "$model" <<'END'
import json
import shutil
import subprocess
import sys

import numpy

random = numpy.random.default_rng(3)
for number in range(8):
    image = random.integers(0, 256 >> number % 4, 96 * 96 * 3).astype(numpy.uint8)
    image.tofile("image.bin")
    line = subprocess.run([sys.argv[1], "run", sys.argv[2], "--raw", "image.bin", "--json"],
                          check=True, capture_output=True, text=True).stdout
    shutil.copy(sys.argv[2], f"cases/vww_96-{number}.tflite")
    (image.astype(numpy.float32) * numpy.float32(1 / 255)).tofile(f"cases/vww_96-{number}.in")
    numpy.float32(json.loads(line)["output"]).tofile(f"cases/vww_96-{number}.out")
END
else
    echo "no $model: only the operators"
fi
"$python" "$VWW_SOURCE_DIR/tests/conformance/tflite_float.py" cases
