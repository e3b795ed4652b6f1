// Vectors scaled to length 1.
import { expectOptions } from "../errors.js";
import { type Declared, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";

export interface NormalizeOptions {
  /** Of the norm. Default 2. */
  readonly p?: number;
  /** Along which the vectors lie. Default 1. */
  readonly dim?: number | readonly number[];
  /** What a norm is at least, so that 0 stays 0. Default 1e-12. */
  readonly eps?: number;
}

type Normalize = ((x: Tensor, options?: NormalizeOptions) => Tensor) & Declared;

/** x divided by its p-norm along a dim (torch.nn.functional.normalize). */
export const normalize: Normalize = Object.assign(
  (x: Tensor, options?: NormalizeOptions): Tensor => {
    const { p = 2, dim = 1, eps = 1e-12 } = expectOptions("normalize", options, "{ p: 1 }");
    expectTensor("normalize", "input", x);
    return x.div(x.norm(p, dim, { keepdim: true }).clampMin(eps));
  },
  {
    opName: "normalize",
    torch: "F.normalize(a)",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3] }] },
      { in: [{ shape: [2, 3, 2] }], args: [{ dim: 0 }], torch: "F.normalize(a, dim=0)" },
      { in: [{ shape: [2, 3], positive: true }], args: [{ p: 1, dim: -1 }], torch: "F.normalize(a, p=1, dim=-1)" },
      {
        in: [
          [
            [0, 0],
            [3, 4],
          ],
        ],
        gradcheck: false,
      },
      { in: [{ shape: [0, 3] }] },
      { in: [{ shape: [3, 2], transposed: true }] },
      { in: [{ shape: [2, 3], dtype: "float32" }] },
    ],
  } satisfies Declared,
);
