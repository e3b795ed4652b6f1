// Negative log likelihood of class numbers: the element of each row that its target names.
import { choose, pointwise } from "../backend/kernels.js";
import { expectOptions } from "../errors.js";
import { intScalar, intVector, scalar } from "../backend/constants.js";
import { boolAttr, execute, intAttr, kernel, perDType, typeAttr } from "../backend/native.js";
import { reshaped } from "../backend/layout.js";
import type { DType } from "../dtype.js";
import { type Declared, type OpSpec, apply, declare } from "../op.js";
import type { Storage } from "../storage.js";
import { crossed } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { type ClassLossOptions, classRows, settled, weighed } from "./classTargets.js";
import { classSamples } from "./classSamples.js";
import { type Reduction, expectReduction } from "./reduction.js";

type IndexDType = "int32" | "int64";
const byIndex = (make: (dtype: DType, index: IndexDType) => number) => {
  const [narrow, wide] = (["int32", "int64"] as const).map((index) => perDType((dtype) => make(dtype, index)));
  return (dtype: DType, index: DType) => (index === "int32" ? narrow : wide)(dtype);
};

const gather = byIndex((dtype, index) =>
  kernel(
    "GatherV2",
    [typeAttr("Tparams", dtype), typeAttr("Tindices", index), typeAttr("Taxis", "int32"), intAttr("batch_dims", 1)],
    3,
  ),
);
const oneHot = byIndex((dtype, index) =>
  kernel("OneHot", [typeAttr("T", dtype), typeAttr("TI", index), intAttr("axis", -1)], 4),
);
const negative = pointwise("Neg", 1);
const totals = {
  mean: perDType((dtype) => total("Mean", dtype)),
  sum: perDType((dtype) => total("Sum", dtype)),
} as const;
const total = (op: string, dtype: DType) =>
  kernel(op, [typeAttr("T", dtype), typeAttr("Tidx", "int32"), boolAttr("keep_dims", false)], 2);

/** The sum or mean of a vector, as kernels. */
export const totalOf = (losses: Storage, reduction: "mean" | "sum", dtype: DType, on: Tensor["device"]): Storage =>
  execute(totals[reduction](dtype), on, "strided", losses, intVector(on, [0]));

/** x[i, index[i]] of a matrix: one element of each row. */
const pickSpec: OpSpec<undefined> = {
  name: "nllLoss",
  torch: "",
  infer: ([x]) => ({ shape: [x.shape[0]], dtype: x.dtype }),
  forward: ([x, index], _, _out, on) =>
    execute(gather(x.dtype, index.dtype), on, "strided", x.strided(), index.strided(), intScalar(on, 1)),
  vjp: (g, { in: [, index], inShapes: [[, classes]] }) => [apply(placeSpec, [g, index], { classes }), undefined],
  saves: crossed,
  samples: [],
};

interface Classes {
  readonly classes: number;
}

/** The transpose of `pick`: each value at its place in a row of zeros. Not a product: 0 times infinity is no 0. */
const placeSpec: OpSpec<Classes> = {
  name: "nllLossGrad",
  torch: "",
  infer: ([g, index], { classes }) => ({ shape: [index.shape[0], classes], dtype: g.dtype }),
  forward([g, index], { classes }, _out, on) {
    const [yes, no] = [scalar(on, "bool", 1), scalar(on, "bool", 0)];
    const hot = execute(oneHot("bool", index.dtype), on, "strided", index.strided(), intScalar(on, classes), yes, no);
    const column = reshaped(g.strided(), [g.shape[0], 1], g.dtype, on);
    return execute(choose(g.dtype), on, "strided", hot, column, scalar(on, g.dtype, 0));
  },
  vjp: (gg, { in: [, index] }) => [apply(pickSpec, [gg, index], undefined), undefined],
  saves: crossed,
  samples: [],
};

interface Total {
  readonly reduction: "mean" | "sum";
}

/** Minus the sum or mean of what `pick` picks, in three kernels and with a gradient of two: it is in every step. */
const totalSpec: OpSpec<Total> = {
  name: "nllLoss",
  torch: "F.nll_loss(a, b)",
  infer: ([x]) => ({ shape: [], dtype: x.dtype }),
  forward([x, index], { reduction }, _out, on) {
    const id = gather(x.dtype, index.dtype);
    const picked = execute(id, on, "strided", x.strided(), index.strided(), intScalar(on, 1));
    return execute(negative(x.dtype), on, "strided", totalOf(picked, reduction, x.dtype, on));
  },
  vjp(g, { in: [, index], inShapes: [[count, classes]], options: { reduction } }) {
    return [apply(spreadSpec, [g.mul(reduction === "mean" ? -1 / count : -1), index], { classes }), undefined];
  },
  saves: crossed,
  samples: classSamples("F.nll_loss"),
};

/** One number at the place that each row's target names. */
const spreadSpec: OpSpec<Classes> = {
  name: "nllLossGrad",
  torch: "",
  infer: ([g, index], { classes }) => ({ shape: [index.shape[0], classes], dtype: g.dtype }),
  forward: ([g, index], { classes }, _out, on) =>
    execute(
      oneHot(g.dtype, index.dtype),
      on,
      "strided",
      index.strided(),
      intScalar(on, classes),
      g.strided(),
      scalar(on, g.dtype, 0),
    ),
  vjp: (gg, { in: [, index] }) => [apply(totalSpec, [gg, index], { reduction: "sum" }).neg(), undefined],
  saves: crossed,
  samples: [],
};

/** Losses [N] of rows of log-probabilities at their classes, differentiable. */
export const picked = (rows: Tensor, index: Tensor): Tensor => apply(pickSpec, [rows, index], undefined).neg();

/** One of the class losses. */
export type ClassLoss<O = ClassLossOptions> = ((x: Tensor, target: Tensor, options?: O) => Tensor) & Declared;

/**
 * Negative log likelihood of class numbers (torch.nn.functional.nll_loss). A weighted mean is divided by the sum of the
 * targets' weights; ignored targets count for nothing.
 * @param x log-probabilities, [N, C], [C] or [N, C, d1, …]
 * @param target class numbers (int64, also int32 and uint8), [N], [] or [N, d1, …]
 * @throws ArgumentError for a target that is neither in [0, C) nor `ignoreIndex`, naming it and its place (on a CPU;
 * elsewhere its loss is NaN), and for an unknown reduction.
 * @throws ShapeError for a target or weight that does not fit the input; DTypeError for their dtypes.
 */
export const nllLoss: ClassLoss = declare(totalSpec, (x: Tensor, target: Tensor, options: ClassLossOptions = {}) => {
  expectOptions("nllLoss", options, '{ reduction: "sum" }');
  const reduction: Reduction = options.reduction ?? "mean";
  expectReduction("nllLoss", reduction);
  const r = classRows("nllLoss", x, target, options);
  if (reduction !== "none" && !r.weight && !r.ignored) {
    const out = apply(totalSpec, [r.rows, r.index], { reduction });
    return out.dtype === x.dtype ? out : out.to(x.dtype);
  }
  return settled(weighed(picked(r.rows, r.index), r), r, reduction, x.dtype);
});
