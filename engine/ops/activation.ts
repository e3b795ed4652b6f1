// Activations that PyTorch has as methods. Every export is a Tensor method; the rest are in functional/activation.ts.
import { unary } from "../families.js";
import { anySamples, numberSamples } from "../families/samples.js";
import { reluGrad } from "./reluGrad.js";

/** 1 / (1 + e^-x) (torch.sigmoid). */
export const sigmoid = unary({
  name: "sigmoid",
  tf: "Sigmoid",
  takes: "promoted",
  // dσ = σ (1 - σ) dx
  vjp: (g, { out }) => g.mul(out.sub(out.square())),
  saves: "out",
  samples: anySamples(),
});

/** max(x, 0); no gradient at 0, nor, unlike in PyTorch, at NaN (torch.relu). */
export const relu = unary({
  name: "relu",
  tf: "Relu",
  takes: "numbers",
  vjp: (g, { out }) => reluGrad(g, out),
  saves: "out",
  samples: numberSamples().map((sample) =>
    sample.gradcheck === false ? { in: [[-Infinity, -1, 0, 2, 1e300]], gradcheck: false } : sample,
  ),
});
