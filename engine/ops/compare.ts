// Comparisons and tests: bool results, no gradient. Every export is a Tensor method.
import { expectOptions } from "../errors.js";
import { isFloating } from "../dtype.js";
import { type Formula, binary, formula, twoOfOneDType, unary } from "../families.js";
import { anyPairs, anySamples } from "../families/samples.js";
import { type Declared, expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

const samples = [
  ...anyPairs(),
  {
    in: [
      [1, 2, NaN, 0, Infinity],
      [1, 3, NaN, -0, Infinity],
    ],
  },
];
const comparison = { takes: "any", result: "bool", vjp: "none", saves: "nothing", samples } as const;

/** TensorFlow would otherwise answer false for shapes that do not fit. */
const strict = [{ name: "incompatible_shape_error", type: "bool", value: true }] as const;

/** x = y (torch.eq). */
export const eq = binary({ name: "eq", tf: "Equal", attrs: strict, ...comparison, via: {} });
/** x ≠ y (torch.ne). */
export const ne = binary({ name: "ne", tf: "NotEqual", attrs: strict, ...comparison, via: {} });
/** x < y (torch.lt). */
export const lt = binary({ name: "lt", tf: "Less", ...comparison });
/** x ≤ y (torch.le). */
export const le = binary({ name: "le", tf: "LessEqual", ...comparison });
/** x > y (torch.gt). */
export const gt = binary({ name: "gt", tf: "Greater", ...comparison });
/** x ≥ y (torch.ge). */
export const ge = binary({ name: "ge", tf: "GreaterEqual", ...comparison });

/** A test that only floats can fail or pass; `otherwise` is the answer for integers and bool. */
function test(name: string, tf: string, otherwise: 0 | 1): Formula<[]> {
  const ofFloats = unary({ name, tf, takes: "floats", result: "bool", vjp: "none", saves: "nothing", samples: [] });
  return formula({
    name,
    takes: "any",
    result: "bool",
    of: (x) => (isFloating(x.dtype) ? ofFloats(x) : x.to("bool").fullLike(otherwise)),
    vjp: "none",
    saves: "nothing",
    samples: anySamples(),
  });
}

/** Whether each element is NaN (torch.isnan). */
export const isnan: Formula<[]> = test("isnan", "IsNan", 0);
/** Whether each element is an infinity (torch.isinf). */
export const isinf: Formula<[]> = test("isinf", "IsInf", 0);
/** Whether each element is neither NaN nor an infinity (torch.isfinite). */
export const isfinite: Formula<[]> = test("isfinite", "IsFinite", 1);

export interface CloseOptions {
  /** How far apart in proportion to `other`. Default 1e-5. */
  readonly rtol?: number;
  /** How far apart in any case. Default 1e-8. */
  readonly atol?: number;
  /** Whether NaN is close to NaN. Default false. */
  readonly equalNan?: boolean;
}

type IsClose = ((x: Tensor, other: Tensor, options?: CloseOptions) => Tensor) & Declared;

const closeTo = binary({
  name: "isclose",
  tf: (x, y) => near(x, y, {}),
  takes: "any",
  result: "bool",
  vjp: "none",
  saves: "nothing",
  samples: [
    ...anyPairs().slice(0, 6),
    {
      in: [
        [1, 1, NaN, Infinity, 0],
        [1.000001, 1.0001, NaN, Infinity, 1e-9],
      ],
    },
    {
      in: [
        [1, 1, NaN, -Infinity, 0],
        [1.05, 1.2, NaN, Infinity, 0.05],
      ],
    },
  ],
});

function near(x: Tensor, y: Tensor, { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions): Tensor {
  if (!isFloating(x.dtype)) {
    const [a, b] = [x.to("float64"), y.to("float64")];
    return a.sub(b).abs().le(b.abs().mul(rtol).add(atol));
  }
  const distance = x.sub(y).abs();
  const within = distance.isfinite().logicalAnd(distance.le(y.abs().mul(rtol).add(atol)));
  const close = x.eq(y).logicalOr(within);
  return equalNan ? close.logicalOr(x.isnan().logicalAnd(y.isnan())) : close;
}

/** Whether each |x - other| ≤ atol + rtol |other|; infinities are close to themselves (torch.isclose). */
export const isclose: IsClose = Object.assign((x: Tensor, other: Tensor, options: CloseOptions = {}): Tensor => {
  expectOptions("isclose", options, "{ rtol: 1e-3 }");
  expectTensor("isclose", "input", x);
  expectTensor("isclose", "other", other);
  return near(...twoOfOneDType("isclose", "any", x, other), options);
}, closeTo);

type WholeTest<Rest extends readonly unknown[]> = (x: Tensor, other: Tensor, ...rest: Rest) => boolean;

/** Whether all elements are close (torch.allclose): see `isclose`. Reads the answer, so it waits for the device. */
export const allclose: WholeTest<[options?: CloseOptions]> = (x, other, options) =>
  isclose(x, other, options).all().item() === 1;

/** Whether both have the same shape and equal elements; NaN equals nothing (torch.equal). Waits for the device. */
export const equal: WholeTest<[]> = (x, other) => {
  expectTensor("equal", "input", x);
  expectTensor("equal", "other", other);
  return sameShape(x.shape, other.shape) && eq(x, other).all().item() === 1;
};
