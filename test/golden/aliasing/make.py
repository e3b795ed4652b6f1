"""Writes programs.json.gz: random programs over views and in-place operations, and what PyTorch 2.13.0 (CPU) makes of them.

    PYTHON test/golden/aliasing/make.py

A program is a list of steps over numbered tensors; 0 is the base, [2, 3, 4] float64 of small whole numbers, 1 a vector of
weights [4] that requires grad. A step that PyTorch refuses is recorded with the reason and leaves nothing behind, except
where Gradtape deliberately allows it:
  order    view of a tensor whose elements do not lie in equal distances: recorded, and no tensor comes of it
  several  a part of split or unbind is changed in place, or follows a change: the program is made anew with narrow and
           select in their place, whose parts may, and the steps that were refused at first are named
  operand  the operand overlaps what is written: done with a clone of it
A view whose base was given a history is changed in place: PyTorch does so once its grad_fn has been read (see `follow`).
In the end every tensor is read, and the weighted sum of all of them that require grad is played backwards.
"""
import gzip
import json
import os
import random

import torch

assert torch.__version__.startswith("2.13."), torch.__version__
PROGRAMS = 1000


REASONS = [
    ("modified by an inplace operation", "saved"),
    ("function that returns multiple views", "several"),
    ("created in no_grad mode", "noGrad"),
    ("a view of a leaf Variable", "leafView"),
    ("a leaf Variable that requires grad", "leaf"),
    ("more than one element of the written-to tensor", "stretched"),
    ("some elements of the input tensor and the written-to", "operand"),
    ("view size is not compatible", "order"),
]


def reason(error):
    for text, name in REASONS:
        if text in str(error):
            return name
    raise error


def whole(rng, shape):
    n = 1
    for size in shape:
        n *= size
    return [rng.randint(-3, 3) for _ in range(n)]


def tensor(values, shape):
    return torch.tensor(values, dtype=torch.float64).reshape(shape).clone()  # no view


def python_index(items):
    out = []
    for item in items:
        if isinstance(item, str) and item != "...":
            out.append(slice(*[int(p) if p else None for p in item.split(":")]))
        else:
            out.append(... if item == "..." else item)
    return tuple(out)


def factorings(rng, n, depth=0):
    """A random shape of n elements."""
    shape = []
    while n > 1 and len(shape) < 3:
        divisors = [d for d in range(2, n + 1) if n % d == 0]
        d = rng.choice(divisors)
        shape.append(d)
        n //= d
    if n > 1:
        shape.append(n)
    if rng.random() < 0.2:
        shape.insert(rng.randint(0, len(shape)), 1)
    return shape


def some_view(rng, x):
    """A view step for a tensor, as (name, arguments)."""
    shape = list(x.shape)
    rank = len(shape)
    dims = list(range(rank))
    options = ["alias", "unsqueeze", "squeeze", "detach", "reshape", "view", "flatten"]
    if rank:
        options += ["select", "narrow", "get", "get", "get", "transpose", "permute", "split", "chunk", "unbind", "expand"]
    if rank >= 2:
        options += ["diagonal", "transpose"]
    name = rng.choice(options)
    if name == "alias":
        return ["get", ["..."]]
    if name in ("detach",):
        return [name]
    if name == "unsqueeze":
        return [name, rng.randint(-rank - 1, rank)]
    if name == "squeeze":
        return [name] if not rank or rng.random() < 0.5 else [name, rng.choice(dims)]
    if name in ("reshape", "view"):
        return [name, factorings(rng, x.numel())]
    if name == "flatten":
        start = rng.choice(dims) if rank else 0
        return [name, start]
    d = rng.choice(dims)
    size = shape[d]
    if name == "select":
        return [name, d, rng.randint(-size, size - 1)]
    if name == "narrow":
        start = rng.randint(0, size - 1)
        return [name, d, start, rng.randint(1, size - start)]
    if name == "get":
        items = []
        for n in shape[: rng.randint(1, rank)]:
            kind = rng.random()
            if kind < 0.3 and rank > 1:
                items.append(rng.randint(-n, n - 1))
            elif kind < 0.65:
                a = rng.randint(0, n - 1)
                items.append(f"{a}:{rng.randint(a + 1, n)}")
            elif kind < 0.85:
                items.append(f"{rng.randint(0, n - 1)}::{rng.randint(1, 3)}")
            else:
                items.append(None)
                items.append(":")
        return [name, items]
    if name == "transpose":
        return [name, d, rng.choice(dims)]
    if name == "permute":
        axes = dims[:]
        rng.shuffle(axes)
        return [name, axes]
    if name in ("split", "chunk"):
        n = rng.randint(1, size)
        parts = torch.empty(shape).split(n, d) if name == "split" else torch.empty(shape).chunk(n, d)
        return [name, n, d, rng.randrange(len(parts))]
    if name == "unbind":
        return [name, d, rng.randrange(size)]
    if name == "expand":
        if x.numel() > 30:
            return ["get", ["..."]]
        sizes = [rng.randint(2, 3) if n == 1 else n for n in shape]
        return [name, ([2] if rng.random() < 0.3 else []) + sizes]
    if name == "diagonal":
        a, b = rng.sample(dims, 2)
        offset = rng.randint(0, max(0, shape[b] - 1)) if rng.random() < 0.4 else 0
        return [name, offset, a, b]
    raise AssertionError(name)


def take_view(x, step, safe):
    name, *args = step
    if name == "get":
        return x[python_index(args[0])]
    if name == "split":
        n, d, i = args
        return x.narrow(d, i * n, min(n, x.shape[d] - i * n)) if safe else x.split(n, d)[i]
    if name == "chunk":
        n, d, i = args
        part = -(-x.shape[d] // n)
        return x.narrow(d, i * part, min(part, x.shape[d] - i * part)) if safe else x.chunk(n, d)[i]
    if name == "unbind":
        return x.select(args[0], args[1]) if safe else x.unbind(args[0])[args[1]]
    return getattr(x, name)(*args)


def some_change(rng, x, tensors):
    """An in-place step: (name, arguments); {"of": n} is tensor n, a list of numbers a constant of the same shape."""
    shape = list(x.shape)
    same = [n for n, t in enumerate(tensors) if t is not None and list(t.shape) == shape and t is not x]
    fits = shape and shape[-1] == 4

    def operand():
        kind = rng.random()
        if kind < 0.35 and same:
            return {"of": rng.choice(same)}
        if kind < 0.5 and fits:
            return {"of": 1}
        if kind < 0.75:
            return rng.choice([-2, -1, 2, 3])
        return whole(rng, shape)

    name = rng.choice(["add_", "mul_", "sub_", "zero_", "fill_", "copy_", "relu_", "set_", "set_", "maskedFill_", "neg_"])
    if name in ("zero_", "relu_", "neg_"):
        return [name]
    if name == "fill_":
        return [name, rng.randint(-3, 3)]
    if name in ("add_", "mul_", "sub_"):
        return [name, operand()]
    if name == "copy_":
        value = operand()
        return [name, whole(rng, shape) if isinstance(value, int) else value]
    if name == "maskedFill_":
        return [name, [rng.randint(0, 1) for _ in range(x.numel())], rng.randint(-3, 3)]
    if not shape:
        return ["set_", ["..."], rng.randint(-3, 3)]
    n = shape[0]
    kind = rng.random()
    if kind < 0.3:
        items = [rng.randint(-n, n - 1)]
    elif kind < 0.6:
        items = [f"{rng.randint(0, n - 1)}::{rng.randint(1, 2)}"]
    elif kind < 0.8:
        items = [[rng.randint(-n, n - 1)]]
    else:
        items = [rng.sample(range(n), rng.randint(1, n))]
    part = x.detach()[python_index(items)]
    if fits and len(shape) > 1 and rng.random() < 0.3:
        return ["set_", items, {"of": 1}]
    return ["set_", items, rng.randint(-3, 3) if rng.random() < 0.5 else whole(rng, part.shape)]


def apply_change(x, step, tensors):
    name, *args = step

    def value(arg, shape):
        if isinstance(arg, dict):
            return tensors[arg["of"]]
        return tensor(arg, shape) if isinstance(arg, list) else arg

    def run(clone):
        own = (lambda v: v.clone() if clone and isinstance(v, torch.Tensor) else v)
        if name == "set_":
            index = python_index(args[0])
            part = x.detach()[index]
            x[index] = own(value(args[1], part.shape))
        elif name == "maskedFill_":
            x.masked_fill_(torch.tensor(args[0], dtype=torch.bool).reshape(x.shape), args[1])
        elif args:
            getattr(x, name)(own(value(args[0], x.shape)))
        else:
            getattr(x, name)()

    if any(n > 1 and stride == 0 for n, stride in zip(x.shape, x.stride())):
        picks = name == "maskedFill_" or (name == "set_" and any(isinstance(i, list) for i in args[0]))
        if picks:
            x.add_(1)  # PyTorch only warns of these on stretched tensors so far: refused as every other change is
        if name in ("zero_", "fill_") and torch.is_grad_enabled() and x.requires_grad:
            x.add_(1)  # PyTorch refuses its backward
    try:
        run(False)
    except RuntimeError as error:
        if reason(error) != "operand":
            raise
        run(True)


def follow(x, no_grad):
    """A view whose base got a history since counts as a leaf in PyTorch until somebody asks for its grad_fn."""
    if not no_grad:
        try:
            x.grad_fn
        except RuntimeError:
            pass


def unfollowed(x):
    """A view without a history though its base requires grad: made in no_grad."""
    try:
        return x.requires_grad and x.is_leaf and x._is_view()
    except RuntimeError:
        return True


def make(seed, safe):
    rng = random.Random(seed)
    values = whole(rng, [2, 3, 4])
    mode = rng.choice(["leaf", "result", "result", "plain", "plain"])
    leaf = tensor(values, [2, 3, 4])
    weights = tensor([1, -1, 2, 3], [4]).requires_grad_()
    base = leaf
    if mode != "plain":
        leaf.requires_grad_()
    if mode == "result":
        base = leaf * 2
    tensors = [base, weights]
    steps = []
    refusals = []
    for _ in range(rng.randint(5, 12)):
        alive = [n for n, t in enumerate(tensors) if t is not None and n != 1]
        at = alive[-1] if rng.random() < 0.4 else rng.choice(alive)
        x = tensors[at]
        no_grad = rng.random() < 0.15
        kind = rng.random()
        make_view = kind < 0.5
        # What PyTorch keeps for the gradient of a view made in no_grad is not checked for changes: nothing to compare.
        read = kind > 0.93 and not unfollowed(x)
        if make_view:
            step = some_view(rng, x)
        elif read:
            step = ["square"]
        else:
            step = some_change(rng, x, tensors)
        entry = {"on": at, "do": step}
        if no_grad:
            entry["noGrad"] = True
        made = None
        try:
            with torch.set_grad_enabled(not no_grad):
                if make_view:
                    made = take_view(x, step, safe)
                elif read:
                    made = x * x
                else:
                    follow(x, no_grad)
                    apply_change(x, step, tensors)
        except (RuntimeError, ValueError) as error:
            entry["refused"] = reason(error)
        if "refused" in entry:
            refusals.append(entry["refused"])
        if make_view or read:
            tensors.append(made)
        entry["version"] = x._version
        steps.append(entry)
    result = {"values": values, "mode": mode, "steps": steps}
    result["tensors"] = [None if t is None else {"shape": list(t.shape), "values": t.detach().reshape(-1).tolist()} for t in tensors]
    result["requiresGrad"] = [t is not None and t.requires_grad for t in tensors]
    total = None
    unusable = {}
    for n, t in enumerate(tensors):
        if t is None or n == 1 or not t.requires_grad:
            continue
        factor = torch.arange(1, t.numel() + 1, dtype=torch.float64).reshape(t.shape) + n
        try:
            term = (t * factor).sum()
        except RuntimeError as error:
            unusable[n] = reason(error)
            refusals.append(unusable[n])
            continue
        total = term if total is None else total + term
    if unusable:
        result["unusable"] = unusable
    if total is not None:
        try:
            total.backward()
            grads = (leaf.grad if mode != "plain" else None, weights.grad)
            result["grads"] = [None if g is None else g.reshape(-1).tolist() for g in grads]
        except RuntimeError as error:
            result["backwardRefused"] = reason(error)
            refusals.append(result["backwardRefused"])
    return result, refusals


def program(seed):
    result, refusals = make(seed, False)
    if "several" not in refusals:
        return result
    safe, refusals = make(seed, True)
    assert "several" not in refusals
    safe["several"] = True
    return safe


def compact(value):
    if isinstance(value, float) and value == int(value):
        return int(value)
    if isinstance(value, dict):
        return {k: compact(v) for k, v in value.items()}
    if isinstance(value, list):
        return [compact(v) for v in value]
    return value


if __name__ == "__main__":
    programs = [compact(program(seed)) for seed in range(PROGRAMS)]
    counts = {}
    for p in programs:
        for r in [s["refused"] for s in p["steps"] if "refused" in s] + [p[k] for k in ["backwardRefused"] if k in p]:
            counts[r] = counts.get(r, 0) + 1
        counts["several"] = counts.get("several", 0) + ("several" in p)
        counts["backward"] = counts.get("backward", 0) + ("grads" in p)
    print(counts)
    text = json.dumps(programs, separators=(",", ":"))
    path = os.path.join(os.path.dirname(__file__), "programs.json.gz")
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode())
    print(len(text), os.path.getsize(path))
