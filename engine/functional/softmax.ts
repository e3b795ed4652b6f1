// Relatives of softmax that are functions only.
import { arange, rand } from "../create.js";
import { ArgumentError, DTypeError, expectOptions } from "../errors.js";
import { isFloating } from "../dtype.js";
import { type Declared, expectTensor } from "../op.js";
import { type SoftmaxOptions, softmax } from "../ops/softmax.js";
import { normaliseDim } from "../shape.js";
import type { Tensor } from "../tensor.js";

type Softmin = ((x: Tensor, dim: number, options?: SoftmaxOptions) => Tensor) & Declared;

/**
 * Softmax of -x: the smallest gets most (torch.nn.functional.softmin).
 * @throws DTypeError for integers without `dtype`; ArgumentError for a dim that is none.
 */
export const softmin: Softmin = Object.assign(
  (x: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor => {
    expectOptions("softmin", options, '{ dtype: "float64" }');
    expectTensor("softmin", "input", x);
    return softmax(x.neg(), dim, options);
  },
  {
    opName: "softmin",
    torch: "F.softmin(a, 1)",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3] }], args: [1] },
      { in: [{ shape: [2, 3, 4], transposed: true }], args: [0], torch: "F.softmin(a, 0)" },
      { in: [[[1000, -1000, 0]]], args: [1], gradcheck: false },
      { in: [3], args: [0], torch: "F.softmin(a, 0)" },
      { in: [{ shape: [2, 0] }], args: [1] },
      { in: [{ shape: [2, 3], dtype: "bfloat16" }], args: [-1], torch: "F.softmin(a, -1)" },
    ],
  } satisfies Declared,
);

export interface GumbelSoftmaxOptions {
  /** Temperature: near 0 the result is nearly one-hot. Default 1. */
  readonly tau?: number;
  /** One-hot values with the gradient of the soft ones. Default false. */
  readonly hard?: boolean;
  /** Default -1. */
  readonly dim?: number;
}

/**
 * A random choice that gradients pass: softmax of (logits + Gumbel noise) / tau along a dim (Jang et al., 2016;
 * torch.nn.functional.gumbel_softmax). The noise is of the device's generator.
 * @param logits log-probabilities up to a constant, floating
 * @throws ArgumentError for a tau that is not positive; DTypeError for integers.
 */
export function gumbelSoftmax(logits: Tensor, options?: GumbelSoftmaxOptions): Tensor {
  const { tau = 1, hard = false, dim = -1 } = expectOptions("gumbelSoftmax", options, "{ hard: true }");
  expectTensor("gumbelSoftmax", "logits", logits);
  if (!isFloating(logits.dtype)) {
    throw new DTypeError(`gumbelSoftmax: expected a floating dtype, got ${logits.dtype}; convert with .to("float32")`);
  }
  if (!(tau > 0)) throw new ArgumentError(`gumbelSoftmax: expected tau > 0, got ${tau}`);
  const axis = normaliseDim("gumbelSoftmax", dim, logits.ndim);
  // 1 - u is in (0, 1]; where it is 1 the smallest number keeps its logarithm's logarithm finite.
  const u = rand(logits.shape, { dtype: logits.dtype === "float64" ? "float64" : "float32", device: logits.device });
  const noise = u.mul(-1).add(1).log().neg().maximum(1e-30).log().neg();
  const soft = softmax(logits.add(noise.to(logits.dtype)).div(tau), axis);
  if (!hard) return soft;
  const count = logits.ndim === 0 ? 1 : logits.shape[axis];
  const positions = arange(0, count, 1, { dtype: "int64", device: logits.device });
  const chosen = soft.detach().argmax(axis, { keepdim: true });
  const shape = logits.shape.map((n, i) => (i === axis ? n : 1));
  const oneHot = positions.reshape(shape).eq(chosen).to(soft.dtype);
  return oneHot.sub(soft.detach()).add(soft);
}
