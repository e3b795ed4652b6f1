"""Writes cases.json: what PyTorch prints for tensors whose bytes are stored beside it.

    python make.py        (with the torch version that it then notes in cases.json)

The text is PyTorch's own, apart from the names in the suffixes: those are ours, put in before PyTorch breaks the lines.
"""
import base64, json, math, os
import torch
from torch import _tensor_str as printer

torch.manual_seed(0)
cases = []


def ours(x, options, edge):
    suffixes = []
    if options.get("device"):
        suffixes.append(f"device='{options['device']}'")
    if (x.numel() == 0 and x.dim() != 1) or edge == 0:
        suffixes.append("shape=[" + ", ".join(map(str, x.shape)) + "]")
    plain = (torch.float32,) if x.numel() == 0 else (torch.float32, torch.int64, torch.bool)
    if x.dtype not in plain:
        suffixes.append("dtype=" + str(x.dtype).removeprefix("torch."))
    if options.get("gradFn"):
        suffixes.append(f"gradFn=<{options['gradFn']}>")
    elif options.get("requiresGrad"):
        suffixes.append("requiresGrad=true")
    return suffixes


def theirs(x):
    suffixes = []
    if x.numel() == 0 and x.dim() != 1 or printer.PRINT_OPTS.edgeitems == 0:
        suffixes.append("size=" + str(tuple(x.shape)))
    plain = (torch.float32,) if x.numel() == 0 else (torch.float32, torch.int64, torch.bool)
    if x.dtype not in plain:
        suffixes.append("dtype=" + str(x.dtype))
    return suffixes


def case(name, x, **options):
    x = x.contiguous()
    names = {"precision": "precision", "threshold": "threshold", "edgeItems": "edgeitems", "lineWidth": "linewidth", "sciMode": "sci_mode"}
    with printer.printoptions(**{names[k]: v for k, v in options.items() if k in names}):
        body = "tensor(" + printer._tensor_str(x, 7)
        assert printer._add_suffixes(body, theirs(x), 7, False) == repr(x), name  # the suffixes are the only difference
        text = printer._add_suffixes(body, ours(x, options, printer.PRINT_OPTS.edgeitems), 7, False)
    raw = bytes(x.reshape(-1).view(torch.uint8).tolist()) if x.numel() else b""
    cases.append({
        "name": name,
        "dtype": str(x.dtype).removeprefix("torch."),
        "shape": list(x.shape),
        "data": base64.b64encode(raw).decode(),
        "options": options,
        "text": text,
    })


def t(values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype)


inf, nan = math.inf, math.nan
floats = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
ints = [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]

for dtype in floats:
    n = str(dtype)[6:]
    case(f"{n} scalar", t(3.14159, dtype))
    case(f"{n} whole scalar", t(3.0, dtype))
    case(f"{n} negative zero", t([-0.0, 0.0, 1.0], dtype))
    case(f"{n} negative zero with fractions", t([-0.0, 0.5], dtype))
    case(f"{n} fractions", t([0.1, -0.25, 33.0], dtype))
    case(f"{n} whole", t([[1, -2], [300, 0]], dtype))
    case(f"{n} ties", t([0.03125, 0.09375, 0.15625, -0.03125, 0.21875], dtype))
    case(f"{n} not finite", t([nan, inf, -inf, 1.5], dtype))
    case(f"{n} not finite whole", t([nan, inf, -inf, 15], dtype))
    case(f"{n} only not finite", t([nan, inf, -inf], dtype))
    case(f"{n} only zeros", torch.zeros(2, 3, dtype=dtype))
    case(f"{n} small", t([1e-5, 2e-5], dtype))
    case(f"{n} wide", t([1e-3, 2.0, -0.0, nan, -inf], dtype))
    case(f"{n} wide whole", t([1, 2048, 0], dtype))
    case(f"{n} ratio of exactly 1000", t([1.5, 1500], dtype))
    case(f"{n} matrix", torch.randn(3, 4).to(dtype))
    case(f"{n} long vector", (torch.randn(40) * 3).to(dtype))
    case(f"{n} summary", torch.linspace(-1, 1, 1001).to(dtype))
    case(f"{n} summary of a matrix", torch.randn(40, 50).to(dtype))
    case(f"{n} empty", torch.zeros(0, dtype=dtype))
    case(f"{n} empty matrix", torch.zeros(0, 3, dtype=dtype))
for big in (99999999.0, 1e8, 100000001.0, 1e10, 123456789012.0, 1e25, 1.5e25):
    case(f"big {big}", t([big], torch.float64))
    case(f"big {big} float32", t([big]))
case("float64 extremes", t([1.7976931348623157e308, 5e-324], torch.float64))
case("float64 whole extremes without sci", t([1.7976931348623157e308, -1e22], torch.float64), sciMode=False)
case("float16 extremes", t([65504, 6e-8], torch.float16))
case("sci ties", t([1.00005, 1.000050000000001, 100005.0, 100015.0, 1e-9, 32768.5, 2.5, 1234.5], torch.float64), sciMode=True)
case("sci ties, no digits", t([2.5, 3.5, 25, 35, 0.5, 1.5, 9.5, 1e-3], torch.float64), sciMode=True, precision=0)
case("fixed ties, no digits", t([0.5, 1.5, 2.5, -0.5, -1.5], torch.float64), precision=0)
case("fixed ties, two digits", t([0.125, 0.375, 0.625, 2.675, -0.125], torch.float64), precision=2)
case("fixed ten digits", t([0.1, 1 / 3], torch.float64), precision=10)
case("sci forced", t([1.0, 2.5]), sciMode=True)
case("sci forced on zeros", t([0.0, 0.0]), sciMode=True)
case("sci forbidden", t([1e-8, 2e9]), sciMode=False)
for dtype in ints:
    n = str(dtype)[6:]
    info = torch.iinfo(dtype)
    case(f"{n} range", t([info.min, 0, info.max], dtype))
    case(f"{n} scalar", t(7, dtype))
    case(f"{n} matrix", t([[1, -20 if info.min else 20], [100, 4]], dtype))
    case(f"{n} summary", (torch.arange(2000) % 100).to(dtype))
    case(f"{n} empty", torch.zeros(0, dtype=dtype))
    case(f"{n} empty matrix", torch.zeros(2, 0, dtype=dtype))
case("int64 beyond 2^53", t([2**53 + 1, -(2**53) - 1, 2**62 + 1], torch.int64))
case("bool scalar", t(True, torch.bool))
case("bool", t([[True, False], [False, False]], torch.bool))
case("bool true only", t([True, True], torch.bool))
case("bool empty", torch.zeros(0, dtype=torch.bool))
case("bool summary", torch.arange(1200) % 3 == 0)
case("rank 3", torch.arange(24.0).reshape(2, 3, 4))
case("rank 4", torch.randn(2, 2, 3, 3))
case("rank 5", torch.arange(32).reshape(2, 2, 2, 2, 2))
case("rank 4 summary", torch.randn(10, 7, 8, 9))
case("rank 3 summary, short last axis", torch.randn(300, 2, 2))
case("rank 2 summary, short first axis", torch.randn(2, 600))
case("exactly 1000", torch.arange(1000))
case("1001", torch.arange(1001))
case("wide rows", torch.randn(3, 30))
case("wide summary", torch.randn(30, 40), lineWidth=40)
case("narrow", torch.randn(20), lineWidth=10)
case("threshold", torch.arange(10), threshold=5)
case("edge 1", torch.arange(2000.0).reshape(40, 50), edgeItems=1)
case("edge 5", torch.arange(2000.0).reshape(40, 50), edgeItems=5, precision=2)
case("edge 0", torch.arange(2000.0).reshape(40, 50), edgeItems=0)
case("edge 0 vector", torch.arange(2000), edgeItems=0)
case("edge 0 but short", torch.arange(4), edgeItems=0)
case("full", torch.arange(1200), threshold=100000)
case("device", torch.randn(3), device="cuda:0")
case("device and dtype", torch.randn(4, dtype=torch.float64), device="cuda:0")
case("grad", torch.randn(2, 3), requiresGrad=True)
case("gradFn", torch.randn(2, 3), gradFn="Relu", requiresGrad=True)
case("suffixes that need a line", torch.randn(6, dtype=torch.float64), gradFn="LogSoftmax", device="cuda:0")
case("suffixes that need two lines", torch.randn(6, dtype=torch.float64), gradFn="NativeDropoutWithALongName", device="cuda:0", lineWidth=40)
for k in range(66, 81):
    # The last line grows by a character at a time: where the suffix no longer fits.
    case(f"last line {k}", t([10 ** (k - 66)], torch.int64), device="cuda:0", gradFn="SomeOperationOfALongNameToReachIt")
# Formatting of many values of all sizes, one by one.
g = torch.Generator().manual_seed(1)
for i in range(120):
    x = torch.randn(3, generator=g, dtype=torch.float64) * 10 ** torch.randint(-7, 10, (3,), generator=g).double()
    case(f"random {i}", x if i % 2 else (x * 32).round() / 32)

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "cases.json"), "w") as file:
    lines = ",\n".join(json.dumps(c, ensure_ascii=False, allow_nan=False) for c in cases)
    file.write(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
print(len(cases), "cases")
