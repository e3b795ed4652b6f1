// Losses.
import { execute, intAttr, kernel, typeAttr } from "../backend/native.js";
import { intScalar, scalar } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { where } from "./where.js";

export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** Default "mean". */
  readonly reduction?: Reduction;
}

export interface ClassLossOptions extends LossOptions {
  /** One factor per class, [C]; a mean is then weighted. */
  readonly weight?: Tensor;
  /** Targets of this value count for nothing. Without it every target must name a class. */
  readonly ignoreIndex?: number;
}

interface Classes {
  readonly classes: number;
}

/** x[i, index[i]] of a matrix: one element of each row. */
const pickSpec: OpSpec<undefined> = {
  name: "nllLoss",
  torch: "",
  infer: ([x]) => ({ shape: [x.shape[0]], dtype: x.dtype }),
  forward([x, index], _, out, on) {
    const attrs = [
      typeAttr("Tparams", x.dtype),
      typeAttr("Tindices", index.dtype),
      typeAttr("Taxis", "int32"),
      intAttr("batch_dims", 1),
    ];
    const columns = reshaped(index.storage, [x.shape[0], 1], index.dtype, on);
    return reshaped(
      execute(kernel("GatherV2", attrs, 3), on, "strided", x.strided(), columns, intScalar(on, 1)),
      out.shape,
      x.dtype,
      on,
    );
  },
  vjp: (g, { in: [, index], inShapes: [shape] }) => [apply(placeSpec, [g, index], { classes: shape[1] }), undefined],
  saves: "in",
  samples: [],
};

/** The transpose of `pick`: each value at its place in a row of zeros. */
const placeSpec: OpSpec<Classes> = {
  name: "nllLossGrad",
  torch: "",
  infer: ([g], { classes }) => ({ shape: [g.shape[0], classes], dtype: g.dtype }),
  forward([g, index], { classes }, _out, on) {
    const attrs = [typeAttr("T", g.dtype), typeAttr("TI", index.dtype), intAttr("axis", -1)];
    const hot = execute(
      kernel("OneHot", attrs, 4),
      on,
      "strided",
      index.storage,
      intScalar(on, classes),
      scalar(on, g.dtype, 1),
      scalar(on, g.dtype, 0),
    );
    return execute(
      kernel("Mul", [typeAttr("T", g.dtype)], 2),
      on,
      "strided",
      hot,
      reshaped(g.storage, [g.shape[0], 1], g.dtype, on),
    );
  },
  vjp: (gg, { in: [, index] }) => [apply(pickSpec, [gg, index], undefined), undefined],
  saves: "in",
  samples: [],
};

function reduced(loss: Tensor, reduction: Reduction): Tensor {
  switch (reduction) {
    case "mean":
      return loss.mean();
    case "sum":
      return loss.sum();
    case "none":
      return loss;
    default:
      throw new ArgumentError(
        `loss: expected a reduction of "mean", "sum" or "none", got ${JSON.stringify(reduction satisfies never)}`,
      );
  }
}

/** Classes last, everything else as rows. */
function rowsOfClasses(logProbabilities: Tensor): Tensor {
  const { ndim, shape } = logProbabilities;
  if (ndim === 1) return logProbabilities.unsqueeze(0);
  if (ndim === 2) return logProbabilities;
  const axes = [0, ...shape.slice(2).map((_, i) => i + 2), 1];
  return logProbabilities.permute(axes).reshape([-1, shape[1]]);
}

function checkClasses(op: string, x: Tensor, target: Tensor): void {
  expectTensor(op, "input", x);
  expectTensor(op, "target", target);
  if (!isFloating(x.dtype)) throw new DTypeError(`${op}: expected input of a floating dtype, got ${x.dtype}`);
  if (target.dtype !== "int64" && target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError(
      `${op}: expected class numbers (int64) as target, got ${target.dtype}; convert with .to("int64")`,
    );
  }
  const wanted = x.ndim === 1 ? [] : [x.shape[0], ...x.shape.slice(2)];
  if (x.ndim === 0 || !sameShape(target.shape, wanted)) {
    throw new ShapeError(
      `${op}: expected a target of ${shapeText(wanted)} for input ${shapeText(x.shape)}, got ${shapeText(target.shape)}`,
    );
  }
}

type ClassLoss = ((x: Tensor, target: Tensor, options?: ClassLossOptions) => Tensor) & Declared;

const classSamples = (name: string) =>
  [
    { in: [{ shape: [4, 3] }, { values: [0, 2, 1, 2], dtype: "int64" }] },
    {
      in: [{ shape: [4, 3] }, { values: [0, 2, 1, 2], dtype: "int64" }],
      args: [{ reduction: "sum" }],
      torch: `F.${name}(a, b, reduction='sum')`,
    },
    {
      in: [
        { shape: [2, 3, 2] },
        {
          values: [
            [0, 2],
            [1, 1],
          ],
          dtype: "int64",
        },
      ],
      args: [{ reduction: "none" }],
      torch: `F.${name}(a, b, reduction='none')`,
    },
    {
      in: [{ shape: [4, 3] }, { values: [0, 9, 1, 9], dtype: "int64" }],
      args: [{ ignoreIndex: 9 }],
      torch: `F.${name}(a, b, ignore_index=9)`,
    },
  ] as const;

/**
 * Negative log likelihood of class numbers (torch.nn.functional.nll_loss).
 * @param x log-probabilities, [N, C], [C] or [N, C, d1, …]
 * @param target class numbers, [N], [] or [N, d1, …]
 * @throws TensorFlowError when a target is not in [0, C): the message names it.
 */
export const nllLoss: ClassLoss = declare(
  { ...pickSpec, torch: "F.nll_loss(a, b)", samples: classSamples("nll_loss") },
  (x: Tensor, target: Tensor, { reduction = "mean", weight, ignoreIndex }: ClassLossOptions = {}) => {
    checkClasses("nllLoss", x, target);
    if (weight && !sameShape(weight.shape, [x.shape[x.ndim === 1 ? 0 : 1]])) {
      throw new ShapeError(
        `nllLoss: expected a weight of [${x.shape[x.ndim === 1 ? 0 : 1]}], got ${shapeText(weight.shape)}`,
      );
    }
    const rows = rowsOfClasses(x);
    const classes = target.dtype === "uint8" ? target.to("int64") : target;
    const flat = classes.reshape([-1]);
    const ignored = ignoreIndex === undefined ? undefined : flat.eq(ignoreIndex);
    const index = ignored ? where(ignored, flat.zerosLike(), flat) : flat;
    let loss = apply(pickSpec, [rows, index], undefined).neg();
    let factors =
      weight === undefined ? undefined : apply(pickSpec, [weight.unsqueeze(0).expand(rows.shape), index], undefined);
    if (ignored) {
      loss = where(ignored, loss.zerosLike(), loss); // not a product: an ignored row may be infinite
      factors = where(ignored, loss.zerosLike(), factors ?? loss.onesLike());
    }
    if (factors) loss = loss.mul(factors);
    if (reduction === "mean" && factors) return loss.sum().div(factors.sum());
    return reduced(reduction === "none" ? loss.reshape(target.shape) : loss, reduction);
  },
);

/**
 * `nllLoss` of `logSoftmax` (torch.nn.functional.cross_entropy with class numbers).
 * @param x scores before softmax, [N, C], [C] or [N, C, d1, …]
 */
export const crossEntropy: ClassLoss = declare(
  {
    ...pickSpec,
    name: "crossEntropy",
    torch: "F.cross_entropy(a, b)",
    samples: classSamples("cross_entropy"),
  },
  (x: Tensor, target: Tensor, options: ClassLossOptions = {}) => {
    checkClasses("crossEntropy", x, target);
    return nllLoss(x.logSoftmax(x.ndim === 1 ? 0 : 1), target, options);
  },
);

const warned = new Set<string>();

/** PyTorch's warning: [N, 1] against [N] makes [N, N] differences, which is hardly ever meant. Once per pair of shapes. */
function warnOfBroadcast(x: Tensor, target: Tensor): void {
  const text = `mseLoss: the target's shape ${shapeText(target.shape)} differs from the input's ${shapeText(x.shape)}; they are broadcast, which is hardly ever meant`;
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, "GradtapeWarning");
}

type PairLoss = ((x: Tensor, target: Tensor, options?: LossOptions) => Tensor) & Declared;

/** Mean of squared differences (torch.nn.functional.mse_loss). */
export const mseLoss: PairLoss = Object.assign(
  (x: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor => {
    expectTensor("mseLoss", "input", x);
    expectTensor("mseLoss", "target", target);
    if (!sameShape(x.shape, target.shape)) warnOfBroadcast(x, target);
    return reduced(x.sub(target).square(), reduction);
  },
  {
    opName: "mseLoss",
    torch: "F.mse_loss(a, b)",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }] },
      {
        in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }],
        args: [{ reduction: "sum" }],
        torch: "F.mse_loss(a, b, reduction='sum')",
      },
    ],
  } satisfies Declared,
);
