"""What PyTorch 2.13.0 (CPU) says of distributions, in float64: log_prob of some values, entropy, moments, and the gradients
of the sum of log_prob and entropy in the parameters.

    python test/golden/distributions/write.py
"""
import json
import os

import torch
from torch import distributions as D

here = os.path.dirname(os.path.abspath(__file__))
nan = float("nan")


def plain(x):
    """JSON without NaN and infinities: they are written as words."""
    if isinstance(x, list):
        return [plain(y) for y in x]
    return x if x == x and abs(x) != float("inf") else str(x)


def case(kind, params, value, value_dtype=torch.float64):
    tensors = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in params.items()}
    d = getattr(D, kind)(**tensors)
    log_prob = d.log_prob(torch.tensor(value, dtype=value_dtype))
    entropy = d.entropy()
    grads = torch.autograd.grad((log_prob.sum() + entropy.sum()), list(tensors.values()), allow_unused=True)
    return {
        "kind": kind,
        "params": params,
        "value": plain(value),
        "batchShape": list(d.batch_shape),
        "logProb": plain(log_prob.tolist()),
        "entropy": plain(entropy.tolist()),
        "mean": plain(d.mean.tolist()),
        "mode": plain(d.mode.tolist()),
        "variance": plain(d.variance.tolist()),
        "stddev": plain(d.stddev.tolist()),
        "perplexity": plain(d.perplexity().tolist()),
        "grads": [None if g is None else plain(g.tolist()) for g in grads],
        **({"cdf": plain(d.cdf(torch.tensor(value, dtype=value_dtype)).tolist())} if kind == "Normal" else {}),
    }


rows = [[0.1, 0.2, 0.7], [3.0, 1.0, 4.0]]
scores = [[0.5, -1.0, 2.0, 0.0], [1000.0, 0.0, -1000.0, 999.0]]
cases = [
    case("Normal", {"loc": 0.0, "scale": 1.0}, [-3.0, -0.5, 0.0, 40.0]),
    case("Normal", {"loc": [1.0, -2.0, 0.5], "scale": [0.1, 3.0, 1e3]}, [1.1, 0.0, 2.0]),
    case("Normal", {"loc": [[0.0], [1.0]], "scale": [0.5, 2.0, 4.0]}, 0.7),
    case("Normal", {"loc": [0.0, 1.0], "scale": [0.5, 2.0]}, [[0.0, 1.0], [2.0, 3.0], [-1.0, 0.25]]),
    case("Uniform", {"low": 0.0, "high": 2.0}, [0.0, 0.5, 1.9]),
    case("Uniform", {"low": [-1.0, 0.0], "high": [[1.0], [3.0]]}, [[0.5, 0.5], [2.5, 1.0]]),
    case("Uniform", {"low": 0.0, "high": 1.0}, 1.0),
    case("Bernoulli", {"probs": [0.3, 0.5, 0.999, 1e-9]}, [1.0, 0.0, 1.0, 0.0]),
    case("Bernoulli", {"probs": [0.0, 1.0]}, [[0.0, 1.0], [1.0, 0.0]]),
    case("Bernoulli", {"probs": 0.25}, [0.0, 1.0]),
    case("Bernoulli", {"logits": [-2.0, 0.0, 3.0, 200.0, -200.0]}, [[1.0, 1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]),
    case("Categorical", {"probs": [0.25, 0.75]}, 1, torch.int64),
    case("Categorical", {"probs": rows}, [2, 0], torch.int64),
    case("Categorical", {"probs": rows}, [[2, 0], [1, 1], [0, 2]], torch.int64),
    case("Categorical", {"probs": [0.0, 1.0, 1.0]}, [0, 1, 2], torch.int64),
    case("Categorical", {"logits": scores}, [[0], [3]], torch.int64),
    case("Categorical", {"logits": scores}, 1, torch.int64),
    case("Categorical", {"logits": [[[0.1, 0.2]], [[-1.0, 1.0]]]}, [0.0, 1.0, 1.0]),
]
with open(os.path.join(here, "cases.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
