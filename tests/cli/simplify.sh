# vww simplify, and --simplify of the commands that work on a model: the same outputs from less. The
# file has a classifier of which nothing can go; what goes is tested in tests/simplify.
set -eu
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --classes 2 --seed 3 --out m.tflite
"$VWW" simplify m.tflite --out small.tflite --json >report.json
for key in channels_before channels_after constant unused filler macs_before macs_after \
    weights_before weights_after clamps_lost layers; do
    grep -q "\"$key\"" report.json
done
"$VWW" simplify m.tflite | grep -q '^simplified: [0-9]* of 2738 channels removed, multiply-adds 7489664 to '
head -c 27648 /dev/urandom >image.bin
"$VWW" run m.tflite --raw image.bin --json >whole
"$VWW" run small.tflite --raw image.bin --json >less
cmp whole less
"$VWW" plan m.tflite --simplify on --json | grep -q '"simplify":{"channels_before":2738,'
"$VWW" plan m.tflite --simplify off --json | grep -q '"simplify":null'
"$VWW" codegen m.tflite --out out --prefix p --simplify on 2>notes | grep -q '^simplified: '
"$VWW" plan m.tflite --simplify maybe 2>message && exit 1
grep -q 'on|off' message || grep -q 'on or off' message
# A float model has nothing to simplify: said by the command, of no concern to the plan.
"$VWW" simplify /dev/null 2>message && exit 1
grep -q '/dev/null' message
