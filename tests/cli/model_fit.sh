# vww model fit, search, and the drawings.
set -eu
examples=$VWW_SOURCE_DIR/examples/networks
refuse() {
    exit_status=$1 wanted=$2; shift 2
    status=0; "$VWW" "$@" >output 2>error || status=$?
    [ $status -eq "$exit_status" ] && grep -q "$wanted" error && [ ! -s output ] ||
        { echo "vww $*: exit $status"; cat error; exit 1; }
}

# One network on a board: what is needed, what is left.
"$VWW" model fit --board stm32f746 mobilenet_v1 --depth-multiplier 0.25 --resolution 224 >fit
grep -q '^  sram  *301056 + 16384 reserved, of 327680: fits, 10240 bytes left$' fit
"$VWW" model fit --board stm32f723 mobilenet_v1 --depth-multiplier 0.25 --resolution 224 >fit
grep -q 'does not fit, 55296 bytes too many' fit
"$VWW" model fit --board stm32f723 --network "$examples/tiny.network" --json >fit
grep -q '"sram":{"needed_bytes":46080,"reserved_bytes":16384,"board_bytes":262144,"left_bytes":199680,"fits":true}' fit

# The whole zoo on a board: each line's figures are what fits; the rest is counted.
"$VWW" model fit --board nano33ble >fit
grep -q '^[0-9]* of 282 fit;' fit
"$VWW" model fit --board nano33ble --json >fit.json
[ "$(wc -l <fit.json)" -eq 282 ]
[ "$(grep -c '"fits":true' fit.json)" -eq "$(sed -n 's/^\([0-9]*\) of 282 fit.*/\1/p' fit)" ]
"$VWW" model fit | grep -q '^stm32f746 .* 320 '
refuse 1 'did you mean stm32f746' model fit --board stm32f764
refuse 2 'a reserve is not understood' model fit --board stm32f746 --reserve-sram much

# Search keeps to the limits, in the order of measured accuracy and then of multiply-adds.
"$VWW" model search --sram 250KB --flash 250KB --macs 60M --limit 0 --json >hits
[ -s hits ]
awk -F'[:,}]' '{ macs = $10; memory = $12; model = $14
    if (macs > 60000000 || memory > 250000 || model > 250000) { print "over the limit: " $0; exit 1 }
    if (NR > 1 && macs > before) { print "out of order: " $0; exit 1 }
    before = macs }' hits
grep -q '"model":"mobilenet_v1","depth_multiplier":0.25,"resolution":192,"rank_in_family":1,' hits
"$VWW" model search --sram 240KiB --flash 1MiB --macs 60M --limit 0 --json | grep -c . >narrow
"$VWW" model search --sram 245KiB --flash 1MiB --macs 60M --limit 0 --json | grep -c . >wide
[ "$(cat narrow)" -lt "$(cat wide)" ] # 250,880 bytes: the split networks at 224 pixels
printf 'model,depth_multiplier,resolution,accuracy\nmobilenet_v1,0.25,96,0.84\nshufflenet_v2,0.25,96,0.86\n' >measured
"$VWW" model search --accuracies measured --limit 2 | tail -3 >best
grep -q '^shufflenet_v2 .* 0.8600 ' best && grep -q '^mobilenet_v1 .* 0.8400 ' best
printf 'model,depth_multiplier,resolution,accuracy\nmobilenet_v1,0.25,96,84\n' >measured
refuse 1 'measured: line 2: the line is not understood' model search --accuracies measured
refuse 2 'a limit is not understood' model search --sram 250furlongs
"$VWW" model search --sram 1 | grep -q 'nothing of the zoo fits'

# Drawings.
"$VWW" model show mnasnet_b1_vww --depth-multiplier 0.35 --svg network.svg
grep -q '>b2_expand<' network.svg && tail -1 network.svg | grep -q '</svg>'
"$VWW" model grid --svg grid.svg
[ "$(grep -c '<title>' grid.svg)" -eq 300 ] # 6 networks x 5 x 5, in two plots
refuse 1 'nowhere/a.svg' model show mobilenet_v1 --svg nowhere/a.svg
