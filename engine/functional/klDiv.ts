// Kullback-Leibler divergence.
import { ArgumentError } from "../errors.js";
import { binary } from "../families.js";
import type { Tensor } from "../tensor.js";
import { type Loss, declareLoss, expectPair, pairLoss } from "./pairLoss.js";
import { type Reduction, warnOnce } from "./reduction.js";

export interface KlDivOptions {
  /**
   * "batchmean": the sum over the size of the first dim, which is what the mathematics mean; "mean" (the default, as in
   * PyTorch) divides by the number of elements.
   */
  readonly reduction?: Reduction | "batchmean";
  /** The target is given as logarithms too. Default false. */
  readonly logTarget?: boolean;
}

/** x log y, 0 where x is 0 (the kernel alone: the slopes are the loss's). */
const xlogy = binary({ name: "klDiv", tf: "Xlogy", takes: "floats", vjp: "none", saves: "nothing", samples: [] });

const divergence = pairLoss<undefined>({
  name: "klDiv",
  value: (x, target) => xlogy(target, target).sub(target.mul(x)),
  slope: (_, target) => target.neg(),
  // d (t log t)/dt = log t + t/t, which like PyTorch's is NaN at 0
  targetSlope: (x, target) => target.log().add(target.div(target)).sub(x),
});

const divergenceOfLogs = pairLoss<undefined>({
  name: "klDiv",
  value: (x, target) => target.exp().mul(target.sub(x)),
  slope: (_, target) => target.exp().neg(),
  targetSlope: (x, target) => target.exp().mul(target.sub(x)).add(target.exp()),
});

const x = { shape: [2, 3] } as const;
const t = { shape: [2, 3], seed: 1, positive: true } as const;

/**
 * t (log t - x) of log-probabilities x and probabilities t, 0 where t is 0 (torch.nn.functional.kl_div): how far t is
 * from x, with the arguments in PyTorch's order.
 * @param x log-probabilities
 * @param target probabilities, or their logarithms with `logTarget`; broadcast against x
 * @throws ShapeError for shapes that do not broadcast; DTypeError for integers; ArgumentError for an unknown reduction.
 */
export const klDiv: Loss<KlDivOptions> = declareLoss(
  "klDiv",
  "F.kl_div",
  [
    { in: [x, t] },
    { in: [x, t], args: [{ reduction: "sum" }], torch: "F.kl_div(a, b, reduction='sum')" },
    { in: [x, t], args: [{ reduction: "none" }], torch: "F.kl_div(a, b, reduction='none')" },
    { in: [x, t], args: [{ reduction: "batchmean" }], torch: "F.kl_div(a, b, reduction='batchmean')" },
    { in: [x, { shape: [2, 3], seed: 1 }], args: [{ logTarget: true }], torch: "F.kl_div(a, b, log_target=True)" },
    {
      in: [x, { shape: [2, 3], seed: 1 }],
      args: [{ logTarget: true, reduction: "batchmean" }],
      torch: "F.kl_div(a, b, log_target=True, reduction='batchmean')",
    },
    {
      in: [
        { shape: [2, 3, 4], transposed: true },
        { shape: [2, 3, 4], seed: 1, positive: true },
      ],
    },
    { in: [x, { shape: [3], seed: 1, positive: true }] },
    { in: [-1, 0.5], args: [{ reduction: "batchmean" }], torch: "F.kl_div(a, b, reduction='batchmean')" },
    { in: [{ shape: [0, 3] }, { shape: [0, 3] }], gradcheck: false },
    {
      in: [
        { values: [-1, -2, -Infinity, -Infinity, 1, 0], dtype: "float64" },
        { values: [0, 0.5, 0, 0.5, -1, 1], dtype: "float64" },
      ],
      args: [{ reduction: "none" }],
      torch: "F.kl_div(a, b, reduction='none')",
      gradcheck: false,
    },
    {
      in: [
        { values: [-1, -2, -Infinity, -Infinity], dtype: "float64" },
        { values: [-Infinity, -0.5, -Infinity, -1], dtype: "float64" },
      ],
      args: [{ reduction: "none", logTarget: true }],
      torch: "F.kl_div(a, b, reduction='none', log_target=True)",
      gradcheck: false,
    },
    { in: [{ ...x, dtype: "float32" }, t] },
    {
      in: [
        { ...x, dtype: "bfloat16" },
        { ...t, dtype: "bfloat16" },
      ],
    },
  ],
  (input: Tensor, target: Tensor, { reduction = "mean", logTarget = false }: KlDivOptions = {}) => {
    expectPair("klDiv", input, target);
    const loss = logTarget ? divergenceOfLogs : divergence;
    if (reduction === "batchmean") {
      const sum = loss(input, target, "sum", undefined);
      return input.ndim === 0 ? sum : sum.div(input.shape[0]);
    }
    if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
      throw new ArgumentError(
        `klDiv: expected a reduction of "batchmean", "mean", "sum" or "none", got ${JSON.stringify(reduction satisfies never)}`,
      );
    }
    if (reduction === "mean") {
      warnOnce('klDiv: reduction "mean" divides by the number of elements; "batchmean" is the divergence per example');
    }
    return loss(input, target, reduction, undefined);
  },
);
