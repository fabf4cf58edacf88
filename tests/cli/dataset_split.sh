# The files of pyvww: COCO's divided by a list of ids, each part labelled, and what comes of it read again.
set -eu
cat >train.json <<'JSON'
{"info": {"description": "COCO 2014", "year": 2014}, "licenses": [{"url": "u", "id": 1, "name": "N"}],
 "images": [{"license": 1, "file_name": "1.jpg", "id": 1, "height": 100, "width": 100},
            {"license": 1, "file_name": "2.jpg", "id": 2, "height": 100, "width": 100}],
 "annotations": [{"segmentation": [[1.5, 2, 3, 4]], "area": 51, "iscrowd": 0, "image_id": 1, "bbox": [0.5, 0, 10, 10],
                  "category_id": 1, "id": 11},
                 {"segmentation": [], "area": 50, "iscrowd": 0, "image_id": 2, "bbox": [0, 0, 10, 10],
                  "category_id": 1, "id": 12}],
 "categories": [{"supercategory": "person", "id": 1, "name": "person"}, {"supercategory": "animal", "id": 3, "name": "dog"}]}
JSON
cat >val.json <<'JSON'
{"images": [{"file_name": "3.jpg", "id": 3, "height": 100, "width": 100},
            {"file_name": "4.jpg", "id": 4, "height": 100, "width": 100}],
 "annotations": [{"area": 99, "iscrowd": 1, "image_id": 4, "bbox": [0, 0, 10, 10], "category_id": 1, "id": 13,
                  "segmentation": {"counts": [1, 2], "size": [100, 100]}},
                 {"iscrowd": 0, "image_id": 3, "bbox": [0, 0, 90, 90], "category_id": 1, "id": 14},
                 {"area": 900, "iscrowd": 0, "image_id": 3, "bbox": [0, 0, 30, 30], "category_id": 3, "id": 15}],
 "categories": [{"supercategory": "person", "id": 1, "name": "person"}]}
JSON
printf '4\n2\n77\n' >ids.txt
split() { "$VWW" dataset split --quiet --train-annotations-file train.json --minival-ids ids.txt --output-dir out "$@"; }
split --val_annotations_file val.json >summary
grep -qx 'out/instances_maxitrain.json: 2 images' summary
grep -qx 'out/instances_minival.json: 2 images' summary
"$VWW" dataset split --train-annotations-file train.json --val-annotations-file val.json --minival-ids ids.txt \
    --output-dir out 2>notes >summary
grep -q 'not the published list' notes && grep -q '1 ids of ids.txt' notes
ids() { grep -o '"id": [0-9]*' "out/instances_$1.json" | tr -dc '0-9\n' | tr '\n' ' '; }
[ "$(ids maxitrain)" = "1 1 3 11 14 15 1 3 " ] # licence, images, annotations, categories
[ "$(ids minival)" = "1 2 4 12 13 1 3 " ]
[ "$(sed 's/^{"info": {"description": "COCO 2014", "year": 2014}, "licenses": \[{"url": "u", .*$/same/' out/*.json | sort -u)" = same ]
grep -q '"segmentation": {"counts": \[1, 2\], "size": \[100, 100\]}' out/instances_minival.json

# Labelling each part gives the labels of the whole; an annotation without an area does not count.
label() { "$VWW" dataset labels --quiet --policy pyvww --annotations "$@"; }
label train.json val.json --csv - >whole.csv
printf 'image_id,label\n1,1\n2,0\n3,0\n4,1\n' | cmp - whole.csv
for part in maxitrain minival; do
    label out/instances_$part.json --intermediate pyvww --out $part.json >/dev/null
    label out/instances_$part.json --csv - >$part.csv
    label $part.json --csv - | cmp - $part.csv # what pyvww would train on is read again
done
[ "$(cat maxitrain.csv minival.csv | sort -u | wc -l)" -eq 5 ]
sort -u maxitrain.csv minival.csv | cmp - <(sort whole.csv)

# --- refusals, none of which writes anything
rm -r out
refuse() {
    words=$1; shift
    got=0; "$@" >output 2>error || got=$?
    [ $got -ne 0 ] && [ ! -e out/instances_minival.json ] && [ ! -e out/instances_maxitrain.json ] || exit 1
    for word in $words; do grep -qF -- "$word" error || { echo "no \"$word\" in:"; cat error; exit 1; }; done
}
head -c 400 train.json >cut.json
refuse 'cut.json JSON' split --val-annotations-file cut.json
printf 'x\n' >bad.txt
refuse 'bad.txt line' split --minival-ids bad.txt
refuse 'none.json' split --val-annotations-file none.json
refuse 'minival-ids' "$VWW" dataset split --train-annotations-file train.json --output-dir out
