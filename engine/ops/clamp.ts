// Values kept within limits. Every export is a Tensor method.
import { scalar } from "../backend/constants.js";
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import { type DType, resultType, resultTypeWithNumber } from "../dtype.js";
import { ArgumentError } from "../errors.js";
import { broadcastAll, inDType, numberLike, onlyWhere, taken } from "../families.js";
import { called, floatSamples } from "../families/samples.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { Tensor } from "../tensor.js";

/** A number, a tensor that is broadcast, or undefined for no limit. */
export type Limit = Tensor | number | undefined;

export interface Limits {
  readonly min?: Tensor | number;
  readonly max?: Tensor | number;
}

interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
}

const clip = perDType((dtype) => kernel("ClipByValue", [typeAttr("T", dtype)], 3));

const withinNumbers: OpSpec<NumberLimits> = {
  name: "clamp",
  torch: "torch.clamp(a, -1, 1)",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], { min, max }, { dtype }, on) => {
    if (min === undefined) return x.detach().minimum(max ?? 0).storage;
    if (max === undefined) return x.detach().maximum(min).storage;
    if (Number.isNaN(min + max)) return x.detach().fullLike(NaN).storage;
    const { storage } = x;
    const least = Math.min(min, max); // the upper limit wins, as in PyTorch
    return execute(clip(dtype), on, storage.layout, storage, scalar(on, dtype, least), scalar(on, dtype, max));
  },
  vjp: (g, { in: [x], options: { min, max } }) => {
    if (min === undefined) return [onlyWhere(x.le(max ?? 0), g)];
    if (max === undefined) return [onlyWhere(x.ge(min), g)];
    return [onlyWhere(x.ge(min).logicalAnd(x.le(max)), g)];
  },
  saves: "in",
  samples: [
    ...floatSamples().map((sample) => ({ ...sample, args: [-1, 1] })),
    called([0, 1, 2, NaN, 5], [3, 1], "torch.clamp(a, 3, 1)", false),
    called([0, 1, 2, NaN], [0], "torch.clamp(a, 0)", false),
    called([0, 1, 2, NaN], [{ max: 1 }], "torch.clamp(a, max=1)", false),
    called([0, 1, 2], [NaN, 1], "torch.clamp(a, float('nan'), 1)", false),
    called({ values: [-3, 0, 5], dtype: "int64" }, [-1, 2], "torch.clamp(a, -1, 2)"),
    called({ values: [-3, 0, 5], dtype: "int64" }, [0.5], "torch.clamp(a, 0.5)"),
    called({ values: [0, 1], dtype: "bool" }, [0, 1], "torch.clamp(a, 0, 1)"),
    { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }], torch: "torch.clamp(a, b)" },
    { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }, { shape: [2, 1], seed: 2 }], torch: "torch.clamp(a, b, c)" },
    {
      in: [
        [0, 1, 2, NaN, 5, 0],
        [0, 0, 3, 0, 1, NaN],
        [1, 1, 1, 1, 5, 1],
      ],
      torch: "torch.clamp(a, b, c)",
      gradcheck: false,
    },
    {
      in: [
        { values: [1, 5], dtype: "int32" },
        { values: [2.5], dtype: "float32" },
      ],
      torch: "torch.clamp(a, b)",
    },
  ],
};

interface Which {
  readonly min: boolean;
  readonly max: boolean;
}

/** Inputs: x, then the lower limit, then the upper one, as far as there are any. */
const withinTensors: OpSpec<Which> = {
  name: "clamp",
  torch: "",
  infer: (inputs) => ({ shape: broadcastAll("clamp", inputs), dtype: inputs[0].dtype }),
  forward: (inputs, which) => {
    const [x, ...limits] = inputs.map((input) => input.detach());
    let out = x;
    if (which.min) out = out.maximum(limits[0]);
    if (which.max) out = out.minimum(limits[limits.length - 1]);
    return out.storage;
  },
  vjp: (g, { in: [x, ...limits], options: which }) => {
    const last = limits[limits.length - 1];
    if (!which.max) return [onlyWhere(x.ge(last), g), onlyWhere(x.lt(last), g)];
    if (!which.min) return [onlyWhere(x.le(last), g), onlyWhere(x.gt(last), g)];
    const [min, max] = limits;
    return [
      onlyWhere(x.ge(min).logicalAnd(x.le(max)), g),
      onlyWhere(min.lt(max).logicalAnd(x.lt(min)), g),
      onlyWhere(max.lt(min).logicalOr(x.gt(max)), g),
    ];
  },
  saves: "in",
  samples: [],
};

type Clamp = ((x: Tensor, min?: Limit | Limits, max?: Limit) => Tensor) & Declared;

/**
 * At least `min` and at most `max`, numbers or tensors (torch.clamp): `x.clamp(0, 1)`, `x.clamp({ max: 1 })`. Where the
 * limits cross, `max` wins. NaN stays.
 * @throws ArgumentError without any limit.
 */
export const clamp: Clamp = declare(withinNumbers, (x: Tensor, min?: Limit | Limits, max?: Limit) => {
  if (typeof min === "object" && !(min instanceof Tensor)) return clampBetween("clamp", x, min.min, min.max);
  return clampBetween("clamp", x, min, max);
});

type ClampOne = (x: Tensor, limit: Tensor | number) => Tensor;

/** At least `min` (torch.clamp_min). */
export const clampMin: ClampOne & Declared = Object.assign(
  (x: Tensor, min: Tensor | number) => clampBetween("clampMin", x, min, undefined),
  oneLimit("clampMin", "torch.clamp_min"),
);
/** At most `max` (torch.clamp_max). */
export const clampMax: ClampOne & Declared = Object.assign(
  (x: Tensor, max: Tensor | number) => clampBetween("clampMax", x, undefined, max),
  oneLimit("clampMax", "torch.clamp_max"),
);

function oneLimit(opName: string, torch: string): Declared {
  return {
    opName,
    torch: `${torch}(a, 0.5)`,
    differentiable: true,
    samples: [
      ...floatSamples().map((sample) => ({ ...sample, args: [0.5] })),
      { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }], torch: `${torch}(a, b)` },
      called({ values: [-3, 0, 5], dtype: "int64" }, [1], `${torch}(a, 1)`),
    ],
  };
}

function clampBetween(op: string, x: Tensor, min: Limit, max: Limit): Tensor {
  expectTensor(op, "input", x);
  if (min === undefined && max === undefined) throw new ArgumentError(`${op}: expected min, max or both, got neither`);
  const dtype = taken(op, "numbers", promoted(promoted({ dtype: x.dtype, ndim: x.ndim }, min), max).dtype);
  if (!(min instanceof Tensor) && !(max instanceof Tensor)) {
    return apply(withinNumbers, [inDType(x, dtype)], { min, max });
  }
  const limit = (value: Tensor | number): Tensor =>
    typeof value === "number" ? numberLike(value, dtype, x.device) : inDType(value, dtype);
  const limits = [min, max].flatMap((value) => (value === undefined ? [] : [limit(value)]));
  return apply(withinTensors, [inDType(x, dtype), ...limits], { min: min !== undefined, max: max !== undefined });
}

interface Typed {
  readonly dtype: DType;
  readonly ndim: number;
}

function promoted(x: Typed, limit: Limit): Typed {
  if (limit === undefined) return x;
  if (typeof limit === "number") return { dtype: resultTypeWithNumber(x.dtype, limit), ndim: x.ndim };
  return { dtype: resultType(x.dtype, x.ndim, limit.dtype, limit.ndim), ndim: Math.max(x.ndim, limit.ndim) };
}
