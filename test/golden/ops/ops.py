"""Values and gradients of the samples on standard input, by PyTorch 2.13.0 (CPU). Called by write.ts."""
import json
import math
import sys

import torch
import torch.nn.functional as F

assert torch.__version__.startswith("2.13."), torch.__version__


def decode(value):
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value, value)


def encode(x):
    flat = x.detach().reshape(-1).tolist()
    return [
        v if isinstance(v, (bool, int)) else "NaN" if math.isnan(v) else "Infinity" if v == math.inf else "-Infinity" if v == -math.inf else float(f"{v:.12g}")
        for v in flat
    ]


def run(case):
    inputs = []
    for spec in case["inputs"]:
        dtype = getattr(torch, spec["dtype"])
        x = torch.tensor([decode(v) for v in spec["values"]], dtype=dtype).reshape(spec["shape"])
        if dtype.is_floating_point:
            x.requires_grad_()
        inputs.append(x)
    out = eval(case["torch"], {"torch": torch, "F": F, **dict(zip("abcdef", inputs))})
    result = {"dtype": str(out.dtype)[6:], "shape": list(out.shape), "values": encode(out)}
    if out.requires_grad:
        # The cotangent 1, 2, 3 … tells a gradient from its transpose.
        out.backward(torch.arange(1, out.numel() + 1, dtype=out.dtype).reshape(out.shape))
        result["grads"] = [encode(x.grad) if x.requires_grad and x.grad is not None else None for x in inputs]
    return result


cases = json.load(sys.stdin)
lines = [f"{json.dumps(case['name'])}: {json.dumps(run(case), separators=(',', ':'))}" for case in cases]
print("{\n" + ",\n".join(lines) + "\n}")
