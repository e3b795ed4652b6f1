// Cross entropy of probabilities of two classes, from probabilities or from scores.
import { placeText, valuesOutside } from "../backend/hostScan.js";
import { ArgumentError, AutogradError, DTypeError, ShapeError, shapeText } from "../errors.js";
import { unary } from "../families.js";
import { type OpSpec, type Sample, apply, expectTensor } from "../op.js";
import { broadcastShapes, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Loss, computedIn, declareLoss, expectSameShape, pairLoss } from "./pairLoss.js";
import { type LossOptions, expectReduction, reduced } from "./reduction.js";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factors that broadcast to the input's shape: one per element, per batch, per class. A mean is still over all elements. */
  readonly weight?: Tensor;
}

export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** Factors of the positive targets, which broadcast to the target's shape; above 1 they favour recall. */
  readonly posWeight?: Tensor;
}

/** log(1 + e^x) without overflow, and without the threshold of `F.softplus`. */
const softplus = unary({
  name: "softplus",
  tf: "Softplus",
  takes: "floats",
  vjp: (g, { in: [x] }) => g.mul(x.sigmoid()),
  saves: "in",
  samples: [],
});

function expectFactors(op: string, name: string, factors: Tensor, x: Tensor): void {
  expectTensor(op, name, factors);
  if (!sameShape(broadcastShapes(op, factors.shape, x.shape), x.shape)) {
    throw new ShapeError(
      `${op}: expected a ${name} that broadcasts to ${shapeText(x.shape)}, got ${shapeText(factors.shape)}`,
    );
  }
}

/** The logarithms are cut at -100, so that a certain mistake costs 100 and not infinity. */
const leastLog = -100;
/** Keeps the slope finite at 0 and 1. PyTorch's constant has single precision also where it computes in double. */
const leastVariance = Math.fround(1e-12);

const variance = (x: Tensor): Tensor => x.neg().add(1).mul(x).clamp(leastVariance);

/**
 * The slope (x - t) / (x (1 - x)) of the entropy. Its own slope is not that of the clamped quotient, which at a certain
 * and right x is 1 / leastVariance: PyTorch's x² - 2 x t + t over the square of a variance kept above 0 is 0 there.
 */
const entropySlope: OpSpec<undefined> = {
  name: "binaryCrossEntropySlope",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward(inputs) {
    const [x, target] = inputs.map((input) => input.detach());
    return x.sub(target).div(variance(x)).storage;
  },
  vjp(g, { in: [x, target], needs }) {
    const raised = x.add(leastVariance).mul(x.neg().add(1).add(leastVariance));
    const bent = (): Tensor => x.sub(target.mul(2)).mul(x).add(target).div(raised.square());
    return [needs[0] ? g.mul(bent()) : undefined, needs[1] ? g.div(variance(x)).neg() : undefined];
  },
  saves: "in",
  samples: [],
};

const entropy = pairLoss<undefined>({
  name: "binaryCrossEntropy",
  value: (x, target) => {
    const [yes, no] = [x.log().maximum(leastLog), x.neg().log1p().maximum(leastLog)];
    return target.sub(1).mul(no).sub(target.mul(yes));
  },
  slope: (x, target) => apply(entropySlope, [x, target], undefined),
  targetSlope: (x) => x.neg().log1p().sub(x.log()),
});

const p = {
  values: [
    [0.1, 0.5, 0.9],
    [0.25, 0.75, 0.6],
  ],
  dtype: "float64",
} as const;
const t = {
  values: [
    [0, 1, 0.5],
    [1, 0, 0.2],
  ],
  dtype: "float64",
} as const;
const x = { shape: [2, 3] } as const;

/** Samples that both losses have; only the input differs. */
const samplesOf = (torch: string, input: typeof p | typeof x): readonly Sample[] => {
  const weight = { input: 2 };
  return [
    { in: [input, t] },
    { in: [input, t], args: [{ reduction: "sum" }], torch: `${torch}(a, b, reduction='sum')` },
    { in: [input, t], args: [{ reduction: "none" }], torch: `${torch}(a, b, reduction='none')` },
    {
      in: [input, t, { shape: [3], seed: 2, positive: true }],
      args: [{ weight }],
      torch: `${torch}(a, b, weight=c.detach())`,
    },
    {
      in: [input, t, { shape: [2, 1], seed: 2, positive: true }],
      args: [{ weight, reduction: "sum" }],
      torch: `${torch}(a, b, weight=c.detach(), reduction='sum')`,
    },
    { in: [0.25, 1] },
    {
      in: [{ shape: [0, 3] }, { shape: [0, 3] }],
      args: [{ reduction: "sum" }],
      torch: `${torch}(a, b, reduction='sum')`,
    },
    ...(["float32", "float16", "bfloat16"] as const).map((dtype) => ({
      in: [
        { values: [0.125, 0.5, 0.75], dtype },
        { values: [0, 1, 0.5], dtype },
      ],
    })),
  ];
};

/**
 * -(t log x + (1 - t) log(1 - x)) of probabilities x, with logarithms of at least -100
 * (torch.nn.functional.binary_cross_entropy). From scores, `binaryCrossEntropyWithLogits` is more exact.
 * @param x probabilities in [0, 1]
 * @param target probabilities, in the input's shape
 * @throws ArgumentError for an input outside [0, 1], naming the first (on a CPU; elsewhere its loss is NaN).
 * @throws ShapeError for a target of another shape; DTypeError unless both are of one floating dtype.
 */
export const binaryCrossEntropy: Loss<BinaryCrossEntropyOptions> = declareLoss(
  "binaryCrossEntropy",
  "F.binary_cross_entropy",
  [
    ...samplesOf("F.binary_cross_entropy", p),
    {
      in: [
        { values: [0, 1, 0, 1, 0.3, 1e-60], dtype: "float64" },
        { values: [0, 1, 1, 0, 0.6, 1], dtype: "float64" },
      ],
      args: [{ reduction: "none" }],
      torch: "F.binary_cross_entropy(a, b, reduction='none')",
      gradcheck: false,
    },
  ],
  (input: Tensor, target: Tensor, { reduction = "mean", weight }: BinaryCrossEntropyOptions = {}) => {
    expectSameShape("binaryCrossEntropy", input, target);
    expectReduction("binaryCrossEntropy", reduction);
    if (input.dtype !== target.dtype) {
      throw new DTypeError(
        `binaryCrossEntropy: expected input and target of one floating dtype, got ${input.dtype} and ${target.dtype}; convert with .to(dtype)`,
      );
    }
    expectProbabilities(input);
    if (weight === undefined) return entropy(input, target, reduction, undefined);
    expectFactors("binaryCrossEntropy", "weight", weight, input);
    return reduced(entropy(input, target, "none", undefined).mul(weight), reduction);
  },
);

/** Looks at the values where they lie in the host's memory. */
function expectProbabilities(input: Tensor): void {
  if (input.device.type !== "cpu") return;
  const wide = input.detach().to(computedIn(input.dtype));
  const found = valuesOutside(wide.strided(), wide.dtype, 0, 1);
  if (found === undefined) return;
  throw new ArgumentError(
    `binaryCrossEntropy: expected probabilities in [0, 1] as input, got ${found.value}${placeText(input.shape, found.index)}; use binaryCrossEntropyWithLogits for scores`,
  );
}

// With w = 1 + (posWeight - 1) t the loss is (1 - t) x + w log(1 + e^-x).
const entropyOfScores = pairLoss<undefined>({
  name: "binaryCrossEntropyWithLogits",
  value: (score, target, _, [posWeight]) => {
    const certain = softplus(score.neg());
    const weighed = posWeight ? certain.mul(target.mul(posWeight.sub(1)).add(1)) : certain;
    return score.mul(target.neg().add(1)).add(weighed);
  },
  slope: (score, target, _, [posWeight]) => {
    if (!posWeight) return score.sigmoid().sub(target);
    const positive = target.mul(posWeight);
    return positive.add(1).sub(target).mul(score.sigmoid()).sub(positive);
  },
  targetSlope: (score, _target, _, [posWeight]) =>
    posWeight ? softplus(score.neg()).mul(posWeight).sub(softplus(score)) : score.neg(),
});

/**
 * `binaryCrossEntropy` of the sigmoid of scores, without overflow
 * (torch.nn.functional.binary_cross_entropy_with_logits).
 * @param x scores, any real numbers
 * @param target probabilities, in the input's shape
 * @throws ShapeError for a target of another shape, and for factors that do not broadcast to it.
 * @throws DTypeError for integers; AutogradError for a posWeight that requires grad, which it cannot have here.
 */
export const binaryCrossEntropyWithLogits: Loss<BinaryCrossEntropyWithLogitsOptions> = declareLoss(
  "binaryCrossEntropyWithLogits",
  "F.binary_cross_entropy_with_logits",
  [
    ...samplesOf("F.binary_cross_entropy_with_logits", x),
    {
      in: [x, t, { values: [3, 2, 1], dtype: "int64" }],
      args: [{ posWeight: { input: 2 } }],
      torch: "F.binary_cross_entropy_with_logits(a, b, pos_weight=c)",
    },
    {
      in: [x, t, { shape: [3], seed: 3, positive: true }, { values: [[3], [2]], dtype: "int64" }],
      args: [{ weight: { input: 2 }, posWeight: { input: 3 }, reduction: "none" }],
      torch: "F.binary_cross_entropy_with_logits(a, b, weight=c.detach(), pos_weight=d, reduction='none')",
    },
    {
      in: [
        { values: [0, -Infinity, Infinity, Infinity, -Infinity, 1000, -1000, NaN], dtype: "float64" },
        { values: [0, 1, 0, 1, 0, 0.2, 0.2, 1], dtype: "float64" },
      ],
      args: [{ reduction: "none" }],
      torch: "F.binary_cross_entropy_with_logits(a, b, reduction='none')",
      gradcheck: false,
    },
  ],
  (score: Tensor, target: Tensor, options: BinaryCrossEntropyWithLogitsOptions = {}) => {
    const op = "binaryCrossEntropyWithLogits";
    const { reduction = "mean", weight, posWeight } = options;
    expectSameShape(op, score, target);
    expectReduction(op, reduction);
    if (posWeight !== undefined) {
      expectFactors(op, "posWeight", posWeight, score);
      if (posWeight.requiresGrad) {
        throw new AutogradError(`${op}: expected a posWeight without gradient; pass posWeight.detach()`);
      }
    }
    const more = posWeight === undefined ? [] : [posWeight];
    if (weight === undefined) return entropyOfScores(score, target, reduction, undefined, more);
    expectFactors(op, "weight", weight, score);
    return reduced(entropyOfScores(score, target, "none", undefined, more).mul(weight), reduction);
  },
);
