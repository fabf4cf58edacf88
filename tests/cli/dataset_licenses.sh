# --licenses takes only photographs under the licences named, and attribution.csv says whose they are.
set -eu
mkdir images
for id in 1 2 3 4 5; do cp "$VWW_SOURCE_DIR/tests/fuzz/corpus/image/rgb.jpg" images/$id.jpg; done
size='"width": 24, "height": 20'
cat >train.json <<JSON
{"images": [
 {"id": 1, "file_name": "1.jpg", $size, "license": 4, "flickr_url": "http://example.org/one", "coco_url": "x"},
 {"id": 2, "file_name": "2.jpg", $size, "license": 1, "coco_url": "http://example.org/two"},
 {"id": 3, "file_name": "3.jpg", $size}],
 "licenses": [{"id": 4, "name": "By, \"us\"", "url": "http://example.org/by"}, {"id": 1, "name": "Non-commercial"}],
 "annotations": [], "categories": [{"id": 1, "name": "person"}]}
JSON
cat >val.json <<JSON
{"licenses": [{"id": 9, "name": "By, \"us\"", "url": "http://example.org/by"}],
 "images": [{"id": 4, "file_name": "4.jpg", $size, "license": 9}, {"id": 5, "file_name": "5.jpg", $size, "license": 8}],
 "annotations": [], "categories": [{"id": 1, "name": "person"}]}
JSON
build() {
    "$VWW" dataset build --quiet --size 8 --train-shards 1 --val-shards 1 --output-dir set \
        --train-image-dir images --train-annotations-file train.json \
        --val-image-dir images --val-annotations-file val.json "$@"
}
build >/dev/null
cmp - set/attribution.csv <<'CSV'
image_id,split,file_name,license,license_url,source_url
1,train,"1.jpg","By, ""us""","http://example.org/by","http://example.org/one"
2,train,"2.jpg","Non-commercial","","http://example.org/two"
4,val,"4.jpg","By, ""us""","http://example.org/by",""
5,val,"5.jpg","","",""
CSV
"$VWW" dataset stats set --quiet --json |
    grep -q '"licenses":{"By, \\"us\\"":2,"Non-commercial":1,"":1}'
"$VWW" dataset stats set --quiet | grep -q '^licence Non-commercial  *1 images'

build --licenses 4 >summary
grep -q '^train .* 1 images.* 2 left out by licence' summary
grep -q '^val .* 1 images.* 1 left out by licence' summary
grep -q '"unlicensed": 2' set/manifest.json
[ "$(cut -d, -f1 set/attribution.csv | tr '\n' ' ')" = 'image_id 1 4 ' ]
build --licenses http://example.org/by Non-commercial | grep -q '^train .* 2 images'
"$VWW" dataset verify set --quiet | grep -qx 'problems  0'

status=0; build --licenses non-comercial >/dev/null 2>error || status=$?
[ $status -eq 1 ]
grep -q 'no licence of the annotations is non-comercial' error
grep -q 'Non-commercial' error
# What a file says of licences is looked at, and must be right, in the licences' pass.
sed 's/"license": 4/"license": "four"/' train.json >typed.json
status=0
"$VWW" dataset build --quiet --output-dir other --train-image-dir images --val-image-dir images \
    --train-annotations-file typed.json --val-annotations-file val.json >/dev/null 2>error || status=$?
[ $status -eq 1 ]
grep -q 'typed.json.*"license" has the wrong type' error
