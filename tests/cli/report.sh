# vww report: a run with little in it, and wrong inputs.
set -eu
fails() { # fails STATUS TEXT COMMAND…: the command ends with STATUS and says TEXT on stderr
    wanted=$1 text=$2 status=0
    shift 2
    "$@" >output 2>error || status=$?
    if [ $status -ne "$wanted" ] || ! grep -q -e "$text" error; then
        echo "exit $status, wanted $wanted and \"$text\": $*"; cat error; exit 1
    fi
}
mkdir run
echo '{"model": "mobilenet_v1", "data": "data"}' >run/config.json
printf '{"step": 1, "loss": 0.7}\n{"step": 2, "loss": 0.6}\n' >run/metrics.jsonl
"$VWW" report run --out out 2>error
for file in report.html report.md report.json; do [ -s out/$file ]; done
grep -q 'report: out/report.html' error
grep -q 'vww quantize run --data data --out run/model.tflite' out/report.html
[ "$(ls -A out | wc -l)" -eq 3 ]

fails 2 'out is required' "$VWW" report run
fails 2 'too few arguments' "$VWW" report --out out2
fails 1 'absent: the run does not exist' "$VWW" report absent --out out2
fails 1 'config.json: the run is a file' "$VWW" report run/config.json --out out2
mkdir empty
fails 1 'empty: the folder holds no run' "$VWW" report empty --out out2
cp -r run broken
printf '{"step": 3, "lo' >>broken/metrics.jsonl
fails 1 'broken/metrics.jsonl: line 3: ' "$VWW" report broken --out out2
cp -r run broken2
echo '{"model": ' >broken2/config.json
fails 1 'broken2/config.json: not valid JSON' "$VWW" report run broken2 --out out2
[ ! -e out2 ]
touch taken
fails 1 'taken' "$VWW" report run --out taken
fails 1 'taken' "$VWW" report run --out taken/inside
[ ! -s taken ]
