"""One training step of a model of the zoo: loss and every gradient by vww and by PyTorch in double
precision, from the same weights and images.   train_torch.py TRAIN_EXPORT BENCH_FOLDER"""

import subprocess
import sys

import numpy

sys.path.insert(0, sys.argv[2])
import torch
from torch_graph import Graph

IMAGES = 8
# vww computes in float32, PyTorch here in double. The error of a gradient is relative to the
# tensor's own size (root of the mean square) or, where that is next to nothing, to a thousandth of
# the largest gradient. Where an activation lies within rounding of its limit, float and double cut
# the gradient differently, and the gradients of all layers before it differ by that element's. So
# each tensor's error is the least of several batches: what is computed wrongly is so in each.
LOSS_BOUND, BOUND, BATCHES = 5e-6, 5e-4, 25
MODELS = [
    ("mobilenet_v1", "0.25", "48"),
    ("mobilenet_v2", "0.35", "48"),
    ("mnasnet_b1", "0.35", "48"),
    ("shufflenet_v1_g3", "0.25", "48"),
    ("shufflenet_v2", "0.5", "48"),
    ("mlperf_tiny_vww", "1", "96"),
    ("mcunet_vww0", "1", "64"),
]


def root_mean_square(x):
    return float(numpy.sqrt(numpy.mean(numpy.square(x, dtype=numpy.float64))))


def step(family, multiplier, resolution, padding, seed):
    """One batch: both losses, and the error of each gradient."""
    subprocess.run([sys.argv[1], "step", family, multiplier, resolution, padding, "3",
                    str(IMAGES), str(seed)], check=True)
    model = Graph("step").double()
    side = int(resolution)
    images = numpy.fromfile("step.images", numpy.uint8).reshape(IMAGES, side, side, 3)
    logits = model(model.normalize(torch.from_numpy(images)).double())
    target = torch.nn.functional.one_hot(torch.arange(IMAGES) % 2, 2).double() * 0.9 + 0.05
    loss = -(target * logits.log_softmax(1)).sum(1).mean()
    loss.backward()
    with open("step.loss", encoding="utf-8") as file:
        ours = float(file.read())
    gradients = numpy.fromfile("step.gradients", "<f4")
    pairs = []
    for i, tensor in enumerate(model.graph["tensors"]):
        if tensor["at"] < 0 or not isinstance(model.parameter(i), torch.nn.Parameter):
            continue
        wanted = model.from_torch(i, model.parameter(i).grad).numpy().reshape(-1)
        pairs.append((tensor["name"], gradients[tensor["at"]:][:wanted.size], wanted))
    floor = 1e-3 * max(root_mean_square(wanted) for _, _, wanted in pairs)
    errors = {name: root_mean_square(got - wanted) / max(root_mean_square(wanted), floor)
              for name, got, wanted in pairs}
    return ours, float(loss.detach()), errors


def compare(family, multiplier, resolution, padding):
    least = {}
    for batch in range(1, BATCHES + 1):
        ours, theirs, errors = step(family, multiplier, resolution, padding, batch)
        least = {name: min(error, least.get(name, error)) for name, error in errors.items()}
        worst, name = max((error, name) for name, error in least.items())
        good = abs(ours - theirs) < LOSS_BOUND * theirs
        if not good or worst < BOUND:
            break
    good = good and worst < BOUND and len(errors) > 20
    print(f"{'same' if good else 'DIFFERENT'}: {family} {multiplier}@{resolution} {padding}, "
          f"{batch} batches: loss {ours:.7f} and {theirs:.7f}; {len(errors)} gradients, relative "
          f"error at most {worst:.1e} ({name})", flush=True)
    return good


good = [compare(*model, padding) for model in MODELS for padding in ("same", "explicit")]
sys.exit(0 if all(good) else 1)
