"""Compare `vww model cost --layers --padding torch` with torchvision's models. See the .sh beside it."""

import json
import subprocess
import sys

import torch
import torchvision.models as models
from torchvision.models.mnasnet import MNASNet
from torchvision.models.shufflenetv2 import ShuffleNetV2

SHUFFLE_WIDTHS = {
    0.5: [24, 48, 96, 192, 1024],
    1.0: [24, 116, 232, 464, 1024],
    1.5: [24, 176, 352, 704, 1024],
    2.0: [24, 244, 488, 976, 2048],
}
MODELS = {
    "mobilenet_v2": lambda width, classes: models.mobilenet_v2(width_mult=width, num_classes=classes),
    "mnasnet_b1": lambda width, classes: MNASNet(width, num_classes=classes),
    "shufflenet_v2": lambda width, classes: ShuffleNetV2(
        [4, 8, 4], SHUFFLE_WIDTHS[width], num_classes=classes
    ),
}
CASES = [
    ("mobilenet_v2", 1.0, 224, 1000),
    ("mobilenet_v2", 0.35, 96, 2),
    ("mobilenet_v2", 0.75, 161, 10),
    ("mobilenet_v2", 1.4, 128, 1000),
    ("mnasnet_b1", 0.5, 224, 1000),
    ("mnasnet_b1", 1.0, 97, 3),
    ("mnasnet_b1", 1.3, 224, 1000),
    ("shufflenet_v2", 0.5, 224, 1000),
    ("shufflenet_v2", 1.0, 129, 2),
    ("shufflenet_v2", 1.5, 224, 1000),
    ("shufflenet_v2", 2.0, 96, 2),
]


def theirs(family, width, resolution, classes):
    """Parameters, multiply-adds, and (height, width, channels) after each convolution and dense layer."""
    with torch.device("meta"):  # shapes without arithmetic
        model = MODELS[family](width, classes).eval()
    shapes, macs = [], 0

    def hook(module, _, output):
        nonlocal macs
        weights = module.weight.numel()
        if isinstance(module, torch.nn.Conv2d):
            _, channels, height, columns = output.shape
            shapes.append((height, columns, channels))
            macs += weights * height * columns
        else:
            shapes.append((1, 1, output.shape[1]))
            macs += weights

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(hook)
    with torch.no_grad():
        model(torch.empty(1, 3, resolution, resolution, device="meta"))
    return sum(p.numel() for p in model.parameters()), macs, shapes


def ours(command, family, width, resolution, classes):
    text = subprocess.run(
        [command, "model", "cost", family, "--depth-multiplier", str(width), "--resolution", str(resolution),
         "--classes", str(classes), "--padding", "torch", "--layers", "--json"],
        check=True, capture_output=True, text=True,
    ).stdout
    cost = json.loads(text)
    shapes = []
    for layer in cost["layers"]:
        if layer["weights"] == 0:
            continue
        dims = [int(d) for d in layer["output"].split("x")]
        shapes.append(tuple(dims[1:]) if len(dims) == 4 else (1, 1, dims[-1]))
    return cost["params_trainable"], cost["macs"], shapes


def main():
    wrong = 0
    for case in CASES:
        a, b = theirs(*case), ours(sys.argv[1], *case)
        same = a == b
        wrong += not same
        print(*case, "same" if same else f"DIFFERENT: {a[:2]} and {b[:2]}", f"{len(a[2])} layers")
        for i, (x, y) in enumerate(zip(a[2], b[2])):
            if x != y:
                print(f"  layer {i}: {x} and {y}")
                break
    return 1 if wrong else 0


sys.exit(main())
