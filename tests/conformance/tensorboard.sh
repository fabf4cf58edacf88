# TensorBoard's own reader finds in a run's event file what metrics.jsonl says, histograms and images.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import tensorboard' 2>/dev/null || { echo "skipped: no TensorBoard for $python"; exit 77; }
"$VWW" dataset synth --output-dir scenes --images 40 --seed 1 --quiet
"$VWW" dataset build --train-image-dir scenes/train --train-annotations-file scenes/instances_train.json \
    --val-image-dir scenes/val --val-annotations-file scenes/instances_val.json \
    --output-dir data --size 32 --train-shards 1 --val-shards 1 --quiet
"$VWW" train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 32 --data data --batch 8 --epochs 3 \
    --out run --quiet
"$python" - <<'PYTHON'
import json, math
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
lines = [json.loads(line) for line in open("run/metrics.jsonl")]
events = EventAccumulator("run", size_guidance={"scalars": 0, "histograms": 0, "images": 0})
events.Reload()
tags = events.Tags()
for tag, key in (("train/loss", "loss"), ("train/accuracy", "accuracy"), ("val/accuracy", "val_accuracy"),
                 ("train/learning_rate", "learning_rate"), ("val/loss", "val_loss")):
    seen = [(e.step, e.value) for e in events.Scalars(tag)]
    wanted = [(line["step"], line[key]) for line in lines if key in line]
    assert len(seen) == len(wanted) > 0, (tag, seen, wanted)
    assert all(a[0] == b[0] and math.isclose(a[1], b[1], rel_tol=1e-6) for a, b in zip(seen, wanted)), tag
weights = [tag for tag in tags["histograms"] if tag.startswith("weights/")]
gradients = [tag for tag in tags["histograms"] if tag.startswith("gradients/")]
assert len(weights) == len(gradients) > 50, (len(weights), len(gradients))
for tag in weights:
    histogram = events.Histograms(tag)[-1].histogram_value
    assert len(events.Histograms(tag)) == 3 and histogram.num == sum(histogram.bucket), tag
    assert histogram.min <= histogram.max == histogram.bucket_limit[-1] or histogram.min == histogram.max \
        or math.isclose(histogram.max, histogram.bucket_limit[-1], rel_tol=1e-9), tag
assert len(tags["images"]) == 8, tags["images"]
image = events.Images(tags["images"][0])[0]
assert (image.width, image.height) == (32, 32) and image.encoded_image_string.startswith(b"\x89PNG")
print(len(lines), "lines,", len(weights), "histograms of weights and of gradients, 8 images")
PYTHON
