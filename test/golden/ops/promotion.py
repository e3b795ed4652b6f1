"""The dtypes, values or errors of add, div, eq and in-place forms for every pair of dtypes, and the dtypes or errors of
functions of one tensor for every dtype, by PyTorch 2.13.0 (CPU).

Writes promotion.json beside itself: python promotion.py
"""
import json
import pathlib

import torch
import torch.nn.functional as F

assert torch.__version__.startswith("2.13."), torch.__version__

DTYPES = "float32 float64 float16 bfloat16 int8 uint8 int16 int32 int64 bool".split()
VALUES = ([0, 1, 3], [1, 1, 2])
NUMBERS = (2, 0.5)


def made(values, dtype):
    return torch.tensor(values).to(getattr(torch, dtype))


def outcome(call):
    """"dtype v v v", or "error"."""
    try:
        x = call()
    except (RuntimeError, TypeError):
        return "error"
    return " ".join([str(x.dtype)[6:], *(f"{float(v):.6g}" for v in x.reshape(-1).tolist())])


OPS = {
    "add": torch.add,
    "div": torch.div,
    "eq": torch.eq,
    "add_": lambda x, y: x.clone().add_(y),
    "div_": lambda x, y: x.clone().div_(y),
}

rows = {}
for name, op in OPS.items():
    for a in DTYPES:
        x = made(VALUES[0], a)
        for b in DTYPES:
            rows[f"{name} {a} {b}"] = outcome(lambda: op(x, made(VALUES[1], b)))
            rows[f"{name} {a} {b} 0-d"] = outcome(lambda: op(x, made(VALUES[1][2], b)))
            if not name.endswith("_"):
                rows[f"{name} 0-d {a} {b}"] = outcome(lambda: op(made(VALUES[0][2], a), made(VALUES[1], b)))
        for number in NUMBERS:
            rows[f"{name} {a} {number}"] = outcome(lambda: op(x, number))

ONE = {
    "F.celu": F.celu, "F.elu": F.elu, "F.gelu": F.gelu, "F.hardsigmoid": F.hardsigmoid, "F.hardswish": F.hardswish,
    "F.hardtanh": F.hardtanh, "F.leakyRelu": F.leaky_relu, "F.logSigmoid": F.logsigmoid, "F.mish": F.mish,
    "F.relu6": F.relu6, "F.selu": F.selu, "F.silu": F.silu, "F.softplus": F.softplus,
    **{name: getattr(torch, name) for name in (
        "abs acos acosh all amax amin any argmax argmin asin asinh atan atanh ceil cos cosh erf exp exp2 expm1 floor frac"
        " isfinite isinf isnan log log10 log1p log2 max mean min neg norm prod reciprocal relu round rsqrt sigmoid sign sin"
        " sinh sqrt square std sum tan tanh trunc var").split()},
    "bitwiseNot": torch.bitwise_not, "logicalNot": torch.logical_not, "nanToNum": torch.nan_to_num,
    "countNonzero": torch.count_nonzero,
}
for name, op in ONE.items():
    for a in DTYPES:
        rows[f"{name} {a}"] = outcome(lambda: op(made(VALUES[0], a))).split(" ")[0]

path = pathlib.Path(__file__).with_name("promotion.json")
path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in rows.items()) + "\n}\n")
print(len(rows), "rows written")
