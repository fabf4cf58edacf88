# vww eval: wrong inputs. (What it computes is tested on data sets and models elsewhere.)
set -eu
fails() { # fails STATUS TEXT COMMAND…: the command ends with STATUS and says TEXT on stderr
    wanted=$1 text=$2 status=0
    shift 2
    "$@" >output 2>error || status=$?
    if [ $status -ne "$wanted" ] || ! grep -q -e "$text" error; then
        echo "exit $status, wanted $wanted and \"$text\": $*"; cat error; exit 1
    fi
    [ ! -s output ]
}
fails 2 'too few arguments' "$VWW" eval --data data
fails 2 'either --data or --mlperf' "$VWW" eval model.tflite
fails 2 'either --data or --mlperf' "$VWW" eval model.tflite --data data --mlperf set
fails 2 'images cannot be' "$VWW" eval model.tflite --data data --images -1
fails 1 'absent.tflite' "$VWW" eval absent.tflite --data data
fails 1 'absent.ckpt' "$VWW" eval absent.ckpt --data data
fails 1 'absent: the run to record into is no folder' "$VWW" eval m.tflite --data d --record absent
echo nonsense >nonsense.tflite
fails 1 'nonsense.tflite' "$VWW" eval nonsense.tflite --data data
