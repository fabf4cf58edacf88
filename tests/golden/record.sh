#!/bin/sh
# Make tests/golden/int8.txt and foreign.txt anew: outputs of LiteRT's built-in reference kernels for
# the cases of tests/support/int8_cases.h and for models that other tools make. Needs a build, and a
# Python with ai-edge-litert, flatbuffers and numpy (VWW_ORACLE_PYTHON, default python3).
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/tests/test_interpret_golden --write "$folder" 60
"${VWW_ORACLE_PYTHON:-python3}" tests/golden/oracle.py record "$folder" >"$folder/record"
mv "$folder/record" tests/golden/int8.txt
"${VWW_ORACLE_PYTHON:-python3}" tests/conformance/tflite_uint8.py record 60 >"$folder/record"
mv "$folder/record" tests/golden/foreign.txt
wc -l -c tests/golden/*.txt
