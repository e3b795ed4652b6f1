"""What PyTorch 2.13.0 (CPU) trains to. Writes beside itself:
losses.json      losses of ten steps of a small convolutional net under several SGD settings
optimisers.json  parameters and state under every optimiser and its settings, float32 and float64
schedules.json   learning rates (and momenta) of every schedule over 30 epochs
clipping.json    norms and clipped gradients

    python test/golden/training/write.py
Weights, data and gradients are simple formulas, so that the tests (test/engine/) can make the same ones. Names of
settings are written as Gradtape spells them.
"""
import json
import os
import re
import warnings

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


def write(name, text):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w") as file:
        file.write(text + "\n")


def rows(value, depth):
    """JSON with a line per entry down to a depth."""
    if depth == 0:
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(k)}:{rows(v, depth - 1)}" for k, v in value.items()) + "\n}"
    return "[\n" + ",\n".join(rows(v, depth - 1) for v in value) + "\n]"


def camel(name):
    return re.sub("_(.)", lambda m: m[1].upper(), name)


def snake(name):
    return re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name)


def snakes(options):
    return {"T_max" if k == "tMax" else snake(k): v for k, v in options.items()}


write("losses.json", json.dumps({name: losses(**values) for name, values in settings.items()}, indent=1))

# ---- optimisers

shapes = [[2, 3], [5], []]
recorded = [1, 2, 3, 10, 25]


def gradient(p, step, i):
    """Depends on the parameter, so that errors would add up; written with single operations."""
    return p.detach() * 0.3 + fill(shapes[i], 7 * step + i).to(p.dtype)


def optimiser_case(kind, options, groups, dtype):
    params = [(fill(shape, 20 + i) * 4).to(dtype).requires_grad_() for i, shape in enumerate(shapes)]
    given = params if groups is None else [
        {"params": [params[i] for i in group["of"]], **snakes(group["options"])} for group in groups
    ]
    # The one-tensor-at-a-time form: the others differ from it in rounding only.
    optimiser = getattr(torch.optim, kind)(given, **snakes(options), foreach=False)
    steps = []
    for step in range(1, recorded[-1] + 1):
        for i, p in enumerate(params):
            p.grad = None if (step, i) == (2, 1) else gradient(p, step, i)  # once a parameter without a gradient
        optimiser.step()
        if step in recorded:
            steps.append([p.detach().flatten().tolist() for p in params])
    state = [
        {camel(k): v.flatten().tolist() if v.numel() > 1 or v.shape != () else v.item() for k, v in optimiser.state[p].items() if v is not None}
        for p in params
    ]
    return {"steps": steps, "state": state}


optimisers = {
    "sgd": ("SGD", {"lr": 0.1}),
    "sgd default lr": ("SGD", {}),
    "sgd momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "sgd nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd dampening": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    "sgd decay": ("SGD", {"lr": 0.1, "weightDecay": 0.1}),
    "sgd maximize": ("SGD", {"lr": 0.01, "maximize": True}),
    "sgd everything": ("SGD", {"lr": 0.01, "maximize": True, "momentum": 0.5, "weightDecay": 0.1, "nesterov": True}),
    "adam": ("Adam", {}),
    "adam lr": ("Adam", {"lr": 0.1}),
    "adam betas": ("Adam", {"lr": 0.05, "betas": [0.5, 0.9], "eps": 1e-3}),
    "adam first beta 0": ("Adam", {"lr": 0.05, "betas": [0.0, 0.99]}),
    "adam decay": ("Adam", {"lr": 0.05, "weightDecay": 0.1}),
    "adam amsgrad": ("Adam", {"lr": 0.05, "amsgrad": True}),
    "adam maximize": ("Adam", {"lr": 0.05, "maximize": True}),
    "adam everything": ("Adam", {"lr": 0.05, "maximize": True, "amsgrad": True, "weightDecay": 0.2, "betas": [0.8, 0.95]}),
    "adamw": ("AdamW", {}),
    "adamw decay": ("AdamW", {"lr": 0.05, "weightDecay": 0.3}),
    "adamw no decay": ("AdamW", {"lr": 0.05, "weightDecay": 0}),
    "adamw amsgrad": ("AdamW", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop alpha": ("RMSprop", {"lr": 0.05, "alpha": 0.9, "eps": 1e-4}),
    "rmsprop momentum": ("RMSprop", {"lr": 0.02, "momentum": 0.9}),
    "rmsprop centered": ("RMSprop", {"lr": 0.02, "centered": True}),
    "rmsprop everything": ("RMSprop", {"lr": 0.02, "centered": True, "momentum": 0.5, "weightDecay": 0.1, "maximize": True}),
    "sgd groups": ("SGD", {"lr": 0.1, "momentum": 0.5}, [{"of": [2, 0], "options": {"lr": 0.01}}, {"of": [1], "options": {"momentum": 0}}]),
    "adamw groups": ("AdamW", {"lr": 0.1}, [{"of": [1], "options": {"weightDecay": 0, "betas": [0.7, 0.9]}}, {"of": [0, 2], "options": {"lr": 0.02}}]),
}
write("optimisers.json", rows({
    "recorded": recorded,
    "shapes": shapes,
    "cases": {
        name: {
            "kind": kind, "options": options, "groups": groups[0] if groups else None,
            **{str(dtype).split(".")[1]: optimiser_case(kind, options, groups[0] if groups else None, dtype) for dtype in (torch.float32, torch.float64)},
        }
        for name, (kind, options, *groups) in optimisers.items()
    },
}, 2))

# ---- schedules

epochs = 30
warnings.simplefilter("ignore")
metrics = [1.0, 0.8, 0.7, 0.7, 0.71, 0.69, 0.6899, 0.69, 0.7, 0.7, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.49, 0.6, 0.6, 0.6, 0.6,
           0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
factors = {"1 / (1 + epoch)": lambda epoch: 1 / (1 + epoch), "0.9 ** epoch": lambda epoch: 0.9 ** epoch}


def schedule_case(kind, chain):
    params = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    groups = [{"params": [params[0]]}, {"params": [params[1]], "lr": 0.05}]
    momentum = {} if kind != "SGD" else {"momentum": 0.9}
    optimiser = getattr(torch.optim, kind)(groups, lr=0.5, **momentum)
    schedules = []
    for name, options in chain:
        options = snakes(options)
        if "lr_lambda" in options:
            given = options["lr_lambda"]
            options["lr_lambda"] = factors[given] if isinstance(given, str) else [factors[f] for f in given]
        schedules.append(getattr(torch.optim.lr_scheduler, name)(optimiser, **options))

    def now():
        momenta = [group["betas"][0] if "betas" in group else group.get("momentum") for group in optimiser.param_groups]
        return {"lr": [group["lr"] for group in optimiser.param_groups], "momentum": momenta, "last": [s.get_last_lr() for s in schedules]}

    out = [now()]
    for epoch in range(epochs):
        optimiser.step()
        for s in schedules:
            s.step(metrics[epoch]) if isinstance(s, torch.optim.lr_scheduler.ReduceLROnPlateau) else s.step()
        out.append(now())
    return out


schedules = {
    "step": ("SGD", [("StepLR", {"stepSize": 7})]),
    "step gamma": ("SGD", [("StepLR", {"stepSize": 1, "gamma": 0.7})]),
    "multi step": ("SGD", [("MultiStepLR", {"milestones": [3, 10, 10, 25], "gamma": 0.5})]),
    "exponential": ("SGD", [("ExponentialLR", {"gamma": 0.9})]),
    "constant": ("SGD", [("ConstantLR", {})]),
    "constant factor": ("SGD", [("ConstantLR", {"factor": 0.5, "totalIters": 12})]),
    "linear": ("SGD", [("LinearLR", {})]),
    "linear down": ("SGD", [("LinearLR", {"startFactor": 0.9, "endFactor": 0.1, "totalIters": 20})]),
    "cosine": ("SGD", [("CosineAnnealingLR", {"tMax": 30})]),
    "cosine up again": ("SGD", [("CosineAnnealingLR", {"tMax": 8, "etaMin": 0.01})]),
    "cosine 1": ("SGD", [("CosineAnnealingLR", {"tMax": 1})]),
    "one cycle": ("SGD", [("OneCycleLR", {"maxLr": 0.1, "totalSteps": 30})]),
    "one cycle adam": ("Adam", [("OneCycleLR", {"maxLr": [0.1, 0.2], "epochs": 5, "stepsPerEpoch": 6, "pctStart": 0.4, "maxMomentum": 0.9, "baseMomentum": [0.8, 0.7]})]),
    "one cycle linear": ("SGD", [("OneCycleLR", {"maxLr": 0.1, "totalSteps": 40, "annealStrategy": "linear", "divFactor": 10, "finalDivFactor": 100})]),
    "one cycle three": ("SGD", [("OneCycleLR", {"maxLr": 0.1, "totalSteps": 30, "threePhase": True})]),
    "one cycle rates only": ("Adam", [("OneCycleLR", {"maxLr": 0.1, "totalSteps": 30, "cycleMomentum": False})]),
    "lambda": ("SGD", [("LambdaLR", {"lrLambda": "1 / (1 + epoch)"})]),
    "lambdas": ("SGD", [("LambdaLR", {"lrLambda": ["1 / (1 + epoch)", "0.9 ** epoch"]})]),
    "plateau": ("SGD", [("ReduceLROnPlateau", {"patience": 2})]),
    "plateau cooldown": ("SGD", [("ReduceLROnPlateau", {"patience": 1, "cooldown": 3, "factor": 0.5, "minLr": [0.1, 0.001]})]),
    "plateau max": ("SGD", [("ReduceLROnPlateau", {"mode": "max", "patience": 3, "threshold": 0.01, "thresholdMode": "abs", "eps": 1e-3})]),
    "plateau abs": ("SGD", [("ReduceLROnPlateau", {"patience": 2, "threshold": 0.05, "thresholdMode": "abs"})]),
    "plateau max rel": ("SGD", [("ReduceLROnPlateau", {"mode": "max", "patience": 4})]),
    "warm-up, then exponential": ("SGD", [("LinearLR", {"totalIters": 4}), ("ExponentialLR", {"gamma": 0.95})]),
    "cosine and steps": ("SGD", [("CosineAnnealingLR", {"tMax": 12, "etaMin": 0.001}), ("StepLR", {"stepSize": 5, "gamma": 0.5})]),
    "constant and milestones": ("Adam", [("ConstantLR", {"totalIters": 3}), ("MultiStepLR", {"milestones": [6, 12]})]),
}
write("schedules.json", rows({
    "metrics": metrics,
    "cases": {name: {"kind": kind, "chain": chain, "rates": schedule_case(kind, chain)} for name, (kind, chain) in schedules.items()},
}, 2))

# ---- clipping


def clipping_case(action, argument, options, dtype=torch.float64, scale=1.0):
    params = [torch.zeros(shape, dtype=dtype, requires_grad=True) for shape in shapes]
    for i, p in enumerate(params):
        p.grad = (fill(shapes[i], 3 + i) * scale).to(dtype)
    call = getattr(torch.nn.utils, snake(action) + "_")
    norm = call(params, argument, **{snake(k): float(v) if v == "Infinity" else v for k, v in options.items()})
    return {"action": action, "argument": argument, "options": options, "scale": scale, "norm": None if norm is None else norm.item(),
            "grads": [p.grad.flatten().tolist() for p in params]}


write("clipping.json", rows([
    clipping_case("clipGradNorm", 0.1, {}),
    clipping_case("clipGradNorm", 1e6, {}),
    clipping_case("clipGradNorm", 0.1, {"normType": 1}),
    clipping_case("clipGradNorm", 0.1, {"normType": 3}),
    clipping_case("clipGradNorm", 0.1, {"normType": "Infinity"}),
    clipping_case("clipGradNorm", 1.0, {}, scale=1e-9),
    clipping_case("clipGradValue", 0.05, {}),
    clipping_case("clipGradValue", 0.0, {}),
], 1))
