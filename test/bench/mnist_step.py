"""One round of mnist.mjs: prints PyTorch's median ms per step (eager, default threads)."""
import time

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = F.relu(self.fc1(x.view(-1, 320)))
        return F.log_softmax(self.fc2(x), dim=1)


torch.manual_seed(1)
model = Net()
optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
x = torch.randn(64, 1, 28, 28)
target = torch.arange(64) % 10


def step():
    optimiser.zero_grad()
    loss = F.nll_loss(model(x), target)
    loss.backward()
    optimiser.step()
    return loss.item()


for _ in range(50):
    step()
rounds = []
for _ in range(10):
    start = time.perf_counter()
    for _ in range(30):
        step()
    rounds.append((time.perf_counter() - start) * 1000 / 30)
print(sorted(rounds)[5])
