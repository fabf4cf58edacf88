"""A float graph that train_export wrote, as a PyTorch module: every operator of the zoo, the same
weights. Images are bytes in N,H,W,C, as vww reads them; the result are logits."""

import json

import numpy
import torch
import torch.nn.functional as F


def same_on_both_sides(op):
    return op["pad_top"] == op["pad_bottom"] and op["pad_left"] == op["pad_right"]


class Graph(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        with open(path + ".json", encoding="utf-8") as file:
            self.graph = json.load(file)
        floats = numpy.fromfile(path + ".bin", "<f4")
        norms = [op["inputs"] for op in self.graph["ops"] if op["kind"] == "batch_norm"]
        moving = {i for inputs in norms for i in inputs[3:]}
        for i, tensor in enumerate(self.graph["tensors"]):
            if tensor["at"] < 0:
                continue
            count = int(numpy.prod(tensor["dims"], dtype=numpy.int64))
            data = torch.from_numpy(floats[tensor["at"]:][:count].copy().reshape(tensor["dims"]))
            if i in moving:
                self.register_buffer(f"tensor{i}", data)
            else:
                self.register_parameter(f"tensor{i}", torch.nn.Parameter(self.to_torch(i, data)))

    def kind_of(self, i):
        """The kind of the operator whose weights tensor i is."""
        for op in self.graph["ops"]:
            if op["inputs"][1:2] == [i]:
                return op["kind"]
        return None

    def to_torch(self, i, data):
        """O,h,w,I and 1,h,w,C become O,I,h,w and C,1,h,w."""
        kind = self.kind_of(i)
        if kind == "conv_2d":
            return data.permute(0, 3, 1, 2).contiguous()
        if kind == "depthwise_conv_2d":
            return data.permute(3, 0, 1, 2).contiguous()
        return data

    def from_torch(self, i, data):
        kind = self.kind_of(i)
        if kind == "conv_2d":
            return data.permute(0, 2, 3, 1)
        if kind == "depthwise_conv_2d":
            return data.permute(1, 2, 3, 0)
        return data

    def parameter(self, i):
        return getattr(self, f"tensor{i}")

    def normalize(self, images):
        x = images.permute(0, 3, 1, 2).float()
        return (x - self.graph["mean"]) * self.graph["scale"]

    def forward(self, x):
        values = {self.graph["input"]: x}
        for op in self.graph["ops"]:
            if op["kind"] == "softmax":
                return values[op["inputs"][0]]
            results = self.run(op, [values[i] if i in values else self.parameter(i)
                                    for i in op["inputs"]])
            values.update(zip(op["outputs"], results))
        raise ValueError("a graph without softmax")

    def run(self, op, x):
        kind = op["kind"]
        if kind in ("conv_2d", "depthwise_conv_2d"):
            groups = x[1].shape[0] if kind == "depthwise_conv_2d" else max(op["groups"], 1)
            padding = (op["pad_top"], op["pad_left"])
            if not same_on_both_sides(op):
                x[0] = F.pad(x[0], (op["pad_left"], op["pad_right"], op["pad_top"],
                                    op["pad_bottom"]))
                padding = 0
            return [F.conv2d(x[0], x[1], x[2] if len(x) > 2 else None,
                             (op["stride_h"], op["stride_w"]), padding,
                             (op["dilation_h"], op["dilation_w"]), groups)]
        if kind == "batch_norm":
            return [F.batch_norm(x[0], x[3], x[4], x[1], x[2], self.training,
                                 1 - op["momentum"], op["epsilon"])]
        if kind == "relu":
            return [F.relu(x[0], inplace=True)]
        if kind == "relu6":
            return [F.relu6(x[0], inplace=True)]
        if kind == "fully_connected":
            return [F.linear(x[0].flatten(1), x[1], x[2] if len(x) > 2 else None)]
        if kind == "add":
            return [x[0] + x[1]]
        if kind == "concat":
            return [torch.cat(x, 1)]
        if kind == "split":
            return x[0].chunk(len(op["outputs"]), 1)
        if kind == "channel_shuffle":
            n, c, h, w = x[0].shape
            groups = op["groups"]
            return [x[0].reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)]
        if kind == "pad":
            return [F.pad(x[0], (op["pad_left"], op["pad_right"], op["pad_top"],
                                 op["pad_bottom"], op["pad_front"], op["pad_back"]))]
        if kind == "mean":
            return [x[0].mean((2, 3))]
        if kind == "dropout":
            return [F.dropout(x[0], 1 - op["keep_probability"], self.training)]
        if kind == "reshape":
            return [x[0].flatten(1)]
        if kind in ("average_pool_2d", "max_pool_2d"):
            return [self.pool(op, x[0])]
        raise NotImplementedError(kind)

    @staticmethod
    def pool(op, x):
        sides = (op["pad_left"], op["pad_right"], op["pad_top"], op["pad_bottom"])
        kernel, stride = (op["kernel_h"], op["kernel_w"]), (op["stride_h"], op["stride_w"])
        if op["kind"] == "max_pool_2d":
            return F.max_pool2d(F.pad(x, sides, value=-float("inf")), kernel, stride)
        # Padding does not count: the average of ones says how many pixels do.
        ones = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), sides), kernel, stride)
        return F.avg_pool2d(F.pad(x, sides), kernel, stride) / ones
