"""The same recipe by PyTorch, from weights that train_export wrote, on a data set that
`vww dataset build` made: what bench/train_curves.sh puts beside vww's own run. SGD, cosine schedule,
no augmentation, another order of the images.
   train_curves.py GRAPH DATA EPOCHS BATCH LEARNING_RATE WEIGHT_DECAY THREADS SEED"""

import glob
import io
import math
import struct
import sys

import numpy
import torch
from PIL import Image
from torch_graph import Graph


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """The length-delimited and varint fields of a protocol buffer message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        yield key >> 3, value


def example(record):
    """Image and label of a tf.train.Example: a map of features from names to lists."""
    found = {}
    for _, features in fields(record):
        for _, entry in fields(features):
            name, feature = (value for _, value in fields(entry))
            for _, values in fields(feature):
                found[bytes(name).decode()] = next((v for _, v in fields(values)), None)
    label = found["image/class/label"]
    label = varint(label, 0)[0] if isinstance(label, (bytes, memoryview)) else label
    return Image.open(io.BytesIO(bytes(found["image/encoded"]))).convert("RGB"), label


def read(data, split):
    images, labels = [], []
    for path in sorted(glob.glob(f"{data}/{split}.record-*")):
        with open(path, "rb") as file:
            content = file.read()
        at = 0
        while at < len(content):
            (length,) = struct.unpack_from("<Q", content, at)
            image, label = example(content[at + 12:at + 12 + length])
            images.append(numpy.asarray(image))
            labels.append(label)
            at += length + 16
    return torch.from_numpy(numpy.stack(images)), torch.tensor(labels)


def evaluate(model, images, labels):
    model.eval()
    loss, right = 0.0, 0
    with torch.no_grad():
        for i in range(0, len(labels), 96):
            logits = model(model.normalize(images[i:i + 96]))
            loss += float(torch.nn.functional.cross_entropy(logits, labels[i:i + 96],
                                                            reduction="sum"))
            right += int((logits.argmax(1) == labels[i:i + 96]).sum())
    model.train()
    return loss / len(labels), right / len(labels)


path, data = sys.argv[1:3]
epochs, batch, threads, seed = (int(sys.argv[i]) for i in (3, 4, 7, 8))
rate, decay = float(sys.argv[5]), float(sys.argv[6])
torch.set_num_threads(threads)
torch.manual_seed(seed)
model = Graph(path).to(memory_format=torch.channels_last)
for op in model.graph["ops"]:
    if op["kind"] == "batch_norm":
        op["momentum"] = 0.99
weights = [p for p in model.parameters() if p.dim() > 1]
others = [p for p in model.parameters() if p.dim() <= 1]
optimizer = torch.optim.SGD([{"params": weights, "weight_decay": decay}, {"params": others}],
                            rate, momentum=0.9)
images, labels = read(data, "train")
held, held_labels = read(data, "val")
steps = len(labels) // batch
for epoch in range(epochs):
    order, total = torch.randperm(len(labels)), 0.0
    for step in range(steps):
        done = (epoch * steps + step) / (epochs * steps)
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * done))
        chosen = order[step * batch:(step + 1) * batch]
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(model.normalize(images[chosen])),
                                                 labels[chosen])
        loss.backward()
        optimizer.step()
        total += float(loss.detach())
    val_loss, accuracy = evaluate(model, held, held_labels)
    print(f"{epoch + 1} {total / steps:.4f} {val_loss:.4f} {accuracy:.4f}", flush=True)
