# vww model export and vww quantize: what needs no data set, and every refusal that needs none.
set -eu
fails() { # status, text that the message must contain, command …
    wanted=$1 text=$2
    shift 2
    status=0
    "$VWW" "$@" >output 2>error || status=$?
    [ $status -eq "$wanted" ] || { echo "exit $status, not $wanted: vww $*"; cat error; exit 1; }
    grep -qF -- "$text" error || { echo "no \"$text\" in: $(cat error)"; exit 1; }
    [ ! -e refused.tflite ] || { echo "a file was written: vww $*"; exit 1; }
}
small="mobilenet_v1 --depth-multiplier 0.25 --resolution 48"

# The same seed gives the same bytes, whatever the threads; another seed others.
"$VWW" model export $small --seed 3 --threads 1 --out a.tflite
"$VWW" model export $small --seed 3 --threads 4 --out b.tflite
"$VWW" model export $small --seed 4 --out c.tflite
cmp a.tflite b.tflite
if cmp -s a.tflite c.tflite; then exit 1; fi
head -c 6912 /dev/urandom >noise.bin
"$VWW" run a.tflite --raw noise.bin --json | grep -q '"output"'

"$VWW" model export $small --float --out float.tflite
[ "$(wc -c <float.tflite)" -gt $((2 * $(wc -c <a.tflite))) ]

fails 2 'out' model export mobilenet_v1
fails 2 'seed' model export mobilenet_v1 --seed -1 --out refused.tflite
fails 1 'did you mean mobilenet_v1' model export mobilnet_v1 --out refused.tflite
fails 1 'nowhere' model export $small --out nowhere/refused.tflite

fails 2 'out' quantize float.tflite
fails 2 'calibration' quantize float.tflite --calibration best --out refused.tflite
fails 2 '--data' quantize float.tflite --compare --out refused.tflite
fails 1 'no activation ranges' quantize float.tflite --out refused.tflite
fails 1 '--data DIR' quantize float.tflite --out refused.tflite
fails 1 'quantized already' quantize a.tflite --out refused.tflite
fails 1 'missing' quantize missing --out refused.tflite
fails 1 'nodata' quantize float.tflite --data nodata --out refused.tflite
mkdir empty
fails 1 'empty' quantize empty --out refused.tflite
echo 'not a checkpoint' >text.ckpt
fails 1 'text.ckpt' quantize text.ckpt --out refused.tflite
head -c 1000 float.tflite >short.tflite
fails 1 'short.tflite' quantize short.tflite --out refused.tflite
