# vww dataset labels and build from end to end on a handful of images, and on every kind of bad input:
# one message that names the file and the place, exit 1, nothing half-written.
set -eu
mkdir images other
for id in 1 2 3 4 5 6; do cp "$VWW_SOURCE_DIR/tests/fuzz/corpus/image/rgb.jpg" images/$id.jpg; done
cp "$VWW_SOURCE_DIR/tests/fuzz/corpus/image/grey.jpg" other/9.jpg

# write_coco FILE PERSONS IDS...: the images of IDS (24 x 20 pixels); persons on those of PERSONS
write_coco() {
    file=$1 persons=$2; shift 2
    {
        printf '{"annotations": ['
        separator=
        for id in $persons; do
            printf '%s{"id": %s0, "image_id": %s, "category_id": 1, "iscrowd": 0, "area": 30, ' \
                "$separator" "$id" "$id"
            printf '"bbox": [2, 2, 10, 6.5]}'
            separator=', '
        done
        printf '], "images": ['
        separator=
        for id in "$@"; do
            printf '%s{"id": %s, "file_name": "%s.jpg", "width": 24, "height": 20}' \
                "$separator" "$id" "$id"
            separator=', '
        done
        printf '], "categories": [{"id": 1, "name": "person"}, {"id": 3, "name": "dog"}]}\n'
    } >"$file"
}
write_coco train.json '1 4' 4 1 2 3
write_coco more.json '' 9
write_coco val.json '5' 5 6

# --- labels
"$VWW" dataset labels --annotations train.json more.json --policy paper --csv labels.csv --quiet
printf 'image_id,label\n1,1\n2,0\n3,0\n4,1\n9,0\n' | cmp - labels.csv
"$VWW" dataset labels --annotations train.json --policy mlperf --small_object_area_threshold 0.2 \
    --csv - --quiet | tr '\n' ' ' | grep -qx 'image_id,label 1,dropped 2,0 3,0 4,dropped '
"$VWW" dataset labels --annotations train.json --policy tf --json --quiet >counts.json
grep -q '"labels":{"1":2,"0":2,"dropped":0}' counts.json
grep -q '"policy":{"name":"tf","area":"mask","comparison":"gt"' counts.json

# --- build: the published command's spelling; several files and folders make one set
build() {
    "$VWW" dataset build --train_image_dir images other --train_annotations_file train.json more.json \
        --val_image_dir images --val_annotations_file val.json --output_dir set "$@"
}
build --size 8 --train-shards 2 --val-shards 3 --quiet >summary
grep -q '^train .* 5 images: 2 person, 3 background' summary
grep -q '^val .* 2 images: 1 person, 1 background' summary
[ "$(tr '\n' ' ' <set/labels.txt)" = '0:background 1:person ' ]
[ "$(ls set | wc -l)" -eq 7 ]
[ -s set/train.record-00001-of-00002 ]
[ -f set/val.record-00002-of-00003 ] && [ ! -s set/val.record-00002-of-00003 ]
grep -q '"resize": "stretch-bilinear-antialias"' set/manifest.json
grep -q '"file": "more.json"' set/manifest.json
grep -q "$(sha256sum set/train.record-00000-of-00002 | cut -d' ' -f1)" set/manifest.json
sha256sum set/* >first
build --size 8 --train-shards 2 --val-shards 3 --quiet --threads 1 >/dev/null
sha256sum set/* | cmp - first
# Without a size the files go in as they are, and the default is 100 and 10 shards.
build --quiet --test_image_dir images >/dev/null
[ "$(ls set | wc -l)" -eq 112 ]
[ "$(stat -c %s set/train.record-00000-of-00100)" -gt "$(stat -c %s images/4.jpg)" ]
grep -q '"resize": "none"' set/manifest.json

# --- bad input
# refuse WORDS...: the message contains each of the words; before: the folder `set` stays as it is
refuse() {
    status=$1 words=$2; shift 2
    find set -type f | sort | xargs sha256sum >before
    got=0; "$@" >output 2>error || got=$?
    find set -type f | sort | xargs sha256sum >after
    [ $got -eq $status ] && [ ! -s output ] && cmp -s before after ||
        { echo "$*: exit $got"; cat error; exit 1; }
    for word in $words; do
        grep -qF -- "$word" error || { echo "$*: no \"$word\" in:"; cat error; exit 1; }
    done
    [ -z "$(find . -name '.building*')" ]
}
with() { build "$@" --quiet; }
labels() { "$VWW" dataset labels --quiet --annotations "$@"; }

refuse 2 '--annotations required' "$VWW" dataset labels
refuse 2 '--minival-ids' with --split minival
refuse 2 'allowed: box|mask' labels train.json --area circle
refuse 1 'nowhere.json No' labels nowhere.json
refuse 1 'set Is directory' labels set
refuse 1 'papr policy paper' labels train.json --policy papr
refuse 1 'train.json prson person?' labels train.json --foreground-class-of-interest prson
refuse 1 'known: person, dog' labels train.json --foreground-class-of-interest aeroplane
printf 'hello' >text.json
refuse 1 'text.json byte JSON' labels text.json
head -c 300 train.json >cut.json
refuse 1 'cut.json byte 300 cut short' labels cut.json
sed 's/"image_id": 4/"image_id": 44/' train.json >stray.json
refuse 1 'stray.json byte annotation 40 image_id 44' labels stray.json
sed 's/"id": 2,/"id": 3,/' train.json >twins.json
refuse 1 'twins.json image 3: same id' labels twins.json
refuse 1 'val.json image 5: same id' labels val.json val.json
sed 's/"width": 24/"width": "24"/' train.json >typed.json
refuse 1 'typed.json byte images[0] width whole number' labels typed.json
refuse 1 'folder/out.csv' labels train.json --csv folder/out.csv
sed 's/"id": 2,/"id": 9223372036854775808,/' train.json >huge.json
refuse 1 'huge.json byte images 9223372036854775808 64 bits' labels huge.json
for box in '[1, 1, 5]' '[1, 1, 5, 1e400]' '"all"' '[1, 1, 5, NaN]'; do
    sed "s/\[2, 2, 10, 6.5\]/$box/" train.json >boxes.json
    refuse 1 'boxes.json byte' labels boxes.json
done
# Odd, but legal: ids beyond 2^53 and below 0, floats in any form, boxes without extent or turned around.
odd() {
    printf '{"images": [{"id": %s, "file_name": "1.jpg", "width": 24.0, "height": 2e1}], "annotations": [%s], ' "$1" "$2"
    printf '"categories": [{"id": 1, "name": "person"}]}'
}
person='"category_id": 1e0, "iscrowd": 0'
id=9007199254740993
for box in '[2, 2.0e0, 100e-1, 0.65E1]=1' '[2, 2, 0, 6.5]=0' '[12, 9, -10, -6.5]=0' '[2, 2, -10, 6.5]=0' '[-90, -90, 900, 900]=1'; do
    odd $id "{\"id\": 1, \"image_id\": $id, $person, \"area\": -3, \"bbox\": ${box%=*}}" >odd.json
    labels odd.json --policy paper --csv - | tr '\n' ' ' | grep -qx "image_id,label $id,${box#*=} "
done
odd -7 '' >odd.json
labels odd.json --policy paper --csv - | tr '\n' ' ' | grep -qx 'image_id,label -7,0 '

refuse 1 'photos folder exist' with --train-image-dir photos --train-annotations-file train.json
refuse 1 'test-photos folder exist' with --test-image-dir test-photos
refuse 1 'train.json image 4: validation' with --val-annotations-file train.json
refuse 1 'text.json make folder' with --output-dir text.json/out
mv images/2.jpg kept.jpg
refuse 1 'images/2.jpg No such file image 2 of train.json' with
head -c 500 kept.jpg >images/2.jpg
refuse 1 'images/2.jpg byte 500: cut short' with
refuse 1 'images/2.jpg byte 500: cut short' with --size 8
head -c 100 /dev/zero >images/2.jpg
refuse 1 'images/2.jpg image 2 of train.json' with --size 8
cp "$VWW_SOURCE_DIR/tests/fuzz/corpus/image/small.ppm" images/2.jpg
refuse 1 'images/2.jpg 5 x 4 24 x 20' with --size 8
rm images/2.jpg
build --quiet --on-error skip --train-shards 1 --val-shards 1 >summary
grep -q '4 images: 2 person, 2 background; 1 skipped' summary
grep -q '"2.jpg"' set/manifest.json
mv kept.jpg images/2.jpg

# What else lies in the output folder stays there.
mkdir -p mixed/train
echo mine | tee mixed/notes.txt >mixed/train/notes.txt
with --output-dir mixed >/dev/null
with --output-dir mixed --size 8 >/dev/null
grep -qx mine mixed/notes.txt mixed/train/notes.txt
rm -r mixed

# A disk that takes no more: the limit on file sizes stands in for it where no small one can be made.
full_disk() { (trap '' XFSZ; ulimit -f 1; with --train-shards 1); }
for id in 1 2 3; do cp images/$id.jpg images/1$id.jpg; done
write_coco train.json '' 1 2 3 11 12 13
refuse 1 'set/train.record-00000-of-00001 write' full_disk
mkdir small
if mount -t tmpfs -o size=4k none small 2>/dev/null; then
    trap 'umount small' EXIT
    refuse 1 'small/set/train.record-00000-of-00001 No space left' \
        with --train-shards 1 --output-dir small/set
    [ -z "$(ls -A small)" ]
fi
