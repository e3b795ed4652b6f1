"""Values and gradients of the samples on standard input, by PyTorch 2.13.0 (CPU). Called by write.ts."""
import json
import math
import sys

import torch
import torch.nn.functional as F

assert torch.__version__.startswith("2.13."), torch.__version__


def decode(value):
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0.0": -0.0}.get(value, value)


def encode(x):
    def one(v):
        if isinstance(v, (bool, int)):
            return v
        if math.isnan(v):
            return "NaN"
        if math.isinf(v):
            return "Infinity" if v > 0 else "-Infinity"
        return int(v) if v == int(v) and 0 < abs(v) < 1e6 else float(f"{v:.12g}")

    return [one(v) for v in x.detach().reshape(-1).tolist()]


def cotangent(out):
    """1, 2, 3 … tells a gradient from its transpose."""
    return torch.arange(1, out.numel() + 1, dtype=torch.float64).to(out.dtype).reshape(out.shape)


def run(case):
    leaves, inputs = [], []
    for spec in case["inputs"]:
        dtype = getattr(torch, spec["dtype"])
        x = torch.tensor([decode(v) for v in spec["values"]], dtype=dtype).reshape(spec["shape"])
        if dtype.is_floating_point:
            x.requires_grad_()
        leaves.append(x)
        inputs.append(x.transpose(0, -1) if spec.get("transposed") else x)
    try:
        out = eval(case["torch"], {"torch": torch, "F": F, **dict(zip("abcdef", inputs))})
    except Exception as error:
        raise SystemExit(f"{case['name']}: {case['torch']}: {error}")
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    result = {
        "torch": case["torch"],
        "outs": [{"dtype": str(o.dtype)[6:], "shape": list(o.shape), "values": encode(o)} for o in outs],
    }
    differentiable = [o for o in outs if o.requires_grad]
    if differentiable:
        torch.autograd.backward(differentiable, [cotangent(o) for o in differentiable])
        result["grads"] = [encode(x.grad) if x.requires_grad and x.grad is not None else None for x in leaves]
    return result


cases = json.load(sys.stdin)
json.dump([run(case) for case in cases], sys.stdout, separators=(",", ":"))
