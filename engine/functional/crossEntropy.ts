// Cross entropy of scores: the logarithm of softmax and the choice of the target's class in one kernel.
import { executeMany, kernel, perDType, typeAttr } from "../backend/native.js";
import { isFloating, promoteTypes } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type ManySpec, type Sample, applyMany, expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import {
  type ClassLossOptions,
  classDim,
  classRows,
  expectClassWeight,
  expectScores,
  rowsOfClasses,
  settled,
  weighed,
} from "./classTargets.js";
import { classSamples } from "./classSamples.js";
import { type ClassLoss, picked, totalOf } from "./nllLoss.js";
import { computedIn } from "./pairLoss.js";
import { type Reduction, expectReduction } from "./reduction.js";

export interface CrossEntropyOptions extends ClassLossOptions {
  /** Share of each target that is spread evenly over all classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
}

interface Fused {
  readonly reduction: Reduction;
}

const narrow = perDType((dtype) => fusedKernel(dtype, "int32"));
const wide = perDType((dtype) => fusedKernel(dtype, "int64"));
const fusedKernel = (dtype: Tensor["dtype"], labels: Tensor["dtype"]) =>
  kernel("SparseSoftmaxCrossEntropyWithLogits", [typeAttr("T", dtype), typeAttr("Tlabels", labels)], 2, { outputs: 2 });

/** Results: the losses [N] or their sum or mean; and softmax(x) less the one-hot targets, which is their slope. */
const fusedSpec: ManySpec<Fused> = {
  name: "crossEntropy",
  torch: "F.cross_entropy(a, b)",
  infer: ([x], { reduction }) => [
    { shape: reduction === "none" ? [x.shape[0]] : [], dtype: x.dtype },
    { shape: x.shape, dtype: x.dtype },
  ],
  forward([x, index], { reduction }, _outs, on) {
    const id = (index.dtype === "int32" ? narrow : wide)(x.dtype);
    const [losses, slope] = executeMany(id, on, ["strided", "strided"], [x.strided(), index.strided()]) as [
      Storage,
      Storage,
    ];
    return [reduction === "none" ? losses : totalOf(losses, reduction, x.dtype, on), slope];
  },
  vjp([g, gSlope], { in: [x], outs: [, slope], options: { reduction } }) {
    let gx: Tensor | undefined;
    if (g) {
      const perRow = reduction === "none" ? g.unsqueeze(1) : reduction === "mean" ? g.mul(1 / x.shape[0]) : g;
      gx = slope.mul(perRow);
    }
    if (gSlope) {
      // p = softmax(x): dx = p (dslope - Σ p dslope)
      const p = x.softmax(1);
      const weighted = p.mul(gSlope);
      const back = weighted.sub(p.mul(weighted.sum(1, { keepdim: true })));
      gx = gx ? gx.add(back) : back;
    }
    return [gx, undefined];
  },
  saves: "in and out",
  samples: [],
};

const fused = (rows: Tensor, index: Tensor, reduction: Reduction): Tensor =>
  applyMany(fusedSpec, [rows, index], { reduction })[0];

/** Cross entropy with class numbers. */
function ofClasses(x: Tensor, target: Tensor, reduction: Reduction, options: CrossEntropyOptions): Tensor {
  const r = classRows("crossEntropy", x, target, options);
  const { rows, index, ignored, weight } = r;
  const { labelSmoothing = 0 } = options;
  if (labelSmoothing > 0) {
    const logs = rows.logSoftmax(1);
    const even = (weight ? logs.mul(weight) : logs).sum(1).mul(-labelSmoothing / rows.shape[1]);
    return settled(
      weighed(picked(logs, index), r)
        .mul(1 - labelSmoothing)
        .add(even),
      r,
      reduction,
      x.dtype,
    );
  }
  if (reduction !== "none" && !weight && !ignored) {
    const out = fused(rows, index, reduction);
    return out.dtype === x.dtype ? out : out.to(x.dtype);
  }
  return settled(weighed(fused(rows, index, "none"), r), r, reduction, x.dtype);
}

/** Cross entropy with a probability per class: -Σ w t log softmax(x), a mean over the examples and not over the weights. */
function ofProbabilities(x: Tensor, target: Tensor, reduction: Reduction, options: CrossEntropyOptions): Tensor {
  const { weight, ignoreIndex = -1, labelSmoothing = 0 } = options;
  if (!sameShape(target.shape, x.shape)) {
    throw new ShapeError(
      `crossEntropy: expected probabilities of the input's shape ${shapeText(x.shape)} as target, got ${target.dtype} ${shapeText(target.shape)}; class numbers must be integers: .to("int64")`,
    );
  }
  if (ignoreIndex >= 0) {
    throw new ArgumentError(
      `crossEntropy: expected no ignoreIndex beside probabilities, got ${ignoreIndex}; set their rows to 0`,
    );
  }
  expectClassWeight("crossEntropy", weight, x);
  const dtype = promoteTypes(x.dtype, target.dtype);
  const at = computedIn(dtype);
  const given = rowsOfClasses(target).to(at);
  const [count, classes] = given.shape;
  const smooth = labelSmoothing > 0 ? given.mul(1 - labelSmoothing).add(labelSmoothing / classes) : given;
  const weighted = weight ? smooth.mul(weight.to(at)) : smooth;
  const terms = rowsOfClasses(x).logSoftmax(1).to(at).mul(weighted);
  if (reduction === "none") {
    const shape = x.shape.filter((_, dim) => dim !== classDim(x));
    return terms.sum(1).neg().reshape(shape).to(dtype);
  }
  const sum = terms.sum().neg();
  return (reduction === "mean" ? sum.div(count) : sum).to(dtype);
}

const scores = { shape: [4, 3] } as const;
const classes = { values: [0, 2, 1, 2], dtype: "int64" } as const;
const weights = { shape: [3], seed: 5, positive: true } as const;
const chances = { shape: [4, 3], seed: 1, positive: true } as const;
const weight = { input: 2 };
const reductions = ["mean", "sum", "none"] as const;
const torch = "F.cross_entropy";

const ownSamples: readonly Sample[] = [
  ...reductions.flatMap((reduction) => [
    {
      in: [scores, classes],
      args: [{ labelSmoothing: 0.2, reduction }],
      torch: `${torch}(a, b, label_smoothing=0.2, reduction='${reduction}')`,
    },
    {
      in: [scores, classes, weights],
      args: [{ labelSmoothing: 0.2, weight, ignoreIndex: 2, reduction }],
      torch: `${torch}(a, b, label_smoothing=0.2, weight=c.detach(), ignore_index=2, reduction='${reduction}')`,
    },
    { in: [scores, chances], args: [{ reduction }], torch: `${torch}(a, b, reduction='${reduction}')` },
    {
      in: [scores, chances, weights],
      args: [{ labelSmoothing: 0.2, weight, reduction }],
      torch: `${torch}(a, b, label_smoothing=0.2, weight=c, reduction='${reduction}')`,
    },
  ]),
  { in: [{ shape: [3] }, { shape: [3], seed: 1, positive: true }] },
  {
    in: [{ shape: [2, 3, 2] }, { shape: [2, 3, 2], seed: 1, positive: true }],
    args: [{ reduction: "none" }],
    torch: `${torch}(a, b, reduction='none')`,
  },
  { in: [{ shape: [2, 3, 2] }, { shape: [2, 3, 2], seed: 1, positive: true }] },
  { in: [{ ...scores, dtype: "float32" }, chances] },
  {
    in: [
      { ...scores, dtype: "bfloat16" },
      { ...chances, dtype: "bfloat16" },
    ],
  },
];

/**
 * Cross entropy of scores and targets: `nllLoss` of `logSoftmax` (torch.nn.functional.cross_entropy).
 * @param x scores before softmax, [N, C], [C] or [N, C, d1, …]
 * @param target class numbers (int64, also int32 and uint8), [N], [] or [N, d1, …]; or probabilities of every class, in
 * the input's shape and a floating dtype
 * @throws ArgumentError for a target that is neither in [0, C) nor `ignoreIndex`, naming it and its place (on a CPU;
 * elsewhere its loss is NaN), for an unknown reduction, and for a labelSmoothing outside [0, 1].
 * @throws ShapeError for a target or weight that does not fit the input; DTypeError for their dtypes.
 */
export const crossEntropy: ClassLoss<CrossEntropyOptions> = Object.assign(
  (x: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor => {
    expectOptions("crossEntropy", options, '{ reduction: "sum" }');
    const { reduction = "mean", labelSmoothing = 0 } = options;
    expectReduction("crossEntropy", reduction);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new ArgumentError(`crossEntropy: expected labelSmoothing in [0, 1], got ${labelSmoothing}`);
    }
    expectScores("crossEntropy", x);
    expectTensor("crossEntropy", "target", target);
    if (isFloating(target.dtype)) return ofProbabilities(x, target, reduction, options);
    return ofClasses(x, target, reduction, options);
  },
  {
    opName: "crossEntropy",
    torch: `${torch}(a, b)`,
    differentiable: true,
    samples: [...classSamples(torch), ...ownSamples],
  },
);
