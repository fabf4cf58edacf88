"""Train PyTorch with the batches that train_replay gives on standard input, by the same recipe and
from the weights that train_export wrote, and print both losses.
   train_replay … | train_replay.py GRAPH THREADS [DOUBLE_STEPS]
DOUBLE_STEPS: for so many steps a second network of PyTorch's trains along in double precision; how
far the two part from one another is what rounding alone does."""

import json
import struct
import sys

import numpy
import torch
from torch_graph import Graph

STEP, VAL, EPOCH = 1, 2, 3
SHOWN = (1, 2, 3, 5, 10, 20, 50, 100)


class RMSprop(torch.optim.Optimizer):
    """TensorFlow's: epsilon under the root, squares that begin with 1, the rate in the momentum."""

    def __init__(self, groups, recipe):
        super().__init__(groups, dict(lr=0.0, weight_decay=0.0))
        self.recipe = recipe

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["square"], state["moment"] = torch.ones_like(p), torch.zeros_like(p)
                gradient = p.grad + group["weight_decay"] * p
                decay = self.recipe["gradient_decay"]
                state["square"].mul_(decay).add_((1 - decay) * gradient * gradient)
                root = (state["square"] + self.recipe["epsilon"]).sqrt()
                state["moment"].mul_(self.recipe["momentum"]).add_(group["lr"] * gradient / root)
                p.sub_(state["moment"])


def optimizer_of(model, recipe):
    """Weight decay is for convolutions over channels and the classifier, as in vww."""
    decays, others = [], []
    for i, tensor in enumerate(model.graph["tensors"]):
        parameter = getattr(model, f"tensor{i}", None)
        if isinstance(parameter, torch.nn.Parameter):
            kept = model.kind_of(i) in ("conv_2d", "fully_connected")
            (decays if kept else others).append(parameter)
    groups = [{"params": decays, "weight_decay": recipe["weight_decay"]},
              {"params": others, "weight_decay": 0.0}]
    betas = recipe["momentum"], recipe["gradient_decay"]
    kind = recipe["optimizer"]
    if kind == "sgd":
        return torch.optim.SGD(groups, 1.0, momentum=recipe["momentum"])
    if kind == "rmsprop":
        return RMSprop(groups, recipe)
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](
        groups, 1.0, betas, recipe["epsilon"])


class Pupil:
    def __init__(self, path, recipe, dtype):
        self.model, self.dtype = Graph(path).to(dtype), dtype
        for op in self.model.graph["ops"]:
            op["keep_probability"] = 1
            if op["kind"] == "batch_norm":
                op["momentum"] = recipe["batch_norm_decay"]
        self.recipe, self.steps = recipe, 0
        self.optimizer = optimizer_of(self.model, recipe)
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.losses, self.val_loss, self.val_right, self.val_count = [], 0.0, 0, 0

    def logits(self, images, model):
        return model(model.normalize(images).to(self.dtype))

    def step(self, images, targets, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        self.optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.logits(images, self.model),
                                                 targets.to(self.dtype))
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        self.losses.append(float(loss.detach()))
        wanted = self.recipe["average_decay"]
        take = 1 - min(wanted, (1 + self.steps) / (10 + self.steps)) if wanted > 0 else 1
        for key, value in self.model.state_dict().items():
            self.average[key] += take * (value - self.average[key])

    @torch.no_grad()
    def score(self, images, labels):
        latest = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(self.average)
        self.model.eval()
        logits = self.logits(images, self.model)
        self.val_loss += float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
        self.val_right += int((logits.argmax(1) == labels).sum())
        self.val_count += len(labels)
        self.model.load_state_dict(latest)

    def end_epoch(self):
        """Mean loss of the epoch's steps, loss and accuracy on val."""
        result = (numpy.mean(self.losses), self.val_loss / self.val_count,
                  self.val_right / self.val_count)
        self.losses, self.val_loss, self.val_right, self.val_count = [], 0.0, 0, 0
        return result


def take(file, count, dtype):
    size = count * numpy.dtype(dtype).itemsize
    data = file.read(size)
    if len(data) < size:
        sys.exit("train_replay.py: the stream ends within a frame")
    return numpy.frombuffer(bytearray(data), dtype)


path, threads = sys.argv[1], int(sys.argv[2])
double_steps = int(sys.argv[3]) if len(sys.argv) > 3 else 0
torch.set_num_threads(threads)
stream = sys.stdin.buffer
recipe = json.loads(stream.readline())
side = recipe["side"]
pupil = Pupil(path, recipe, torch.float32)
double = Pupil(path, recipe, torch.float64) if double_steps > 0 else None
ours, done, epoch = [], 0, 0
while head := stream.read(24):
    kind, count, a, b = struct.unpack("=iidd", head)
    labels = torch.from_numpy(take(stream, count, numpy.int32).astype(numpy.int64))
    images = take(stream, count * side * side * 3, numpy.uint8)
    images = torch.from_numpy(images.reshape(count, side, side, 3))
    if kind == STEP:
        targets = take(stream, count * recipe["classes"], numpy.float64)
        targets = torch.from_numpy(targets.reshape(count, recipe["classes"]))
        done += 1
        pupil.step(images, targets, b)
        ours.append(a)
        line = f"step {done}: vww {a:.7f}, PyTorch {pupil.losses[-1] - a:+.1e}"
        if done <= double_steps:
            double.step(images, targets, b)
            line += f", in double {double.losses[-1] - a:+.1e}"
        if done in SHOWN:
            print(line, flush=True)
    elif kind == VAL:
        pupil.score(images, labels)
    elif kind == EPOCH:
        epoch += 1
        theirs = pupil.end_epoch()
        print(f"epoch {epoch}: loss vww {numpy.mean(ours):.4f} PyTorch {theirs[0]:.4f}; "
              f"val loss {a:.4f} {theirs[1]:.4f}; val accuracy {b:.4f} {theirs[2]:.4f}",
              flush=True)
        ours = []
