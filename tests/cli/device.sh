# vww plan, codegen and bench on a whole network, and their answers to bad input.
set -eu
"$VWW" model export --help >/dev/null 2>&1 || { echo "skipped: no vww model export"; exit 77; }
"$VWW" model export mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --seed 1 \
    --out model.tflite >/dev/null
head -c 27648 /dev/zero | tr '\0' '\200' >grey.bin
# Bytes that are neither flat nor equal for every model: the model file's own.
tail -c 27648 model.tflite >bytes.bin

"$VWW" plan model.tflite --strategy plain --json >plan.json
grep -q '"strategy":"plain","arena_bytes":55296,"scratch_bytes":0,"sram_bytes":55296' plan.json
"$VWW" plan model.tflite --strategy plain | grep -q '^arena *55296 bytes, the least'
"$VWW" plan model.tflite --strategy paper --json | grep -q '"arena_bytes":55296'

# Every strategy gives C that runs to the same integers, and needs the bytes that it says.
for strategy in plain in-place split stream stream+split; do
    "$VWW" codegen model.tflite --out $strategy --prefix person --target cortex-m4 --raw bytes.bin \
        --strategy $strategy --no-measure-stack >/dev/null 2>notes
    make -s -C $strategy selftest >passed && grep -q passed passed
done
grep -q 'PERSON_ARENA_BYTES = 55296' plain/person.h
grep -q 'PERSON_TAKES_ROWS 1' stream/person.h

# The table of the trade, and the memory map as a drawing.
"$VWW" plan model.tflite --compare >trade.txt
[ "$(wc -l <trade.txt)" -eq 7 ]
awk '$1 == "plain" { plain = $4 } $1 == "in-place" { place = $4 } $1 == "stream" { stream = $4 }
    END { exit !(stream < place && place < plain) }' trade.txt
"$VWW" plan model.tflite --svg map.svg >/dev/null
grep -q '^<svg xmlns' map.svg && grep -q 'address, bytes' map.svg

# A budget: kept by the fastest plan that fits, or the least is named.
"$VWW" plan model.tflite --target cortex-m4 --sram 20480 --json >budget.json
sram=$(sed -n 's/.*"sram_bytes":\([0-9]*\),.*/\1/p' budget.json)
[ "$sram" -le 20480 ]
status=0; "$VWW" plan model.tflite --sram 5000 >output 2>error || status=$?
[ $status -eq 1 ] && grep -q 'bytes at least' error && [ ! -s output ]

# Layouts, and boards that are large enough or not.
"$VWW" codegen model.tflite --out zephyr --prefix person --package zephyr --board frdm_k64f --quiet
[ -f zephyr/zephyr/module.yml ] && [ -f zephyr/src/person.c ] && [ -f zephyr/frdm_k64f.ld ]
if command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null; then
    grep -q 'A run takes [0-9]* bytes of stack' zephyr/README.md
fi
"$VWW" codegen model.tflite --out zephyr --prefix person --no-measure-stack --quiet
grep -q '^Not measured' zephyr/README.md && [ ! -e zephyr/zephyr ] && [ -f zephyr/Makefile ]

# The same integers from the interpreter, the generated C, and an emulated Cortex-M4.
output() { sed 's/.*"output":\(\[[^]]*\]\).*/\1/'; }
for input in grey bytes; do
    "$VWW" run model.tflite --raw $input.bin --json | output >run.txt
    "$VWW" bench model.tflite --machine host --raw $input.bin --json | output | cmp - run.txt
    if command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null; then
        "$VWW" bench model.tflite --machine mps2-an386 --raw $input.bin --json >bench.json
        output <bench.json | cmp - run.txt
        for key in machine instructions cycles_estimate sram_bytes arena scratch state stack total \
            flash_bytes code weights output; do
            grep -q "\"$key\":" bench.json || { echo "no key $key"; exit 1; }
        done
        total=$(sed -n 's/.*"sram_bytes":{[^}]*"total":\([0-9]*\)}.*/\1/p' bench.json)
        [ "$total" -le 20480 ] || { echo "$total bytes of RAM"; exit 1; }
        # Counted by the plugin; with one call of the model, the layers and an empty function's 2 instructions are the whole.
        "$VWW" bench model.tflite --machine mps2-an386 --strategy in-place --raw $input.bin \
            --layers --json >layers.json
        grep -q '"counter":"plugin","classes":{"load":' layers.json
        whole=$(sed 's/.*"instructions":\([0-9]*\),"cycles_estimate":[0-9]*,"sram.*/\1/' layers.json)
        sum=$(sed 's/.*"layers"//; s/{/\n/g' layers.json |
            sed -n 's/.*"name":.*"instructions":\([0-9]*\),.*/\1/p' |
            awk '{ n += $1 } END { print n }')
        [ "$sum" -eq $((whole + 2)) ]
        "$VWW" bench model.tflite --machine mps2-an386 --strategy in-place --raw $input.bin \
            --layers >layers.txt
        [ "$(grep -c '_2d_\|conv' layers.txt)" -ge 27 ] && grep -q '^all  *[0-9]' layers.txt
    else
        echo "the emulated machine is skipped: no gcc-arm-none-eabi or qemu-system-arm"
    fi
done

# MLPerf Tiny's harness over the serial line scores as the interpreter does.
mkdir mlperf
cp grey.bin mlperf/ && cp bytes.bin mlperf/
printf 'grey.bin, 2, 0\nbytes.bin, 2, 1\n' >mlperf/y_labels.csv
"$VWW" eval model.tflite --mlperf mlperf --json --quiet | sed 's/"kind".*//' >scored
grep -q '"images": 2' scored
for machine in host mps2-an386; do
    [ $machine = host ] || { command -v arm-none-eabi-gcc && command -v qemu-system-arm; } >/dev/null ||
        continue
    "$VWW" eval model.tflite --mlperf mlperf --machine $machine --harness --json --quiet |
        sed 's/"kind".*//' | cmp - scored
done

# Bad input: one message, exit 1 (2 where the command line is wrong), nothing on stdout, no folder.
refuse() {
    wanted_status=$1 wanted=$2; shift 2
    status=0; "$VWW" "$@" >output 2>error || status=$?
    [ $status -eq "$wanted_status" ] && grep -q -- "$wanted" error && [ ! -s output ] ||
        { echo "vww $*: exit $status, not '$wanted'"; cat output error; exit 1; }
}
echo 'no model' >text.tflite
head -c 1000 model.tflite >cut.tflite
for command in plan 'codegen --out new --prefix p' 'bench --machine host'; do
    refuse 1 'missing.tflite' $command missing.tflite
    refuse 1 'text.tflite' $command text.tflite
    refuse 1 'cut.tflite' $command cut.tflite
done
refuse 2 'few arguments' plan
refuse 2 '--strategy cannot be' plan model.tflite --strategy fancy
refuse 1 'no memory map to draw' plan model.tflite --strategy paper --svg new.svg
refuse 1 'no memory map to draw' plan model.tflite --compare --svg new.svg
refuse 1 'model.*strategy split.*bytes at least' plan model.tflite --strategy split --sram 9000
refuse 1 'seen: nothing' codegen model.tflite --out new --prefix ''
refuse 2 '--prefix is required' codegen model.tflite --out new
refuse 1 'not a C identifier' codegen model.tflite --out new --prefix 2models
refuse 1 'did you mean cortex-m4' codegen model.tflite --out new --prefix p --target cortex-m44
refuse 1 'size of the model.s input' codegen model.tflite --out new --prefix p --raw plan.json
refuse 1 'did you mean mps2-an386' bench model.tflite --machine mps2-an366
refuse 1 'size of the model.s input' bench model.tflite --machine host --raw plan.json
refuse 1 'did you mean frdm_k64f' codegen model.tflite --out new --prefix p --board frdm_k64
refuse 2 '--package cannot be' codegen model.tflite --out new --prefix p --package cargo
"$VWW" model export mobilenet_v1 --depth-multiplier 1 --resolution 96 --seed 1 --out heavy.tflite >/dev/null
refuse 1 'flash: .* bytes needed, .* too many' codegen heavy.tflite --out new --prefix p --board stm32f723
refuse 1 'auto.*may need less' codegen heavy.tflite --out new --prefix p --board stm32f411 --strategy plain
[ ! -e new ] && [ ! -e new.svg ]

refuse 1 'did you mean stm32f746' bench model.tflite --board stm32f764
refuse 1 'no machine emulates' bench model.tflite --board rp2040
if command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null; then
    "$VWW" bench model.tflite --board stm32f746 >board.txt
    grep -q '^mps2-an500$' board.txt
    grep -q '^linked for stm32f746: .* of 1048576 bytes of flash, .* of 327680 bytes' board.txt
    "$VWW" model export mobilenet_v1 --depth-multiplier 1 --resolution 96 --seed 1 \
        --out large.tflite >/dev/null
    refuse 1 'bytes of FLASH too many' bench large.tflite --board frdm_k64f
fi

refuse 2 'wants a --machine' eval model.tflite --mlperf mlperf --harness
refuse 2 'either --machine or --serial' eval model.tflite --mlperf mlperf --machine host --serial x
refuse 1 'no-such-line' eval model.tflite --mlperf mlperf --serial no-such-line
refuse 1 'not a serial line' eval model.tflite --mlperf mlperf --serial /dev/null

# A folder that holds something else stays as it is, unless --force.
mkdir mine && echo note >mine/note.txt
refuse 1 'holds something else' codegen model.tflite --out mine --prefix p
[ "$(ls mine)" = note.txt ]
refuse 1 'holds something else' codegen model.tflite --out stream --prefix other
"$VWW" codegen model.tflite --out mine --prefix p --force --quiet
[ "$(cat mine/note.txt)" = note ] && [ -f mine/p.h ]

# A read-only place, where not even root can write.
refuse 1 'proc' codegen model.tflite --out /proc/vww-test/out --prefix p

# Missing tools are named by their packages.
vww_alone=$(command -v "$VWW")
refuse_without_path() {
    status=0; PATH=/nowhere "$vww_alone" bench model.tflite --machine "$1" >output 2>error || status=$?
    [ $status -eq 1 ] && grep -q "install $2" error || { cat error; exit 1; }
}
refuse_without_path mps2-an386 gcc-arm-none-eabi
refuse_without_path host gcc
if command -v arm-none-eabi-gcc >/dev/null; then
    mkdir tools
    ln -s "$(command -v arm-none-eabi-gcc)" tools/arm-none-eabi-gcc
    status=0; PATH=$PWD/tools "$vww_alone" bench model.tflite --machine mps2-an386 >output 2>error ||
        status=$?
    [ $status -eq 1 ] && grep -q 'install qemu-system-arm' error || { cat error; exit 1; }
fi
