"""One round of lstm.mjs: prints PyTorch's median ms per training step (eager, default threads)."""
import time

import torch
from torch import nn

torch.manual_seed(1)
model = nn.LSTM(256, 256)
optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(64, 32, 256)


def step():
    optimiser.zero_grad()
    output, _ = model(x)
    loss = output.square().mean()
    loss.backward()
    optimiser.step()
    return loss.item()


for _ in range(5):
    step()
times = []
for _ in range(25):
    start = time.perf_counter()
    step()
    times.append((time.perf_counter() - start) * 1000)
print(sorted(times)[12])
