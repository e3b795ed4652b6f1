"""Outputs, states and gradients of first and second order of the recurrent layers, by PyTorch 2.13.0 (CPU, float64).

    python test/golden/recurrent/write.py > test/golden/recurrent/values.json
Weights and data are simple formulas, so that test/engine/recurrent.test.ts can make the same ones.
"""
import json

import torch
from torch import nn

INPUTS, HIDDEN, STEPS, BATCH = 3, 2, 4, 2


def fill(shape, phase):
    n = 1
    for size in shape:
        n *= size
    return torch.tensor([((i * 37 + phase * 11) % 101 - 50) / 60 for i in range(n)], dtype=torch.float64).reshape(shape)


def flat(x):
    return [float(f"{v:.12g}") for v in x.detach().reshape(-1).tolist()]


def results(module, x, state):
    """Everything that the tests compare; the loss weighs each element differently, so that no mistake cancels."""
    with torch.no_grad():
        for phase, p in enumerate(module.parameters()):
            p.copy_(fill(p.shape, phase))
    leaves = [x] + ([] if state is None else list(state))
    for leaf in leaves:
        leaf.requires_grad_()
    given = None if state is None else state[0] if len(state) == 1 else tuple(state)
    out = module(x, given)
    outs = []

    def collect(value):
        if isinstance(value, torch.Tensor):
            outs.append(value)
        else:
            for part in value:
                collect(part)

    collect(out)
    loss = sum((o * fill(o.shape, 70 + i)).sum() + (o * o).sum() for i, o in enumerate(outs))
    wanted = leaves + list(module.parameters())
    grads = torch.autograd.grad(loss, wanted, create_graph=True)
    second = torch.autograd.grad(sum((g * g).sum() for g in grads), wanted, allow_unused=True)
    return {
        "outs": [flat(o) for o in outs],
        "shapes": [list(o.shape) for o in outs],
        "grads": [flat(g) for g in grads],
        "second": [None if g is None else flat(g) for g in second],
    }


def layer(kind, batched=True, with_state=True, **options):
    module = getattr(nn, kind)(INPUTS, HIDDEN, **options).double()
    first = options.get("batch_first", False)
    x = fill(([BATCH, STEPS] if first else [STEPS, BATCH]) + [INPUTS] if batched else [STEPS, INPUTS], 50)
    layers = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    shape = [layers, BATCH, HIDDEN] if batched else [layers, HIDDEN]
    state = [fill(shape, 60 + i) for i in range(2 if kind == "LSTM" else 1)] if with_state else None
    return results(module, x, state)


def cell(kind, batched=True, with_state=True, **options):
    module = getattr(nn, kind)(INPUTS, HIDDEN, **options).double()
    x = fill([BATCH, INPUTS] if batched else [INPUTS], 50)
    shape = [BATCH, HIDDEN] if batched else [HIDDEN]
    state = [fill(shape, 60 + i) for i in range(2 if kind == "LSTMCell" else 1)] if with_state else None
    return results(module, x, state)


variants = {
    "plain": {},
    "zeros": {"with_state": False},
    "noBias": {"bias": False},
    "batchFirst": {"batch_first": True},
    "unbatched": {"batched": False},
    "unbatchedZeros": {"batched": False, "with_state": False},
    "bidirectional": {"bidirectional": True},
    "deep": {"num_layers": 3},
    "everything": {"num_layers": 2, "bidirectional": True, "batch_first": True},
}
cellVariants = {name: variants[name] for name in ["plain", "zeros", "noBias", "unbatched", "unbatchedZeros"]}

values = {}
for kind, more in {"RNN": {}, "RNN relu": {"nonlinearity": "relu"}, "LSTM": {}, "GRU": {}}.items():
    for name, options in variants.items():
        values[f"{kind} {name}"] = layer(kind.split()[0], **options, **more)
for kind, more in {"RNNCell": {}, "RNNCell relu": {"nonlinearity": "relu"}, "LSTMCell": {}, "GRUCell": {}}.items():
    for name, options in cellVariants.items():
        values[f"{kind} {name}"] = cell(kind.split()[0], **options, **more)
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in values.items())
print("{\n" + lines + "\n}")
