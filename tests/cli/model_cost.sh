# vww model list, cost and grid: the commands scripts rely on.
set -eu
truth=$VWW_SOURCE_DIR/tests/model/data/zoo_truth.csv

# Each row of the truth table is a line of the grid, and the grid has 11 models x 5 x 5 x 2 rows.
"$VWW" model grid --csv >grid.csv
[ "$(wc -l <grid.csv)" -eq 551 ]
[ "$(head -1 grid.csv)" = "$(head -1 "$truth")" ]
grep -vxFf grid.csv "$truth" >missing || true
[ ! -s missing ] || { echo "not in the grid:"; cat missing; exit 1; }
"$VWW" model grid shufflenet_v2 | grep -q '^shufflenet_v2 .* 451584'

# One model as JSON has the table's keys.
"$VWW" model cost mobilenet_v2_vww --depth-multiplier 0.35 --resolution 224 --json >cost.json
for key in $(head -1 "$truth" | tr , ' '); do
    grep -q "\"$key\":" cost.json || { echo "no key $key"; exit 1; }
done
grep -q '"macs":49025200' cost.json
grep -q '"peak_bytes_split6":250880' cost.json
"$VWW" model cost mobilenet_v1 --depth_multiplier 0.25 --resolution 96 --layers | grep -q '^pw1 '

# Wrong input: one message, and exit 1, or 2 where the command line itself is wrong.
refuse() {
    wanted=$1; shift
    status=0; "$VWW" "$@" >output 2>error || status=$?
    [ $status -ne 0 ] && grep -q "$wanted" error && [ ! -s output ] ||
        { echo "vww $*: exit $status"; cat error; exit 1; }
}
refuse 'did you mean mobilenet_v2' model cost mobilenet_v22
refuse 'the resolution is too small for the strides' model cost mobilenet_v2 --resolution 16
refuse 'the resolution is too large for a 7x7 pool' model cost mobilenet_v1 --resolution 256
refuse 'the depth multiplier leaves no channels' model cost shufflenet_v2 --depth-multiplier 0.01
refuse 'out of range' model cost mobilenet_v1 --depth-multiplier -1
refuse 'the number of classes is out of range' model cost mobilenet_v1 --classes 1

# A model file costs what the network it was made from does.
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --out m.tflite --quiet
"$VWW" model cost m.tflite --json | sed 's/"budgets.*//' | grep -q '"params_deploy":210850.*"macs":7489664,"peak_bytes_chain_or_branch":55296'
refuse 'it has no multiplier' model cost m.tflite --resolution 128
