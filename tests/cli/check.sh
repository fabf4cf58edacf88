# vww check: what is supported, and of what is not the operator, the tensor and a remedy.
set -eu
"$VWW_BUILD_DIR/tests/test_tflite_tflite" --write-wrong .
"$VWW" check good.tflite | grep -q '^good.tflite: supported: int8, 1 operators, 1x8x8x3 to '
"$VWW" check good.tflite --json | grep -q '"supported":true,"type":"int8","operators":1'
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --float --out float.tflite
"$VWW" check float.tflite | grep -q 'supported: float32.*make it int8 first'

refused() { # file, then texts that the message has
    local file=$1 text
    shift
    if "$VWW" check "$file.tflite" >out 2>error; then
        echo "$file.tflite is called supported"
        return 1
    fi
    [ ! -s out ]
    for text in "$file.tflite" "$@"; do
        if ! grep -q -- "$text" error; then
            echo "$file.tflite: the message has no \"$text\":"
            cat error
            return 1
        fi
    done
    "$VWW" check "$file.tflite" --json >out || true
    grep -q '"supported":false,"message":".*' out
}
refused while 'operator 0 (WHILE)' 'tensor conv_2d0' 'control flow'
refused custom 'operator 0 (CUSTOM)' 'a custom operator' 'without custom operators'
refused unpool 'operator 0 (SHAPE)' 'operator code 77' 'CONV_2D, ' 'replace the operator'
refused dynamic 'tensor 0 (input)' 'dynamic' 'fixed shapes'
refused subgraphs '2 subgraphs' 'control flow'
refused loop 'operator 0 (WHILE)' 'tensor loop' '2 subgraphs' 'control flow'
refused axis 'operator conv_2d0' 'tensor conv_2d0/weights' 'along dimension 1' 'along dimension 0'
refused unquantized 'operator conv_2d0' 'tensor conv_2d0' 'full integer quantization'
head -c 500 good.tflite >cut.tflite
refused cut 'byte '
printf 'not a model at all' >other.tflite
refused other 'not a .tflite model'
# Float, int8 and the older uint8 scheme, with ends of other types.
for number in 2 11 23 56; do
    "$VWW" check "$VWW_SOURCE_DIR/tests/fuzz/corpus/tflite/foreign-$number.tflite" | grep -q ': supported: '
done
"$VWW" check "$VWW_SOURCE_DIR/tests/fuzz/corpus/tflite/foreign-2.tflite" | grep -q 'supported: uint8'
