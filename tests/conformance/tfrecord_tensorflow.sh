# Records of each feature layout read by TensorFlow's own readers. Skipped without TensorFlow.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import tensorflow' 2>/dev/null || { echo "skipped: $python has no tensorflow"; exit 77; }
"$VWW" dataset synth --quiet --output-dir drawn --images 40 --seed 5 --max-side 200 --min-side 100 >/dev/null
for features in tf tf-2019 tf-2019-first; do
    "$VWW" dataset build --quiet --train-image-dir drawn/train --val-image-dir drawn/val \
        --train-annotations-file drawn/instances_train.json --policy tf \
        --val-annotations-file drawn/instances_val.json --output-dir $features --features $features \
        --labels count grid 4 --train-shards 3 --val-shards 2 >/dev/null
    "$VWW" dataset labels --quiet --annotations drawn/instances_train.json --policy tf --csv - >labels.csv
    TF_CPP_MIN_LOG_LEVEL=3 "$python" - "$features" <<'PYTHON'
import csv, glob, hashlib, json, sys
import tensorflow as tf
features = sys.argv[1]
labels = {row["image_id"]: int(row["label"]) for row in csv.DictReader(open("labels.csv"))}
images = {str(i["id"]): i for i in json.load(open("drawn/instances_train.json"))["images"]}
layout = {"image/encoded": tf.io.FixedLenFeature([], tf.string), "image/format": tf.io.FixedLenFeature([], tf.string),
          "image/filename": tf.io.FixedLenFeature([], tf.string), "image/source_id": tf.io.FixedLenFeature([], tf.string),
          "image/key/sha256": tf.io.FixedLenFeature([], tf.string), "image/height": tf.io.FixedLenFeature([], tf.int64),
          "image/width": tf.io.FixedLenFeature([], tf.int64), "image/class/label": tf.io.FixedLenFeature([], tf.int64),
          "image/object/count": tf.io.FixedLenFeature([], tf.int64), "image/object/grid": tf.io.FixedLenFeature([4, 4], tf.int64)}
for key in ("bbox/xmin", "bbox/xmax", "bbox/ymin", "bbox/ymax", "area"):
    layout[f"image/object/{key}"] = tf.io.VarLenFeature(tf.float32)
if features != "tf":
    layout["image/object/class/label"] = tf.io.FixedLenFeature([], tf.int64)
if features == "tf-2019-first":
    layout["image/class/text"] = tf.io.VarLenFeature(tf.string)
seen = 0
for record in tf.data.TFRecordDataset(sorted(glob.glob(f"{features}/train.record-*"))):
    raw = tf.train.Example.FromString(record.numpy())
    assert set(raw.features.feature) == set(layout), set(raw.features.feature) ^ set(layout)
    example = tf.io.parse_single_example(record, layout)
    source = example["image/source_id"].numpy().decode()
    image = images[source]
    assert example["image/filename"].numpy().decode() == image["file_name"]
    encoded = example["image/encoded"].numpy()
    assert encoded == open("drawn/train/" + image["file_name"], "rb").read()
    assert hashlib.sha256(encoded).hexdigest() == example["image/key/sha256"].numpy().decode()
    assert tf.io.decode_jpeg(encoded, channels=3).shape == (image["height"], image["width"], 3)
    label = int(example["image/class/label"])
    assert label == labels[source] and (int(example["image/object/count"]) > 0) == (label == 1)
    assert (int(tf.reduce_sum(example["image/object/grid"])) > 0) == (label == 1)
    boxes = example["image/object/area"].values.shape[0]
    assert boxes <= int(example["image/object/count"])
    if features == "tf":
        assert boxes == int(example["image/object/count"])
    else:
        assert int(example["image/object/class/label"]) == label
    if features == "tf-2019-first":
        assert list(example["image/class/text"].values.numpy()) == [b"person"] * boxes
    seen += 1
assert seen == len(images) and 0 < sum(labels.values()) < seen
print(f"{features}: {seen} records read by TensorFlow {tf.__version__}")
PYTHON
done
