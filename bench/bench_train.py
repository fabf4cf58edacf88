"""Seconds of PyTorch's training step of a graph that train_export wrote (with PADDING explicit:
PyTorch's own), batch by batch, as bench_train --brief prints them.
   bench_train.py GRAPH MEMORY_FORMAT THREADS BATCH STEPS     MEMORY_FORMAT: contiguous|channels_last"""

import sys
import time

import torch
from torch_graph import Graph

path, memory_format, threads, batch, steps = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
torch.set_num_threads(threads)
model = Graph(path)
side = model.graph["tensors"][model.graph["input"]]["dims"][1]
x = model.normalize(torch.randint(0, 256, (batch, side, side, 3), dtype=torch.uint8))
layout = getattr(torch, memory_format + "_format" if memory_format == "contiguous"
                 else memory_format)
model, x = model.to(memory_format=layout), x.contiguous(memory_format=layout)
labels = torch.randint(0, 2, (batch,))
optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
criterion = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
walls, total, used = [], 0.0, 0.0
for step in range(-2, steps):
    start, cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad()
    criterion(model(x), labels).backward()
    optimizer.step()
    if step < 0:
        continue
    walls.append(time.perf_counter() - start)
    used += time.process_time() - cpu
walls.sort()
print(f"{batch / walls[len(walls) // 2]:.1f} {batch / walls[0]:.1f} {batch * steps / used:.1f}")
