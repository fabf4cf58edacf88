# The masks of a drawn set as pycocotools reads them: area and box of every annotation.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy, pycocotools' 2>/dev/null ||
    { echo "skipped: $python has no numpy or pycocotools (VWW_ORACLE_PYTHON names another)"; exit 77; }
"$VWW" dataset synth --output-dir set --images 40 --seed 5 --quiet >out
"$python" - <<'PYTHON'
from pycocotools.coco import COCO
from pycocotools import mask

coco = COCO("set/instances_train.json")
assert len(coco.imgs) == 32 and len(coco.anns) > 50
for annotation in coco.anns.values():
    runs = coco.annToRLE(annotation)
    image = coco.imgs[annotation["image_id"]]
    assert runs["size"] == [image["height"], image["width"]]
    assert mask.area(runs) == annotation["area"], annotation["id"]
    assert list(mask.toBbox(runs)) == annotation["bbox"], annotation["id"]
print(len(coco.anns), "annotations agree")
PYTHON
