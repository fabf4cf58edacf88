# The forms in which a data set is stored, the splits, the further labels, and the published command as
# it is printed.
set -eu
image=$VWW_SOURCE_DIR/tests/fuzz/corpus/image/rgb.jpg # 24 x 20 pixels
mkdir images
ids='1 2 3 4 5 6 7 8 9 10'
for id in $ids; do cp "$image" images/$id.jpg; done
# coco FILE IDS...: two persons on every even image, one of them reaching outside it
coco() {
    file=$1; shift
    {
        printf '{"images": ['
        separator=
        for id in "$@"; do
            printf '%s{"id": %s, "file_name": "%s.jpg", "width": 24, "height": 20}' "$separator" "$id" "$id"
            separator=', '
        done
        printf '], "categories": [{"id": 1, "name": "person"}], "annotations": ['
        separator=
        for id in "$@"; do
            [ $((id % 2)) -eq 0 ] || continue
            printf '%s{"id": %s1, "image_id": %s, "category_id": 1, "area": 60, "bbox": [0, 0, 10, 6]}, ' \
                "$separator" "$id" "$id"
            printf '{"id": %s2, "image_id": %s, "category_id": 1, "area": 50, "bbox": [20, 15, 10, 5]}' \
                "$id" "$id"
            separator=', '
        done
        printf ']}\n'
    } >"$file"
}
coco train.json 1 2 3 4 5 6
coco val.json 7 8 9 10
coco all.json $ids
build() {
    output=$1; shift
    "$VWW" dataset build --quiet --train-image-dir images --train-annotations-file train.json \
        --val-image-dir images --val-annotations-file val.json --output-dir "$output" \
        --train-shards 2 --val-shards 1 "$@"
}

# --- the published command, printed with --name=value and underscores
mkdir test-images
"$VWW" dataset build --quiet --train_image_dir=images --val_image_dir=images --test_image_dir=test-images \
    --train_annotations_file=train.json --val_annotations_file=val.json --output_dir=published \
    --small_object_area_threshold=0.005 --foreground_class_of_interest='person' >summary
grep -q '^train .* 6 images: 3 person, 3 background (50.0 % person)' summary
grep -q '^paper: .* 115,000 .* 8,000 .* 47 %' summary
[ "$(ls published/train.record-*-of-00100 | wc -l)" -eq 100 ]
[ "$(ls published/val.record-*-of-00010 | wc -l)" -eq 10 ]

# --- features
keys() { LC_ALL=C grep -aoh 'image/[a-z0-9_/]*' "$1"/train.record-* | sort -u; }
build plain >/dev/null
keys plain >tf
[ "$(wc -l <tf)" -eq 13 ]
build second --features tf-2019 >/dev/null
keys second | comm -13 tf - | grep -qx image/object/class/label
[ "$(keys second | wc -l)" -eq 14 ]
build first --features tf-2019-first >/dev/null
keys first | comm -13 tf - | tr '\n' ' ' | grep -qx 'image/class/text image/object/class/label '
[ ! -e first/labels.txt ] && grep -q 1:person first/visualwakewords_labels.txt
# Of the two boxes the first builders leave out the one that reaches outside: 5 floats of 4 bytes less.
plain=$(cat plain/train.record-* | wc -c) second=$(cat second/train.record-* | wc -c)
[ $((plain - second)) -lt 60 ] && [ "$plain" -ne "$second" ]
build further --labels count grid 3 >/dev/null
keys further | comm -13 tf - | tr '\n' ' ' | grep -qx 'image/object/count image/object/grid '
grep -q '"grid": 3' further/manifest.json

# --- WebDataset
build web --format webdataset --size 8 --labels count grid 2 >/dev/null
tar tf web/train-000000.tar | tr '\n' ' ' |
    grep -qx '1.cls 1.jpg 1.json 3.cls 3.jpg 3.json 5.cls 5.jpg 5.json '
tar xf web/train-000001.tar
[ "$(cat 2.cls)" = 1 ]
grep -q '"label": 1, "count": 2, "grid": \[1, 0, 0, 1\], "boxes": \[\[0, 0, ' 2.json
grep -q "$(sha256sum web/train-000001.tar | cut -d' ' -f1)" web/manifest.json
build web-again --format webdataset --size 8 --labels count grid 2 --threads 1 >/dev/null
cmp web/train-000000.tar web-again/train-000000.tar

# --- a folder for each class, and back
build byclass --format folders >/dev/null
cmp byclass/train/person/2.jpg images/2.jpg
[ "$(ls byclass/train/non_person | wc -l)" -eq 3 ]
"$VWW" dataset labels --quiet --source folders --image-dir byclass/train --json |
    grep -q '"1":3,"0":3,"dropped":0'

# --- the middle of the image alone: of 24 x 20 pixels the columns 2 to 21
build square --size 20 --resize cover --labels grid 2 >/dev/null
grep -q '"resize": "cover-bilinear-antialias"' square/manifest.json
# The box [20, 15, 10, 5] is cut to 18 … 20 of the 20 columns left of it.
build squares --format webdataset --size 20 --resize cover >/dev/null
tar xf squares/train-000001.tar
grep -q '"boxes": \[\[0, 0, 0.4[0-9]*, 0.3[0-9]*\], \[0.8999[0-9]*, 0.75, 1, 1\]\]' 2.json

# --- MLPerf Tiny
build tiny --format mlperf --size 8 >/dev/null
printf '000000000007.bin,2,0\n000000000008.bin,2,1\n000000000009.bin,2,0\n000000000010.bin,2,1\n' |
    cmp - tiny/val/y_labels.csv
[ "$(stat -c %s tiny/val/000000000008.bin)" -eq 192 ]
[ ! -e tiny/.building.lock ] && [ -z "$(find . -name '.building*')" ]

# --- splits
pool() {
    output=$1; shift
    "$VWW" dataset build --train-image-dir images --train-annotations-file all.json --quiet \
        --output-dir "$output" --train-shards 1 --val-shards 1 "$@" 2>notes
}
pool fraction --split fraction --val-fraction 0.4 >summary
train=$(sed -n 's/^train *\([0-9]*\) .*/\1/p' summary) val=$(sed -n 's/^val *\([0-9]*\) .*/\1/p' summary)
[ $((train + val)) -eq 10 ] && [ "$val" -gt 0 ]
# An image's side does not depend on which others there are.
expected=0
for id in $ids; do
    place=$(printf %s "$id" | sha256sum | cut -c1-2)
    [ $((0x$place)) -ge 102 ] || expected=$((expected + 1)) # 0.4 of 256
done
[ "$val" -eq "$expected" ]
# Keras: the first 40 % of the five of each class, by name: 10.jpg comes before 2.jpg.
pool keras --split keras --val-fraction 0.4 --format folders >/dev/null
[ "$(cd keras/val && echo */*)" = "non_person/1.jpg non_person/3.jpg person/10.jpg person/2.jpg" ]
[ "$(find keras/train -name "*jpg*" | wc -l)" -eq 6 ]
grep -q '"split": "keras"' keras/manifest.json && grep -q '"val_fraction": 0.4' keras/manifest.json
# Half of five, less its fraction, is two. The persons are dropped, so they do not count.
pool keras-drop --split keras --val-fraction 0.5 --format folders --policy mlperf \
    --small-object-area-threshold 0.13 >/dev/null
[ "$(cd keras-drop && echo val/*/* train/*/*)" = "val/non_person/1.jpg val/non_person/3.jpg \
train/non_person/5.jpg train/non_person/7.jpg train/non_person/9.jpg" ]
printf '2\n5\n99\n' >ids.txt
"$VWW" dataset build --train-image-dir images --train-annotations-file all.json --output-dir listed \
    --train-shards 1 --val-shards 1 --split minival --minival-ids ids.txt 2>notes >summary
grep -q '^val .* 2 images' summary
grep -q 'not the published list' notes && grep -q '1 ids of ids.txt' notes
grep -q '"minival_ids_published": false' listed/manifest.json

# --- refusals
refuse() {
    status=$1 words=$2; shift 2
    got=0; "$@" >output 2>error || got=$?
    [ $got -eq "$status" ] && [ ! -s output ] || { echo "$*: exit $got"; cat error; exit 1; }
    for word in $words; do
        grep -qF -- "$word" error || { echo "$*: no \"$word\" in:"; cat error; exit 1; }
    done
}
refuse 1 'byclass/train there already' build byclass --format folders
refuse 1 'mlperf size' build other --format mlperf
refuse 1 'cover size' build other --resize cover
refuse 2 '--labels grid' build other --labels grid
refuse 2 '--labels count' build other --labels boxes
refuse 1 'image 1 validation train.json' build other --val-annotations-file train.json
refuse 1 'tiny not stored as TFRecords mlperf' "$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 \
    --resolution 96 --data tiny --out run
# A PNG that is called .jpg is decoded by its content, but is no JPEG file to store as it is.
cp images/1.jpg kept.jpg
cp "$VWW_SOURCE_DIR/tests/fuzz/corpus/image/rgb.png" images/1.jpg
refuse 1 'images/1.jpg image 1 of train.json PNG --size' build other
build other --size 8 --on-error skip >summary
grep -q '^train .* 6 images' summary && ! grep -q skipped summary
mv kept.jpg images/1.jpg
# Another process is at work there.
if command -v flock >/dev/null; then
    refuse 1 'web another process' flock web/.building.lock sh -c \
        '"$0" dataset build --quiet --train-image-dir images --train-annotations-file train.json \
         --val-image-dir images --val-annotations-file val.json --output-dir web' "$VWW"
    rm -f web/.building.lock
fi
