"""Losses of ten steps of a small convolutional net under several SGD settings, by PyTorch 2.13.0 (CPU).

    python test/golden/training/write.py > test/golden/training/losses.json
Weights and data are simple formulas, so that test/engine/training.test.ts can make the same ones.
"""
import json

import torch
import torch.nn.functional as F
from torch import nn

torch.use_deterministic_algorithms(True)


def fill(shape, phase):
    n = 1
    for size in shape:
        n *= size
    return torch.tensor([((i * 37 + phase * 11) % 101 - 50) / 250 for i in range(n)], dtype=torch.float64).reshape(shape)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 3, padding=1)
        self.fc1 = nn.Linear(6 * 3 * 3, 16)
        self.fc2 = nn.Linear(16, 5)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = x.view(-1, 54)
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


def losses(**settings):
    net = Net().double()
    with torch.no_grad():
        for phase, p in enumerate(net.parameters()):
            p.copy_(fill(p.shape, phase))
    optimiser = torch.optim.SGD(net.parameters(), **settings)
    x = fill([8, 1, 14, 14], 50) * 5
    target = torch.arange(8) % 5
    out = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = F.nll_loss(net(x), target)
        loss.backward()
        optimiser.step()
        out.append(float(f"{loss.item():.12g}"))
    return out


settings = {
    "plain": {"lr": 0.1},
    "momentum": {"lr": 0.05, "momentum": 0.5},
    "nesterov": {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    "decay": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "dampening": 0.1},
}
print(json.dumps({name: losses(**values) for name, values in settings.items()}, indent=1))
