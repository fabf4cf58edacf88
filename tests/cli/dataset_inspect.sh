# vww dataset verify, stats and show on a drawn data set.
set -eu
"$VWW" dataset synth --quiet --output-dir scenes --images 24 --seed 3 >/dev/null
"$VWW" dataset build --quiet --size 48 --train-shards 2 --val-shards 1 --output-dir set \
    --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json >/dev/null

"$VWW" dataset verify set --quiet >report
grep -qx 'problems  0' report
grep -q "^manifest  sha256 $(sha256sum set/manifest.json | cut -d' ' -f1)" report
"$VWW" dataset verify set --quiet --json | grep -q '^{"good":true,.*"shards":3,'

"$VWW" dataset stats set --quiet --json >stats.json
"$VWW" dataset stats set --quiet | grep -q '^train: '
images=$(sed 's/.*"train":{"images":\([0-9]*\).*/\1/' stats.json)
grep -q "\"images\": $images," set/manifest.json

"$VWW" dataset show set --quiet --out look --count 5 | grep -q ' images in look/contact.png'
[ "$(head -c 8 look/contact.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
grep -q 'data:image/jpeg;base64,' look/show.html

# Damage: exit 1, the shard named.
printf 'X' | dd of=set/train.record-00001-of-00002 bs=1 seek=400 conv=notrunc 2>/dev/null
status=0; "$VWW" dataset verify set --quiet >report || status=$?
[ $status -eq 1 ]
grep -q 'set/train.record-00001-of-00002.*SHA-256 of the manifest' report
status=0; "$VWW" dataset verify set --quiet --json >report.json || status=$?
[ $status -eq 1 ]
grep -q '^{"good":false,' report.json
status=0; "$VWW" dataset stats set --quiet >/dev/null 2>error || status=$?
[ $status -eq 1 ]
grep -q 'train.record-00001-of-00002' error
status=0; "$VWW" dataset verify nowhere --quiet 2>error || status=$?
[ $status -eq 1 ]
grep -q 'nowhere' error
status=0; "$VWW" dataset verify 2>error || status=$?
[ $status -eq 2 ]
# A copy of a training image among those for validation, as a failure where asked for.
size=$(sed 's/.*"file_name": "000000000001.jpg", \("width": [0-9]*, "height": [0-9]*\).*/\1/' \
    scenes/instances_train.json)
printf '{"images": [{"id": 99, "file_name": "000000000001.jpg", %s}], "annotations": [], ' "$size" >copy.json
printf '"categories": [{"id": 1, "name": "person"}]}\n' >>copy.json
"$VWW" dataset build --quiet --size 48 --output-dir twice \
    --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/train --val-annotations-file copy.json >/dev/null
"$VWW" dataset verify twice --quiet |
    grep -q ' val/000000000001.jpg  train/000000000001.jpg  0 bits of 64 differ'
status=0; "$VWW" dataset verify twice --quiet --on-duplicate fail >/dev/null || status=$?
[ $status -eq 1 ]
