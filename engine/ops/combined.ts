// Several operations in one: interpolation, sums with a product, replacing what is no number. Every export is a Tensor
// method.
import { type DType, isFloating, resultType } from "../dtype.js";
import { DTypeError, expectOptions } from "../errors.js";
import {
  type Formula,
  broadcastAll,
  formula,
  inDType,
  notFloating,
  numberLike,
  numberWhere,
  onlyWhere,
  taken,
} from "../families.js";
import { anySamples, called } from "../families/samples.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";

type Lerp = ((x: Tensor, end: Tensor, weight: Tensor | number) => Tensor) & Declared;

const lerpSpec: OpSpec<undefined> = {
  name: "lerp",
  torch: "torch.lerp(a, b, 0.3)",
  infer: (inputs) => ({ shape: broadcastAll("lerp", inputs), dtype: inputs[0].dtype }),
  forward: ([x, end, weight]) => x.detach().add(end.detach().sub(x.detach()).mul(weight.detach())).storage,
  // d (x + w (y - x)) = (1 - w) dx + w dy + (y - x) dw
  vjp: (g, { in: [x, end, weight], needs }) => [
    needs[0] ? g.mul(weight.neg().add(1)) : undefined,
    needs[1] ? g.mul(weight) : undefined,
    needs[2] ? g.mul(end.sub(x)) : undefined,
  ],
  saves: "in",
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }], args: [0.3] },
    { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }, { shape: [2, 1], seed: 2 }], torch: "torch.lerp(a, b, c)" },
    { in: [{ shape: [0, 3] }, { shape: [3], seed: 1 }], args: [0.3] },
    { in: [1, 2], args: [0.3] },
    {
      in: [
        { shape: [3, 2], transposed: true },
        { shape: [3, 2], seed: 1 },
      ],
      args: [0.3],
    },
    {
      in: [
        { shape: [4], dtype: "float32" },
        { shape: [4], dtype: "float32", seed: 1 },
      ],
      args: [0.3],
    },
    {
      in: [
        [1, NaN, Infinity],
        [2, 1, 1],
      ],
      args: [0.3],
      gradcheck: false,
    },
  ],
};

/** `x + weight (end - x)`; the tensors have one floating dtype (torch.lerp). */
export const lerp: Lerp = declare(lerpSpec, (x: Tensor, end: Tensor, weight: Tensor | number) => {
  expectTensor("lerp", "input", x);
  expectTensor("lerp", "end", end);
  if (!isFloating(x.dtype)) throw notFloating("lerp", x.dtype);
  const w = typeof weight === "number" ? numberLike(weight, x.dtype, x.device) : weight;
  expectTensor("lerp", "weight", w);
  for (const other of [end, w]) {
    if (other.dtype !== x.dtype) throw new DTypeError(`lerp: expected ${x.dtype} throughout, got ${other.dtype}`);
  }
  return apply(lerpSpec, [x, end, w], undefined);
});

export interface ValueOptions {
  /** What the product or quotient is multiplied by. Default 1. */
  readonly value?: number;
}

type Added = ((x: Tensor, first: Tensor, second: Tensor, options?: ValueOptions) => Tensor) & Declared;

interface Value {
  readonly value: number;
}

function addedSpec(
  name: string,
  combine: (a: Tensor, b: Tensor) => Tensor,
  vjp: OpSpec<Value>["vjp"],
  samples: readonly Sample[],
): OpSpec<Value> {
  return {
    name,
    torch: `torch.${name}(a, b, c)`,
    infer: (inputs) => ({ shape: broadcastAll(name, inputs), dtype: inputs[0].dtype }),
    forward: ([x, a, b], { value }) => {
      const combined = combine(a.detach(), b.detach());
      return x.detach().add(value === 1 ? combined : combined.mul(value)).storage;
    },
    vjp,
    saves: "in",
    samples,
  };
}

const three = (third: { readonly positive?: boolean } = {}): readonly Sample[] => [
  { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }, { shape: [2, 1], seed: 2, ...third }] },
  { in: [{ shape: [3] }, { shape: [2, 3], seed: 1 }, { shape: [], seed: 2, ...third }] },
  { in: [{ shape: [0] }, { shape: [1], seed: 1 }, { shape: [1], seed: 2, ...third }] },
  { in: [1, 2, 3] },
  {
    in: [
      { shape: [3, 2], transposed: true },
      { shape: [3, 2], seed: 1 },
      { shape: [3, 2], seed: 2, ...third },
    ],
  },
  {
    in: [
      { shape: [4], dtype: "float32" },
      { shape: [4], dtype: "float32", seed: 1 },
      { shape: [4], dtype: "float32", seed: 2, ...third },
    ],
  },
  {
    in: [
      [1, NaN, Infinity],
      [2, 1, 1],
      [3, 2, 1],
    ],
    gradcheck: false,
  },
];

const addcmulSpec = addedSpec(
  "addcmul",
  (a, b) => a.mul(b),
  (g, { in: [, a, b], needs, options: { value } }) => [
    g,
    needs[1] ? g.mul(b).mul(value) : undefined,
    needs[2] ? g.mul(a).mul(value) : undefined,
  ],
  [
    ...three(),
    {
      in: [1, { shape: [3] }, { shape: [3], seed: 1 }],
      args: [{ value: -0.5 }],
      torch: "torch.addcmul(a, b, c, value=-0.5)",
    },
    { in: [1, 2, 3].map((n) => ({ values: [n, 5], dtype: "int32" as const })) },
  ],
);

const addcdivSpec = addedSpec(
  "addcdiv",
  (a, b) => a.div(b),
  (g, { in: [, a, b], needs, options: { value } }) => [
    g,
    needs[1] ? g.div(b).mul(value) : undefined,
    needs[2] ? g.neg().mul(a.div(b.square())).mul(value) : undefined,
  ],
  [
    ...three({ positive: true }),
    {
      in: [1, { shape: [3] }, { shape: [3], seed: 1, positive: true }],
      args: [{ value: -0.5 }],
      torch: "torch.addcdiv(a, b, c, value=-0.5)",
    },
  ],
);

/** The dtype of several tensors together: those with dims outrank 0-d ones of the same kind. */
function promotedOf(inputs: readonly Tensor[]): DType {
  const [first, ...others] = [...inputs].sort((a, b) => Number(b.ndim > 0) - Number(a.ndim > 0));
  let [dtype, rank] = [first.dtype, first.ndim];
  for (const x of others) [dtype, rank] = [resultType(dtype, rank, x.dtype, x.ndim), Math.max(rank, x.ndim)];
  return dtype;
}

const added = (spec: OpSpec<Value>, takes: "numbers" | "floats"): Added =>
  declare(spec, (x: Tensor, first: Tensor, second: Tensor, options?: ValueOptions) => {
    const { value = 1 } = expectOptions(spec.name, options, "{ value: 2 }");
    const { name } = spec;
    const inputs = [x, first, second];
    inputs.forEach((input, i) => expectTensor(name, ["input", "first", "second"][i], input));
    const dtype = taken(name, takes, promotedOf(inputs));
    return apply(
      spec,
      inputs.map((input) => inDType(input, dtype)),
      { value: isFloating(dtype) ? value : Math.trunc(value) }, // as PyTorch brings it to integers
    );
  });

/** `x + value first second`, with broadcasting (torch.addcmul). */
export const addcmul: Added = added(addcmulSpec, "numbers");
/** `x + value first / second`, with broadcasting, of floats (torch.addcdiv). */
export const addcdiv: Added = added(addcdivSpec, "floats");

export interface NanToNumOptions {
  /** In place of NaN. Default 0. */
  readonly nan?: number;
  /** In place of infinity. Default the largest number of the dtype. */
  readonly posinf?: number;
  /** In place of -infinity. Default the least number of the dtype. */
  readonly neginf?: number;
}

const largest: Partial<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: (2 - 2 ** -23) * 2 ** 127,
  bfloat16: (2 - 2 ** -7) * 2 ** 127,
  float16: 65504,
};

/** NaN and the infinities replaced by numbers; the gradient flows at the others (torch.nan_to_num). */
export const nanToNum: Formula<[options?: NanToNumOptions]> = formula({
  name: "nanToNum",
  torch: "torch.nan_to_num(a)",
  takes: "any",
  option: "{ nan: 0 }",
  of: (x, { nan = 0, posinf, neginf }: NanToNumOptions = {}) => {
    const limit = largest[x.dtype];
    if (limit === undefined) return x.clone();
    const numbers = numberWhere(x.isnan(), nan, x);
    return numberWhere(x.eq(-Infinity), neginf ?? -limit, numberWhere(x.eq(Infinity), posinf ?? limit, numbers));
  },
  vjp: (g, { in: [x] }) => onlyWhere(x.isfinite(), g),
  saves: "in",
  samples: [
    ...anySamples(),
    called(
      [NaN, Infinity, -Infinity, 1],
      [{ nan: 2, posinf: 3, neginf: -4 }],
      "torch.nan_to_num(a, nan=2.0, posinf=3.0, neginf=-4.0)",
      false,
    ),
    { in: [{ values: [NaN, Infinity, -Infinity, 1], dtype: "float32" }] },
    { in: [{ values: [NaN, Infinity, -Infinity, 1], dtype: "bfloat16" }] },
  ],
});
