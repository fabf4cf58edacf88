#!/bin/bash
# Labels of a generated COCO file with polygons, run-length crowds, several categories and images
# without annotations, against the rules written with pycocotools. Skipped without pycocotools.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy, pycocotools.coco' 2>/dev/null ||
    { echo "skipped: $python has no numpy or no pycocotools"; exit 77; }
cat >oracle.py <<'PYTHON'
import contextlib, json, os, sys
import numpy
from pycocotools import mask
from pycocotools.coco import COCO

def polygon(random, width, height):
    """A random polygon, of any size from a few pixels to the whole image."""
    corners = random.integers(3, 12)
    angles = numpy.sort(random.uniform(0, 2 * numpy.pi, corners))
    radius = 2 ** random.uniform(0, numpy.log2(min(width, height) / 2))
    x = numpy.clip(random.uniform(0, width) + radius * numpy.cos(angles), 0, width)
    y = numpy.clip(random.uniform(0, height) + radius * numpy.sin(angles), 0, height)
    return [round(float(v), 2) for pair in zip(x, y) for v in pair]

def generate(path):
    random = numpy.random.default_rng(7)
    categories = [{"id": 1, "name": "person"}, {"id": 17, "name": "cat"}, {"id": 90, "name": "comb"}]
    images, annotations = [], []
    for i in range(1500):
        width, height = int(random.integers(50, 640)), int(random.integers(50, 640))
        image_id = int(random.integers(0, 2 ** 40)) * 2000 + i
        images.append({"id": image_id, "width": width, "height": height, "file_name": f"{i}.jpg"})
        for _ in range(random.integers(0, 5)):
            crowd = random.random() < 0.15
            runs = mask.merge(mask.frPyObjects([polygon(random, width, height)], height, width))
            if mask.area(runs) == 0:
                continue
            shape = [polygon(random, width, height)]
            encoded = mask.merge(mask.frPyObjects(shape, height, width)) if not crowd else runs
            segmentation = shape
            if crowd:
                bits = mask.decode(runs).flatten(order="F")
                edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], bits, [0]))))
                counts = numpy.diff(numpy.concatenate(([0], edges, [len(bits)])))
                segmentation = {"counts": counts.tolist(), "size": [height, width]}
            annotations.append({
                "id": len(annotations) + 1, "image_id": image_id, "iscrowd": int(crowd),
                "category_id": int(random.choice([1, 1, 17, 90])), "segmentation": segmentation,
                "area": float(mask.area(encoded)), "bbox": mask.toBbox(encoded).tolist()})
    # Areas of exactly 0.5 % of the image, which the two comparisons tell apart.
    for i, image in enumerate(images[::10]):
        image["width"], image["height"] = 200, 100
        annotations.append({"id": len(annotations) + 1, "image_id": image["id"], "iscrowd": 0,
                            "category_id": 1, "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]],
                            "area": 100.0, "bbox": [0, 0, 10, 10]})
    order = numpy.random.default_rng(8).permutation(len(annotations))
    with open(path, "w") as file:
        json.dump({"info": {}, "images": images, "annotations": [annotations[k] for k in order],
                   "categories": categories}, file)

def label(coco, image, policy, name):
    category = coco.getCatIds(catNms=[name])
    ids = coco.getAnnIds(imgIds=[image["id"]], catIds=category,
                         iscrowd=False if policy == "mlperf" else None)
    pixels = image["width"] * image["height"]
    areas = []
    for annotation in coco.loadAnns(ids):
        if policy in ("paper", "mlperf"):
            areas.append(annotation["bbox"][2] * annotation["bbox"][3] / pixels)
        else:
            areas.append(annotation["area"] / pixels)
    threshold = 0.025 if policy == "mlperf" else 0.005
    if any(a >= threshold if policy == "tf-2019a" else a > threshold for a in areas):
        return "1"
    return "dropped" if policy == "mlperf" and areas else "0"

if sys.argv[1] == "generate":
    generate(sys.argv[2])
else:
    with contextlib.redirect_stdout(open(os.devnull, "w")):
        coco = COCO(sys.argv[2])
    policy, name = sys.argv[3:]
    print("image_id,label")
    for image_id in sorted(coco.getImgIds()):
        print(f"{image_id},{label(coco, coco.loadImgs([image_id])[0], policy, name)}")
PYTHON
"$python" oracle.py generate instances.json
for policy in paper tf tf-2019a pyvww mlperf; do
    for name in person cat; do
        "$python" oracle.py label instances.json $policy $name >theirs.csv
        "$VWW" dataset labels --annotations instances.json --policy $policy --quiet --csv ours.csv \
            --foreground-class-of-interest $name
        cmp ours.csv theirs.csv
        echo "$policy $name: $(cut -d, -f2 ours.csv | sort | uniq -c | tr -s ' \n' ' ')"
    done
done
