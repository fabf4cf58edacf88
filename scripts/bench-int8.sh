#!/bin/bash
# Images per second of int8 MobileNet V1 0.25 at 96x96 on one core: vww's interpreter, and LiteRT with
# XNNPACK (its default) on the same core in turn, the best of several rounds each. LiteRT is run by
# VWW_ORACLE_PYTHON (default python3) where that has ai-edge-litert.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-1} core=${VWW_BENCH_CORE:-0}
python=${VWW_ORACLE_PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/vww model export mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --seed 1 \
    --out "$folder/m.tflite" --quiet
cat >"$folder/litert.py" <<'END'
import sys
import time

import numpy
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
given = interpreter.get_input_details()[0]
image = numpy.random.default_rng(1).integers(-128, 128, given["shape"]).astype(numpy.int8)
interpreter.set_tensor(given["index"], image)
for _ in range(20):
    interpreter.invoke()
start, count = time.perf_counter(), 0
while time.perf_counter() - start < float(sys.argv[2]):
    for _ in range(10):
        interpreter.invoke()
    count += 10
print(f"{count / (time.perf_counter() - start):.1f}")
END
has_litert=no
"$python" -c 'import ai_edge_litert.interpreter' 2>/dev/null && has_litert=yes
for ((round = 0; round < rounds; round++)); do
    taskset -c "$core" build/bench/bench_int8 "$seconds" "$folder/m.tflite" >>"$folder/vww"
    [ $has_litert = no ] ||
        taskset -c "$core" "$python" "$folder/litert.py" "$folder/m.tflite" "$seconds" \
            >>"$folder/litert" 2>/dev/null
done
best() { sort -g "$1" | tail -1; }
echo "int8 MobileNet V1 0.25 at 96x96, images/s on one core, best of $rounds rounds"
echo "vww     $(best "$folder/vww")"
if [ $has_litert = no ]; then
    echo "LiteRT  not installed for $python (set VWW_ORACLE_PYTHON)"
else
    echo "LiteRT  $(best "$folder/litert") (XNNPACK)"
    awk -v a="$(best "$folder/vww")" -v b="$(best "$folder/litert")" \
        'BEGIN { printf "ratio   %.2f\n", a / b }'
fi
