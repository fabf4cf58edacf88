# vww dataset verify, stats and show on a drawn data set in each format: the same counts as of TFRecords,
# and damage is found in each.
set -eu
"$VWW" dataset synth --quiet --output-dir scenes --images 24 --seed 3 >/dev/null
formats='tfrecord webdataset folders mlperf'
for format in $formats; do
    "$VWW" dataset build --quiet --size 48 --train-shards 2 --val-shards 1 --output-dir "$format" \
        --format "$format" --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
        --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json >/dev/null
    "$VWW" dataset verify "$format" --quiet >"$format.verify" || { cat "$format.verify"; exit 1; }
    grep -qx 'problems  0' "$format.verify"
    "$VWW" dataset verify "$format" --quiet --json | grep -q "\"storage\":\"$format\""
    "$VWW" dataset stats "$format" --quiet --json | sed "s/\"storage\":\"$format\",//" >"$format.json"
    "$VWW" dataset stats "$format" --quiet >"$format.stats"
    "$VWW" dataset show "$format" --quiet --split train --out "$format.look" --count 5 >"$format.shown"
    [ "$(head -c 8 "$format.look/contact.png" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
    [ "$(grep -c 'data:image/jpeg;base64,' "$format.look/show.html")" -eq 5 ]
done

# --- the same images, classes and, where they are stored, boxes, sizes and brightness
cmp tfrecord.json webdataset.json
cmp tfrecord.look/contact.png webdataset.look/contact.png
counts() { grep -o '"[a-z]*":{"images":[0-9]*\|"classes":{[^}]*}\|"longer_side":{[^}]*}' "$1"; }
pixels() { grep -o '"image_bytes_total":[0-9]*\|"brightness[_a-z]*":[^,]*\|"image_bytes":{[^}]*}' "$1"; }
[ "$(counts tfrecord.json | wc -l)" -eq 6 ]
records=$(grep -o '[0-9]* records' tfrecord.verify)
for format in $formats; do
    counts tfrecord.json >expected
    counts "$format.json" | cmp expected -
    grep -q " $records," "$format.verify"
done
pixels tfrecord.json >expected
pixels folders.json | cmp expected -
for format in folders mlperf; do
    grep -q "$format, which stores no boxes" "$format.verify"
    grep -q "no boxes: the format $format stores none" "$format.stats"
    grep -q '"boxes":null' "$format.json"
    [ "$(grep -c box_share "$format.json")" -eq 0 ]
    grep -q 'no boxes' "$format.shown"
    grep -q 'This format stores no boxes' "$format.look/show.html"
done
grep -q 'orange: the boxes' webdataset.shown
[ "$(grep -c 'no boxes' webdataset.verify)" -eq 0 ]
(cd folders && sha256sum --quiet -c train.sha256 val.sha256)
(cd mlperf && sha256sum --quiet -c train.sha256 val.sha256)

# --- damage: exit 1, the file named
finds() { # words that a problem has, all in one line; then the set
    words=$1 folder=$2
    status=0; "$VWW" dataset verify "$folder" --quiet >report || status=$?
    [ $status -eq 1 ] || { echo "$folder: exit $status"; exit 1; }
    grep -q "$words" report || { echo "no \"$words\" in:"; cat report; exit 1; }
}
flip() { # file, byte: its lowest bit
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
shard=webdataset/train-000001.tar
cp "$shard" kept.tar
head -c 3000 kept.tar >"$shard"
finds "$shard.*the shard has not the length of the manifest" webdataset
finds "$shard.*cut short.*bytes" webdataset
status=0; "$VWW" dataset stats webdataset --quiet >/dev/null 2>error || status=$?
[ $status -eq 1 ]
grep -q "$shard.*cut short" error
status=0; "$VWW" dataset show webdataset --quiet --split train --out broken >/dev/null 2>error || status=$?
[ $status -eq 1 ]
[ ! -e broken ]
grep -q "$shard.*cut short" error
head -c $(($(stat -c %s kept.tar) - 1024)) kept.tar >"$shard" # without its end mark
finds "$shard.*cut short" webdataset
cp kept.tar "$shard"
flip "$shard" 5 # a name, so the header's checksum
finds "$shard.*the checksum of a header is wrong" webdataset
cp kept.tar "$shard"
flip "$shard" 512 # the first label
finds "$shard.*SHA-256 of the manifest" webdataset
finds "$shard.*the .cls file has not the label" webdataset
cp kept.tar "$shard"
flip "$shard" 2500 # within the first image
finds "$shard.*SHA-256 of the manifest" webdataset
cp kept.tar "$shard"
"$VWW" dataset verify webdataset --quiet >/dev/null

image=$(cd folders && echo train/person/*1.jpg | cut -d' ' -f1)
cp "folders/$image" kept.jpg
flip "folders/$image" 900
finds "folders/$image.*SHA-256 of its record" folders
: >"folders/$image"
finds "folders/$image.*the file is empty" folders
rm "folders/$image"
finds "folders/$image.*cannot open" folders
cp kept.jpg "folders/$image"
"$VWW" dataset verify folders --quiet >/dev/null
sed -i '1s,  train/,  ../train/,' folders/train.sha256
finds 'folders/train.sha256.*line 1.*not inside of its split' folders

pixels=$(cd mlperf && echo val/*.bin | cut -d' ' -f1)
cp "mlperf/$pixels" kept.bin
flip "mlperf/$pixels" 77
finds "mlperf/$pixels.*SHA-256 of its record" mlperf
cp kept.bin "mlperf/$pixels"
"$VWW" dataset verify mlperf --quiet >/dev/null
sed -i '2s/.$/7/' mlperf/val/y_labels.csv
finds 'val/y_labels.csv.*a line is not that of the image' mlperf
sed -i '2s/.$/0/;3s/.$/1/;4s/.$/1/' mlperf/val/y_labels.csv
finds 'val/y_labels.csv.*SHA-256 of the list' mlperf
