# Real photographs, where they are at hand (VWW_SHARED_DATA, or shared/data beside the project): the
# labels are as many as the table beside them says, and one part of them builds.
set -eu
photos=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}/photos
[ -f "$photos/instances_train.json" ] || { echo "skipped: no $photos"; exit 77; }

counts() { "$VWW" dataset labels --quiet --json --policy paper --annotations "$@"; }
counts "$photos/instances_train.json" | grep -q '"images":5071,"labels":{"1":3126,"0":1945,'
counts "$photos/instances_dev.json" | grep -q '"images":576,"labels":{"1":362,"0":214,'
counts "$photos/instances_extra.json" | grep -q '"images":5362,"labels":{"1":1062,"0":4300,'
counts "$photos"/instances_*.json | grep -q '"images":11009,"labels":{"1":4550,"0":6459,'

# Every fourth photograph of one file for validation.
"$VWW" dataset labels --quiet --annotations "$photos/instances_dev.json" --csv labels.csv
awk -F, 'NR > 1 && NR % 4 == 0 { print $1 }' labels.csv >ids.txt
echo '{"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}' >none.json
"$VWW" dataset build --quiet --size 96 --output-dir set --split minival --minival-ids ids.txt \
    --train-image-dir "$photos/images" --train-annotations-file "$photos/instances_dev.json" \
    --val-image-dir "$photos/images" --val-annotations-file none.json >summary
grep -q '^train .* 432 images: ' summary
grep -q '^val .* 144 images: ' summary
grep -q '"minival_ids_absent": 0' set/manifest.json
