# Every family of the zoo becomes an int8 file that runs, and whose memory can be planned.
set -eu
head -c 150528 /dev/zero >zeros.bin
"$VWW" model list | while read -r family _; do
    size='--depth-multiplier 0.25 --resolution 32'
    bytes=3072
    case $family in
    shufflenet*) size='--depth-multiplier 0.5 --resolution 32' ;;
    mcunet_vww0) size='' bytes=12288 ;;
    micronet_vww2) size='' bytes=2500 ;;
    mlperf_tiny*) size='' bytes=27648 ;;
    mcunet* | micronet*) continue ;; # the same operators as their smallest, for much longer
    esac
    # shellcheck disable=SC2086
    "$VWW" model export "$family" $size --seed 1 --out "$family.tflite" 2>/dev/null
    head -c $bytes zeros.bin >input.bin
    "$VWW" run "$family.tflite" --raw input.bin --json >"$family.out"
    grep -q '"output":\[-*[0-9]*,-*[0-9]*\]' "$family.out"
    "$VWW" plan "$family.tflite" --json | grep -q '"arena_bytes":[1-9]'
    echo "$family"
done >finished
[ "$(wc -l <finished)" -eq 14 ]
