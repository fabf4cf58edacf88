#!/bin/bash
# A built data set read back with Google's protobuf and a CRC written from its definition: checksums,
# features by key and type, images by Pillow. Skipped without Python, protobuf, numpy and Pillow.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy, PIL, google.protobuf' 2>/dev/null ||
    { echo "skipped: $python has no numpy, Pillow or protobuf"; exit 77; }
cat >oracle.py <<'PYTHON'
import hashlib, io, json, pathlib, struct, sys
import numpy, PIL.Image
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

def example_class():
    file = descriptor_pb2.FileDescriptorProto(name="e.proto", package="e", syntax="proto3")
    def message(name, *fields, parent=None):
        made = (parent.nested_type if parent else file.message_type).add(name=name)
        for number, (field, label, kind, type_name) in enumerate(fields, 1):
            made.field.add(name=field, number=number, label=label, type=kind, type_name=type_name)
        return made
    kinds = descriptor_pb2.FieldDescriptorProto
    one, many = kinds.LABEL_OPTIONAL, kinds.LABEL_REPEATED
    message("BytesList", ("value", many, kinds.TYPE_BYTES, None))
    message("FloatList", ("value", many, kinds.TYPE_FLOAT, None))
    message("Int64List", ("value", many, kinds.TYPE_INT64, None))
    feature = message("Feature", ("bytes_list", one, kinds.TYPE_MESSAGE, ".e.BytesList"),
                      ("float_list", one, kinds.TYPE_MESSAGE, ".e.FloatList"),
                      ("int64_list", one, kinds.TYPE_MESSAGE, ".e.Int64List"))
    feature.oneof_decl.add(name="kind")
    for field in feature.field:
        field.oneof_index = 0
    features = message("Features", ("feature", many, kinds.TYPE_MESSAGE, ".e.Features.FeatureEntry"))
    entry = message("FeatureEntry", ("key", one, kinds.TYPE_STRING, None),
                    ("value", one, kinds.TYPE_MESSAGE, ".e.Feature"), parent=features)
    entry.options.map_entry = True
    message("Example", ("features", one, kinds.TYPE_MESSAGE, ".e.Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("e.Example"))

table = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    table.append(value)

def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

def records(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        (length,), (crc,) = struct.unpack_from("<Q", data, at), struct.unpack_from("<I", data, at + 8)
        assert crc == masked_crc(data[at:at + 8])
        body = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked_crc(body)
        yield body
        at += 16 + length

def make(folder):
    """Smooth pictures, so that JPEG's loss stays small, and their COCO file."""
    random = numpy.random.default_rng(3)
    images, annotations = [], []
    for i in range(40):
        width, height = (int(v) for v in random.integers(60, 200, 2))
        coarse = random.integers(0, 256, (4, 4, 3)).astype(numpy.uint8)
        picture = PIL.Image.fromarray(coarse).resize((width, height), PIL.Image.Resampling.BICUBIC)
        picture.save(folder / f"{i}.jpg", quality=95)
        images.append({"id": 10 ** 10 + i, "width": width, "height": height, "file_name": f"{i}.jpg"})
        if i % 2:
            annotations.append({"id": i, "image_id": 10 ** 10 + i, "category_id": 1, "iscrowd": 0,
                                "area": width * height / 8, "bbox": [0.5, 1.5, width / 2, height / 4]})
    for name, part in (("train.json", images[:30]), ("val.json", images[30:])):
        ids = {image["id"] for image in part}
        (folder / name).write_text(json.dumps({
            "images": part, "categories": [{"id": 1, "name": "person"}],
            "annotations": [a for a in annotations if a["image_id"] in ids]}))

def check(folder, output, size):
    listed = {}
    for name in ("train.json", "val.json"):
        coco = json.loads((folder / name).read_text())
        listed.update({str(image["id"]): image for image in coco["images"]})
    manifest = json.loads((output / "manifest.json").read_text())
    example_type, seen, worst = example_class(), 0, 0.0
    for split, part in manifest["splits"].items():
        for number, shard in enumerate(part["shards"]):
            path = output / shard["file"]
            assert path.name == f"{split}.record-{number:05d}-of-{len(part['shards']):05d}"
            assert hashlib.sha256(path.read_bytes()).hexdigest() == shard["sha256"]
            bodies = list(records(path))
            assert len(bodies) == shard["records"]
            for body in bodies:
                feature = dict(example_type.FromString(body).features.feature)
                assert len(feature) == 13
                text = lambda key: feature[key].bytes_list.value[0]
                number_of = lambda key: feature[key].int64_list.value[0]
                source = listed.pop(text("image/source_id").decode())
                seen += 1
                positive = source["id"] % 2
                width, height = (size, size) if size else (source["width"], source["height"])
                assert text("image/filename").decode() == source["file_name"]
                assert text("image/format") == b"jpeg"
                assert (number_of("image/width"), number_of("image/height")) == (width, height)
                assert number_of("image/class/label") == positive
                encoded = text("image/encoded")
                assert text("image/key/sha256").decode() == hashlib.sha256(encoded).hexdigest()
                for key, value in (("bbox/xmin", 0.5 / source["width"]),
                                   ("bbox/xmax", 0.5 / source["width"] + 0.5),
                                   ("bbox/ymin", 1.5 / source["height"]),
                                   ("bbox/ymax", 1.5 / source["height"] + 0.25),
                                   ("area", width * height / 8)):
                    values = list(feature[f"image/object/{key}"].float_list.value)
                    assert len(values) == positive
                    assert not values or abs(values[0] - value) <= 1e-6 * max(1, value)
                original = (folder / source["file_name"]).read_bytes()
                if not size:
                    assert encoded == original
                    continue
                wanted = PIL.Image.open(io.BytesIO(original)).resize(
                    (size, size), PIL.Image.Resampling.BILINEAR)
                stored = PIL.Image.open(io.BytesIO(encoded))
                assert stored.size == (size, size) and stored.mode == "RGB"
                worst = max(worst, numpy.abs(numpy.asarray(stored).astype(int) -
                                             numpy.asarray(wanted).astype(int)).mean())
    assert seen == 40 and not listed
    assert worst < 1.5, worst
    print(f"size {size}: {seen} records; mean difference from Pillow's pixels at most {worst:.2f}")

folder = pathlib.Path("images")
if sys.argv[1] == "make":
    folder.mkdir()
    make(folder)
else:
    check(folder, pathlib.Path(sys.argv[2]), int(sys.argv[3]))
PYTHON
"$python" oracle.py make
for size in 0 48; do
    "$VWW" dataset build --train-image-dir images --train-annotations-file images/train.json \
        --val-image-dir images --val-annotations-file images/val.json --output-dir set$size \
        --size $size --train-shards 3 --val-shards 2 --quiet >/dev/null
    "$python" oracle.py check set$size $size
done
