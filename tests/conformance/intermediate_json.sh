# The annotation files of the published builders, read back with Python's json: keys and their order,
# images untouched, objects equal in value. Skipped without Python.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import json' 2>/dev/null || { echo "skipped: no $python"; exit 77; }
cat >coco.json <<'JSON'
{"info": {"a": [1, {"images": [{"id": 99}]}]},
 "licenses": [{"url": "http://x/\u00e9", "id": 1, "name": "Attribution"}],
 "images": [{"license": 1, "file_name": "b\u00fc\ud83d\ude00\"\\\n.jpg", "id": 4294967298, "height": 20, "width": 24,
             "flickr_url": null, "extra": {"deep": [[], {}, [1.50, -2e-3, true]]}},
            {"id": 5, "file_name": "5.jpg", "width": 24, "height": 20},
            {"id": 7, "file_name": "7.jpg", "width": 24, "height": 20}],
 "annotations": [
  {"segmentation": [[1.5, 2, 3, 4.25, 5, 6]], "area": 60.123456789012345, "iscrowd": 0, "image_id": 4294967298,
   "bbox": [0.1, 2, 10, 6.7], "category_id": 1, "id": 11},
  {"segmentation": {"counts": [3, 4, 5], "size": [20, 24]}, "area": 50, "iscrowd": 1, "image_id": 5,
   "bbox": [20, 15, 10, 5], "category_id": 1, "id": 12},
  {"area": 400, "iscrowd": 0, "image_id": 5, "bbox": [0, 0, 20, 20], "category_id": 3, "id": 13},
  {"area": 1, "iscrowd": 0, "image_id": 7, "bbox": [0, 0, 1, 1], "category_id": 1, "id": 14},
  {"area": 2.5E1, "iscrowd": 0, "image_id": 4294967298, "bbox": [1e0, 2, 5, 5], "category_id": 1, "id": 15}],
 "categories": [{"supercategory": "person", "id": 1, "name": "person"},
                {"supercategory": "animal", "id": 3, "name": "dog"}]}
JSON
for layout in tf tf-2019 pyvww; do
    "$VWW" dataset labels --quiet --annotations coco.json --policy tf --intermediate $layout --out $layout.json >/dev/null
done
"$python" - <<'PYTHON'
import json
coco = json.load(open("coco.json"))
people = [a for a in coco["annotations"] if a["category_id"] == 1 and a["area"] / 480 > 0.005]
assert len(people) == 3
of = lambda image: [a for a in people if a["image_id"] == image["id"]]

tf = json.load(open("tf.json"))
assert list(tf) == ["images", "annotations", "categories"]
assert tf["images"] == coco["images"] and [list(i) for i in tf["images"]] == [list(i) for i in coco["images"]]
assert tf["categories"] == {"1": coco["categories"][0]}
assert list(tf["annotations"]) == [str(i["id"]) for i in coco["images"]]
for image in coco["images"]:
    entry = tf["annotations"][str(image["id"])]
    assert list(entry) == ["objects", "label"]
    assert entry["label"] == (1 if of(image) else 0)
    assert entry["objects"] == [{"area": a["area"], "bbox": a["bbox"]} for a in of(image)]
    assert all(list(o) == ["area", "bbox"] for o in entry["objects"])

old = json.load(open("tf-2019.json"))
for image in coco["images"]:
    (entry,) = old["annotations"][str(image["id"])]
    assert list(entry) == ["image_id", "label", "object", "count"]
    assert entry == {"image_id": image["id"], "label": 1 if of(image) else 0, "count": len(of(image)),
                     "object": [{"bbox": a["bbox"], "area": a["area"], "category_id": 1} for a in of(image)]}

pyvww = json.load(open("pyvww.json"))
assert list(pyvww) == ["info", "licenses", "images", "annotations", "categories"]
assert pyvww["info"]["version"] == "1.0" and pyvww["info"]["year"] == 2019
assert pyvww["licenses"] == coco["licenses"] and pyvww["images"] == coco["images"]
assert [c["id"] for c in pyvww["categories"]] == [0, 1]
assert pyvww["categories"][0]["name"] == "not-person"
assert [a["id"] for a in pyvww["annotations"]] == [0, 1, 2]
for made, original in zip(pyvww["annotations"], people):
    for key in ("image_id", "area", "bbox", "iscrowd"):
        assert made[key] == original[key], key
    assert made.get("segmentation") == original.get("segmentation") and made["category_id"] == 1
# Python writes text and whole numbers the same way, byte for byte.
text = open("tf.json").read()
assert json.dumps(coco["images"][1:]).strip("[]") in text
PYTHON

# pyvww's two steps: the listed images of both files make one set, all others the other.
sed 's/"id": 4294967298/"id": 44/g; s/"image_id": 4294967298/"image_id": 44/g; s/"id": 5,/"id": 55,/; s/"image_id": 5,/"image_id": 55,/g
     s/"id": 7,/"id": 77,/; s/"image_id": 7,/"image_id": 77,/g' coco.json >second.json
printf '55\n4294967298\n' >ids.txt
pyvww() {
    "$VWW" dataset labels --quiet --annotations coco.json second.json --policy pyvww --intermediate pyvww "$@" >/dev/null
}
pyvww --out minival.json --only-ids ids.txt
pyvww --out maxitrain.json --except-ids ids.txt
"$python" - <<'PYTHON'
import json
minival, maxitrain = json.load(open("minival.json")), json.load(open("maxitrain.json"))
assert [i["id"] for i in minival["images"]] == [4294967298, 55]
assert [i["id"] for i in maxitrain["images"]] == [5, 7, 44, 77]
assert [(a["id"], a["image_id"]) for a in minival["annotations"]] == [(0, 4294967298), (1, 4294967298), (2, 55)]
assert [a["image_id"] for a in maxitrain["annotations"]] == [5, 44, 44]
PYTHON
# The same as files of their own, every entry equal.
"$VWW" dataset split --quiet --train-annotations-file coco.json --val-annotations-file second.json \
    --minival-ids ids.txt --output-dir . >/dev/null
"$python" - <<'PYTHON'
import json
files = [json.load(open(name)) for name in ("coco.json", "second.json")]
listed = {55, 4294967298}
for name, side in (("instances_minival.json", True), ("instances_maxitrain.json", False)):
    made = json.load(open(name))
    wanted = {"info": files[0]["info"], "licenses": files[0]["licenses"],
              "images": [i for f in files for i in f["images"] if (i["id"] in listed) == side],
              "annotations": [a for f in files for a in f["annotations"] if (a["image_id"] in listed) == side],
              "categories": files[0]["categories"]}
    assert json.dumps(made) == json.dumps(wanted), name # also the order of all keys
PYTHON
"$VWW" dataset labels --quiet --annotations coco.json --only-ids ids.txt --policy tf --csv - >kept.csv
printf 'image_id,label\n4294967298,1\n' | cmp - kept.csv
"$VWW" dataset labels --quiet --annotations coco.json --except-ids ids.txt --policy tf --json | grep -q '"1":1,"0":1,'

got=0; "$VWW" dataset labels --annotations coco.json --intermediate tf 2>/dev/null || got=$?
[ $got -eq 2 ]
got=0; "$VWW" dataset labels --annotations coco.json --intermediate tf --out none/x.json 2>error || got=$?
[ $got -eq 1 ] && grep -q none/x.json error
