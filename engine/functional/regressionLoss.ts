// Losses of a difference: squares, absolute values, and both joined.
import { ArgumentError } from "../errors.js";
import { binary } from "../families.js";
import type { Sample } from "../op.js";
import type { Tensor } from "../tensor.js";
import { type Loss, declareLoss, expectPair, expectWeight, pairLoss, type PairLoss } from "./pairLoss.js";
import { type LossOptions, expectReduction, reduced } from "./reduction.js";
import { where } from "./where.js";

export interface WeightedLossOptions extends LossOptions {
  /** One factor per element, in the input's shape. */
  readonly weight?: Tensor;
}

const a = { shape: [2, 3] } as const;
const b = { shape: [2, 3], seed: 1 } as const;

/** Samples that every loss of a difference has. */
const samplesOf = (torch: string): readonly Sample[] => [
  { in: [a, b] },
  { in: [a, b], args: [{ reduction: "sum" }], torch: `${torch}(a, b, reduction='sum')` },
  { in: [a, b], args: [{ reduction: "none" }], torch: `${torch}(a, b, reduction='none')` },
  { in: [a, { shape: [3], seed: 1 }] },
  {
    in: [{ shape: [2, 1] }, { shape: [3], seed: 1 }],
    args: [{ reduction: "none" }],
    torch: `${torch}(a, b, reduction='none')`,
  },
  {
    in: [
      { shape: [2, 3, 4], transposed: true },
      { shape: [2, 3, 4], seed: 1 },
    ],
  },
  { in: [3, 1.5] },
  {
    in: [{ shape: [0, 3] }, { shape: [0, 3] }],
    args: [{ reduction: "sum" }],
    torch: `${torch}(a, b, reduction='sum')`,
  },
  { in: [{ shape: [0] }, { shape: [0] }], gradcheck: false },
  {
    in: [
      { values: [0, 1, -1, Infinity, -Infinity, 1e200, -0, NaN], dtype: "float64" },
      { values: [0, 0, 0, 0, 0, 0, 0, 0], dtype: "float64" },
    ],
    args: [{ reduction: "none" }],
    torch: `${torch}(a, b, reduction='none')`,
    gradcheck: false,
  },
  {
    in: [
      { ...a, dtype: "float32" },
      { ...b, dtype: "float32" },
    ],
  },
  {
    in: [
      { ...a, dtype: "bfloat16" },
      { ...b, dtype: "bfloat16" },
    ],
  },
  {
    in: [
      { ...a, dtype: "float16" },
      { ...b, dtype: "float16" },
    ],
  },
];

const ofWholeTargets: Sample = {
  in: [
    { ...a, dtype: "float32" },
    { ...b, dtype: "int64" },
  ],
};

const weighted = (torch: string): readonly Sample[] => {
  const inputs = [a, b, { shape: [2, 3], seed: 2, positive: true }] as const;
  const weight = { input: 2 };
  return [
    { in: inputs, args: [{ weight }], torch: `${torch}(a, b, weight=c)` },
    { in: inputs, args: [{ weight, reduction: "sum" }], torch: `${torch}(a, b, weight=c, reduction='sum')` },
    { in: inputs, args: [{ weight, reduction: "none" }], torch: `${torch}(a, b, weight=c, reduction='none')` },
  ];
};

/** The kernel of (x - y)². */
const squaredDifference = binary({
  name: "mseLoss",
  tf: "SquaredDifference",
  takes: "floats",
  vjp: "none",
  saves: "nothing",
  samples: [],
});

const squares = pairLoss<undefined>({
  name: "mseLoss",
  value: (x, target) => squaredDifference(x, target),
  slope: (x, target) => x.sub(target),
  slopeTimes: 2,
});

/** A weighted mean is divided by the sum of the weights. */
function weightedLoss(
  name: string,
  loss: PairLoss<undefined>,
  x: Tensor,
  target: Tensor,
  { reduction = "mean", weight }: WeightedLossOptions = {},
): Tensor {
  expectPair(name, x, target);
  if (weight === undefined) return loss(x, target, reduction, undefined);
  expectReduction(name, reduction);
  expectWeight(name, weight, x);
  const losses = loss(x, target, "none", undefined).mul(weight);
  return reduction === "mean" ? losses.sum().div(weight.sum()) : reduced(losses, reduction);
}

/**
 * (x - target)² (torch.nn.functional.mse_loss). A weighted mean is divided by the sum of the weights.
 * @throws ShapeError for shapes that do not broadcast, and for a weight that is not of the input's.
 * @throws DTypeError for integers; ArgumentError for an unknown reduction.
 */
export const mseLoss: Loss<WeightedLossOptions> = declareLoss(
  "mseLoss",
  "F.mse_loss",
  [...samplesOf("F.mse_loss"), ofWholeTargets, ...weighted("F.mse_loss")],
  (x, target, options) => weightedLoss("mseLoss", squares, x, target, options),
);

const absolutes = pairLoss<undefined>({
  name: "l1Loss",
  value: (x, target) => x.sub(target).abs(),
  slope: (x, target) => x.sub(target).sign(),
});

/**
 * |x - target|; no gradient where they are equal (torch.nn.functional.l1_loss). A weighted mean is divided by the sum of
 * the weights.
 * @throws ShapeError for shapes that do not broadcast, and for a weight that is not of the input's.
 * @throws DTypeError for integers; ArgumentError for an unknown reduction.
 */
export const l1Loss: Loss<WeightedLossOptions> = declareLoss(
  "l1Loss",
  "F.l1_loss",
  [...samplesOf("F.l1_loss"), ofWholeTargets, ...weighted("F.l1_loss")],
  (x, target, options) => weightedLoss("l1Loss", absolutes, x, target, options),
);

export interface SmoothL1LossOptions extends LossOptions {
  /** Below it the loss is a parabola; 0 makes it `l1Loss`. Default 1. */
  readonly beta?: number;
}

/** With m = min(|d|, β) both pieces are m (|d| - m/2), and neither overflows where the other holds. */
const bent = (x: Tensor, target: Tensor, beta: number): Tensor => {
  const size = x.sub(target).abs();
  const least = size.minimum(beta);
  return least.mul(size.sub(least.mul(0.5)));
};

const smoothed = pairLoss<number>({
  name: "smoothL1Loss",
  value: (x, target, beta) => bent(x, target, beta).div(beta),
  slope: (x, target, beta) => {
    const d = x.sub(target);
    return where(d.abs().ge(beta), d.sign(), d.div(beta));
  },
});

/**
 * (x - target)² / 2β where |x - target| < β, else |x - target| - β/2 (Girshick, 2015; torch.nn.functional.smooth_l1_loss).
 * @throws ShapeError for shapes that do not broadcast; DTypeError for integers.
 * @throws ArgumentError for a negative beta, and for an unknown reduction.
 */
export const smoothL1Loss: Loss<SmoothL1LossOptions> = declareLoss(
  "smoothL1Loss",
  "F.smooth_l1_loss",
  [
    ...samplesOf("F.smooth_l1_loss"),
    ofWholeTargets,
    { in: [a, b], args: [{ beta: 0.3 }], torch: "F.smooth_l1_loss(a, b, beta=0.3)" },
    { in: [a, b], args: [{ beta: 0 }], torch: "F.smooth_l1_loss(a, b, beta=0)" },
    {
      in: [
        [0, 0.5, -0.5, 3, -3],
        [0, 0, 0, 0, 0],
      ],
      args: [{ beta: 0.5, reduction: "none" }],
      torch: "F.smooth_l1_loss(a, b, beta=0.5, reduction='none')",
      gradcheck: false,
    },
  ],
  (x: Tensor, target: Tensor, { reduction = "mean", beta = 1 }: SmoothL1LossOptions = {}) => {
    if (!(beta >= 0)) throw new ArgumentError(`smoothL1Loss: expected beta >= 0, got ${beta}`);
    expectPair("smoothL1Loss", x, target);
    return beta === 0 ? absolutes(x, target, reduction, undefined) : smoothed(x, target, reduction, beta);
  },
);

export interface HuberLossOptions extends WeightedLossOptions {
  /** Below it the loss is a parabola, above it a line. Default 1. */
  readonly delta?: number;
}

const huber = pairLoss<number>({
  name: "huberLoss",
  value: bent,
  slope: (x, target, delta) => {
    const d = x.sub(target);
    return where(d.abs().gt(delta), d.sign().mul(delta), d);
  },
});

/**
 * (x - target)² / 2 where |x - target| <= δ, else δ (|x - target| - δ/2) (Huber, 1964; torch.nn.functional.huber_loss). A
 * weighted mean is divided by the number of elements, as PyTorch's is here, unlike `mseLoss`'s.
 * @throws ShapeError for shapes that do not broadcast, and for a weight that is not of the input's.
 * @throws DTypeError for integers; ArgumentError for a delta that is not positive, and for an unknown reduction.
 */
export const huberLoss: Loss<HuberLossOptions> = declareLoss(
  "huberLoss",
  "F.huber_loss",
  [
    ...samplesOf("F.huber_loss"),
    ...weighted("F.huber_loss"),
    { in: [a, b], args: [{ delta: 0.3 }], torch: "F.huber_loss(a, b, delta=0.3)" },
    {
      in: [
        [0, 0.5, -0.5, 3, -3],
        [0, 0, 0, 0, 0],
      ],
      args: [{ delta: 0.5, reduction: "none" }],
      torch: "F.huber_loss(a, b, delta=0.5, reduction='none')",
      gradcheck: false,
    },
  ],
  (x: Tensor, target: Tensor, { reduction = "mean", delta = 1, weight }: HuberLossOptions = {}) => {
    if (!(delta > 0)) throw new ArgumentError(`huberLoss: expected delta > 0, got ${delta}`);
    expectPair("huberLoss", x, target);
    if (weight === undefined) return huber(x, target, reduction, delta);
    expectReduction("huberLoss", reduction);
    expectWeight("huberLoss", weight, x);
    return reduced(huber(x, target, "none", delta).mul(weight), reduction);
  },
);
