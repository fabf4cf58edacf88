# Drawn sets from the command line: what it writes, and what it refuses.
set -eu

# Runs a command that must fail with the given status, and show the words in its message.
refused() {
    expected=$1
    words=$2
    shift 2
    status=0
    "$@" >out 2>error || status=$?
    [ $status -eq "$expected" ] || { echo "status $status, not $expected: $*"; cat error; exit 1; }
    grep -q -- "$words" error || { echo "no '$words' in:"; cat error; exit 1; }
}

"$VWW" dataset synth --output-dir set --images 20 --seed 3 --max-side 160 --quiet >out
grep -q 'train *16 images' out
grep -q 'val *4 images' out
[ "$(find set/train -name '*.jpg' | wc -l)" -eq 16 ]
[ "$(find set/val -name '*.jpg' | wc -l)" -eq 4 ]
"$VWW" dataset labels --annotations set/instances_train.json --policy paper --csv labels.csv --quiet >out
[ "$(wc -l <labels.csv)" -eq 17 ]

# The same seed gives the same bytes, another one does not; a fixed size is kept.
"$VWW" dataset synth --output-dir again --images 20 --seed 3 --max-side 160 --threads 3 --quiet >out
diff -r set again
"$VWW" dataset synth --output_dir=other --images 20 --seed 4 --max-side 160 --quiet >out
! diff -rq set other >out
"$VWW" dataset synth --output-dir fixed --images 3 --seed 1 --width 64 --height 48 --val-fraction 0 --quiet >out
[ "$(grep -o '"width": 64, "height": 48' fixed/instances_train.json | wc -l)" -eq 3 ]
grep -q '"images": \[\]' fixed/instances_val.json

# Wrong usage.
refused 2 'images' "$VWW" dataset synth --output-dir none --images 0
refused 2 'images' "$VWW" dataset synth --output-dir none --images many
refused 2 'output-dir' "$VWW" dataset synth --images 3
refused 2 'val-fraction' "$VWW" dataset synth --output-dir none --val-fraction 1
refused 1 'out of range' "$VWW" dataset synth --output-dir none --images 3 --width 5
refused 1 'shortest side' "$VWW" dataset synth --output-dir none --images 3 --min-side 200 --max-side 100
[ ! -e none ]

# A folder with something in it stays as it is, unless told otherwise.
mkdir full
echo mine >full/notes.txt
refused 1 'not empty' "$VWW" dataset synth --output-dir full --images 3
refused 1 '--force' "$VWW" dataset synth --output-dir set --images 3
diff -r set again
"$VWW" dataset synth --output-dir full --images 3 --force --quiet >out
[ "$(cat full/notes.txt)" = mine ]
[ -s full/instances_train.json ]

# Where it cannot write.
echo >file
refused 1 'file' "$VWW" dataset synth --output-dir file/set --images 3
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked
    chmod 555 locked
    refused 1 'ermission' "$VWW" dataset synth --output-dir locked/set --images 3
fi
