"""What a careful Python user would write to build the same data set: the rule of TensorFlow's builder
on the annotations, Pillow for the pictures, tf.train.Example records packed by hand, one process for
each core. Its records carry zlib's CRC-32 where the format wants CRC-32C, which Python has not got:
that favours this script. Prints images and seconds; used by bench/dataset.sh.

    reference_build.py IMAGES ANNOTATIONS OUTPUT SIZE PROCESSES
"""
import hashlib
import io
import json
import multiprocessing
import os
import struct
import sys
import time
import zlib

from PIL import Image

SHARDS = 10


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def feature(key, kind, payload):
    return field(1, field(1, key.encode()) + field(2, field(kind, payload)))


def texts(key, value):
    return feature(key, 1, field(1, value))


def floats(key, values):
    return feature(key, 2, field(1, struct.pack("<%df" % len(values), *values)) if values else b"")


def integers(key, value):
    return feature(key, 3, field(1, varint(value)))


def example(image, label, boxes, encoded, size):
    width, height = image["width"], image["height"]
    scale = size * size / (width * height)
    return field(1, b"".join([
        integers("image/class/label", label),
        texts("image/encoded", encoded),
        texts("image/filename", image["file_name"].encode()),
        texts("image/format", b"jpeg"),
        integers("image/height", size),
        texts("image/key/sha256", hashlib.sha256(encoded).hexdigest().encode()),
        floats("image/object/area", [area * scale for _, area in boxes]),
        floats("image/object/bbox/xmax", [(b[0] + b[2]) / width for b, _ in boxes]),
        floats("image/object/bbox/xmin", [b[0] / width for b, _ in boxes]),
        floats("image/object/bbox/ymax", [(b[1] + b[3]) / height for b, _ in boxes]),
        floats("image/object/bbox/ymin", [b[1] / height for b, _ in boxes]),
        texts("image/source_id", str(image["id"]).encode()),
        integers("image/width", size)]))


def load(path, folder, size):
    with Image.open(os.path.join(folder, path)) as picture:
        small = picture.convert("RGB").resize((size, size), Image.BILINEAR)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def write_shard(task):
    number, images, folder, output, size = task
    with open(os.path.join(output, "train.record-%05d-of-%05d" % (number, SHARDS)), "wb") as out:
        for image, boxes in images:
            encoded = load(image["file_name"], folder, size)
            data = example(image, int(bool(boxes)), boxes, encoded, size)
            length = struct.pack("<Q", len(data))
            out.write(length + struct.pack("<I", zlib.crc32(length)) + data +
                      struct.pack("<I", zlib.crc32(data)))
    return len(images)


def main():
    folder, annotations, output, size, processes = sys.argv[1:6]
    start = time.monotonic()
    os.makedirs(output, exist_ok=True)
    with open(annotations, encoding="utf-8") as stream:
        coco = json.load(stream)
    person = next(c["id"] for c in coco["categories"] if c["name"] == "person")
    images = {image["id"]: image for image in coco["images"]}
    boxes = {image_id: [] for image_id in images}
    for a in coco["annotations"]:
        image = images[a["image_id"]]
        if a["category_id"] == person and a["area"] / (image["height"] * image["width"]) > 0.005:
            boxes[a["image_id"]].append((a["bbox"], a["area"]))
    work = [(image, boxes[image["id"]]) for image in coco["images"]]
    tasks = [(k, work[k::SHARDS], folder, output, int(size)) for k in range(SHARDS)]
    with multiprocessing.Pool(int(processes)) as pool:
        count = sum(pool.imap_unordered(write_shard, tasks))
    print(count, time.monotonic() - start)


main()
