"""Arguments: the output of vww eval --json, the evaluation recorded beside it, the annotations."""

import json
import sys

import numpy

told = json.load(open(sys.argv[1]))["measures"]
record = json.load(open(sys.argv[2]))
annotations = json.load(open(sys.argv[3]))

labels = numpy.array(record["labels"])
classes = len(record["classes"])
p = numpy.array(record["probabilities"], dtype=numpy.float32).astype(float).reshape(-1, classes)
answers = p.argmax(axis=1)
right = answers == labels
n = len(labels)


def near(name, ours, theirs, bound=1e-12):
    if ours is None and numpy.isnan(theirs):
        return
    if not abs(ours - theirs) <= bound:
        sys.exit(f"FAILED: {name}: vww {ours}, numpy {theirs}")


def wilson(hits, of):
    """The two solutions of (share - x)^2 = z^2 x (1 - x) / n."""
    z, share = 1.959963984540054, hits / of
    roots = numpy.roots([1 + z * z / of, -(2 * share + z * z / of), share * share])
    return sorted(roots.real)


def interval(name, told):
    low, high = wilson(told["correct"], told["images"])
    near(name + " low", told["accuracy_low"], max(low, 0), 1e-7)
    near(name + " high", told["accuracy_high"], min(high, 1), 1e-7)


near("accuracy", told["accuracy"], right.mean())
interval("accuracy", told)

for c, entry in enumerate(told["classes"]):
    hits = (right & (labels == c)).sum()
    near("recall", entry["recall"], hits / (labels == c).sum())
    near("precision", entry["precision"], hits / (answers == c).sum())
    r, q = entry["recall"], entry["precision"]
    if r and q:
        near("F1", entry["f1"], 2 * r * q / (r + q))
    mine, others = p[labels == c, c], p[labels != c, c]
    wins = (mine[:, None] > others[None, :]).mean() + 0.5 * (mine[:, None] == others[None, :]).mean()
    near("AUC", entry["auc"], wins)

roc = numpy.array([[x, y] for x, y, _ in told["roc"]])
near("area under the corners", numpy.trapezoid(roc[:, 1], roc[:, 0]), told["auc"])
for x, y, threshold in told["roc"][1:]:
    named = p[:, 1] >= threshold
    near("false alarms", x, named[labels == 0].mean())
    near("found", y, named[labels == 1].mean())
best = max(((p[:, 1] >= t) == (labels == 1)).mean() for t in [2, *p[:, 1]])
near("best accuracy", told["best_accuracy"], best)

near("Brier", told["brier"], ((p - numpy.eye(classes)[labels]) ** 2).sum(axis=1).mean())
sure = p.max(axis=1)
bins = numpy.minimum((sure * 15).astype(int), 14)
error = sum(abs(right[bins == b].mean() - sure[bins == b].mean()) * (bins == b).mean() for b in set(bins))
near("calibration error", told["calibration_error"], error)

# What the boxes say, straight from the annotations, in the order of their images' labels or not.
sizes = {image["id"]: (image["width"], image["height"]) for image in annotations["images"]}
person = next(c["id"] for c in annotations["categories"] if c["name"] == "person")
seen = {image: [] for image in sizes}
for a in annotations["annotations"]:
    width, height = sizes[a["image_id"]]
    x, y, w, h = a["bbox"]
    if a["category_id"] == person and w * h / (width * height) > 0.005:
        cut = x < 0.005 * width or y < 0.005 * height or x + w > 0.995 * width or y + h > 0.995 * height
        inside = (min(x + w, width) - max(x, 0)) * (min(y + h, height) - max(y, 0))
        seen[a["image_id"]].append((inside / (width * height), int(cut)))
wanted = sorted((len(o), *(max(o) if o else (0, 0))) for o in seen.values())
found = sorted(zip(record["objects"], record["largest"], record["cut_off"]))
if len(wanted) != n:
    sys.exit(f"FAILED: {n} images recorded, {len(wanted)} annotated")
for ours, theirs in zip(found, wanted):
    near("objects", ours[0], theirs[0])
    near("largest", ours[1], theirs[1], 1e-5)
if sum(o[2] for o in found) != sum(t[2] for t in wanted):
    sys.exit("FAILED: other images are cut off by the border")

objects, largest = numpy.array(record["objects"]), numpy.array(record["largest"])
cut, bright = numpy.array(record["cut_off"]), numpy.array(record["brightness"])
slices = {
    ("largest", "none"): objects == 0,
    ("largest", "under 1 %"): (objects > 0) & (largest < 0.01),
    ("largest", "1 to 3 %"): (largest >= 0.01) & (largest < 0.03),
    ("largest", "3 to 10 %"): (largest >= 0.03) & (largest < 0.10),
    ("largest", "10 to 30 %"): (largest >= 0.10) & (largest < 0.30),
    ("largest", "over 30 %"): largest >= 0.30,
    ("count", "none"): objects == 0,
    ("count", "1"): objects == 1,
    ("count", "2"): objects == 2,
    ("count", "3 to 5"): (objects >= 3) & (objects <= 5),
    ("count", "6 or more"): objects >= 6,
    ("border", "whole in the image"): (objects > 0) & (cut == 0),
    ("border", "cut off by the border"): (objects > 0) & (cut == 1),
    ("brightness", "dark, under 25 %"): bright < 0.25,
    ("brightness", "25 to 40 %"): (bright >= 0.25) & (bright < 0.40),
    ("brightness", "40 to 55 %"): (bright >= 0.40) & (bright < 0.55),
    ("brightness", "bright, over 55 %"): bright >= 0.55,
}
for entry in told["slices"]:
    of = slices.pop((entry["by"], entry["slice"]))
    near(entry["slice"], entry["images"], of.sum())
    near(entry["slice"], entry["correct"], (right & of).sum())
    interval(entry["slice"], entry)
if any(of.sum() for of in slices.values()):
    sys.exit("FAILED: a slice with images is not told")
print(f"{n} images, {len(told['slices'])} slices: AUC {told['auc']:.4f}, ECE {told['calibration_error']:.4f}")
