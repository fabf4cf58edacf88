# vww run: its lines, and its messages for files of the wrong size, damaged models and photographs.
set -eu
"$VWW_BUILD_DIR/tests/test_interpret_golden" --write-images .
model=image.tflite
head -c 432 /dev/zero >zeros.bin
head -c 431 /dev/zero >short.bin
head -c 433 /dev/zero >long.bin
printf 'P6\n2 2\n255\n\377\0\0\0\377\0\0\0\377\377\377\377' >photo.ppm

"$VWW" run "$model" --raw zeros.bin zeros.bin --json >out
[ "$(wc -l <out)" -eq 2 ]
[ "$(sort -u out | wc -l)" -eq 1 ]
grep -Eq '^\{"file":"zeros.bin","output":\[-?[0-9]+(,-?[0-9]+)*\],"probability":\[[0-9.e-]+(,[0-9.e-]+)*\],"label":"[^"]+"\}$' out
"$VWW" run "$model" --image photo.ppm --raw zeros.bin --json >out
[ "$(wc -l <out)" -eq 2 ]
grep -q '"file":"photo.ppm"' out
"$VWW" run "$model" --image photo.ppm | grep -Eq '^photo.ppm: .* \([0-9.]+ %\)$'

refused() { # status, text, then the command
    local expected=$1 text=$2 status=0
    shift 2
    "$@" >out 2>error || status=$?
    if [ $status -ne "$expected" ] || ! grep -q -- "$text" error; then
        echo "$*: exit $status, expected $expected and \"$text\"; it said:"
        cat error
        return 1
    fi
}
refused 1 '431 bytes; allowed: 432 bytes' "$VWW" run "$model" --raw short.bin
refused 1 'more than 432 bytes' "$VWW" run "$model" --raw long.bin
refused 1 'missing.bin: cannot open' "$VWW" run "$model" --raw missing.bin
refused 1 'missing.tflite' "$VWW" run missing.tflite --raw zeros.bin
refused 1 'not a .tflite model' "$VWW" run photo.ppm --raw zeros.bin
refused 1 'short.bin' "$VWW" run "$model" --image short.bin
refused 2 'nothing to run on' "$VWW" run "$model"
refused 2 'too few arguments' "$VWW" run --raw zeros.bin
head -c 1000 "$model" >cut.tflite
refused 1 'cut.tflite: byte ' "$VWW" run cut.tflite --raw zeros.bin
# A float model gives real numbers, one of the older uint8 scheme unsigned integers.
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --float --out float.tflite --quiet
head -c 3072 /dev/zero >black.bin
"$VWW" run float.tflite --raw black.bin --json | grep -Eq '"output":\[[01](\.[0-9e-]+)?,[01](\.[0-9e-]+)?\]'
older=$VWW_SOURCE_DIR/tests/fuzz/corpus/tflite/foreign-2.tflite
bytes=$("$VWW" check "$older" | sed 's/.* \([0-9x]*\) to .*/\1/' | awk -Fx '{ print $1 * $2 * $3 * $4 }')
head -c "$bytes" /dev/zero >black.bin
"$VWW" run "$older" --raw black.bin --json >out
grep -Eq '"output":\[[0-9,]+\]' out
