// The gradient of `relu` as one kernel, and its own gradient. Not a method: PyTorch has none.
import { binary } from "../families.js";

/** `g` where relu's result is positive, else 0. */
export const reluGrad = binary({
  name: "reluGrad",
  tf: "ReluGrad",
  takes: "floats",
  vjp: (g, { in: [, out], needs }) => [reluGrad(g, out), needs[1] ? out.zerosLike() : undefined],
  saves: "in",
  samples: [],
});
