// Rounding. Integers are whole already. Every export is a Tensor method.
import { isFloating } from "../dtype.js";
import { type Formula, formula, unary } from "../families.js";
import { called, floatSamples, numberSamples } from "../families/samples.js";
import { where } from "../functional/where.js";
import type { Sample } from "../op.js";
import type { Tensor } from "../tensor.js";

const halves: Sample = { in: [[0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994]], gradcheck: false };
const unsampled = { vjp: "none", saves: "nothing", samples: [] } as const;

const floorOfFloats = unary({ name: "floor", tf: "Floor", takes: "floats", ...unsampled });
const ceilOfFloats = unary({ name: "ceil", tf: "Ceil", takes: "floats", ...unsampled });
const nearest = unary({
  name: "round",
  tf: "Rint",
  takes: "floats",
  via: { float16: "float32", bfloat16: "float32" },
  ...unsampled,
});

/** Of floats by a kernel, of integers themselves; the steps have no slope. */
const step = (name: string, ofFloats: (x: Tensor) => Tensor): Formula<[]> =>
  formula({
    name,
    takes: "numbers",
    of: (x) => (isFloating(x.dtype) ? ofFloats(x) : x.clone()),
    vjp: (g) => g.zerosLike(),
    saves: "nothing",
    samples: [...numberSamples(), halves],
  });

/** Rounded down (torch.floor). */
export const floor: Formula<[]> = step("floor", floorOfFloats);
/** Rounded up (torch.ceil). */
export const ceil: Formula<[]> = step("ceil", ceilOfFloats);
/** Rounded towards 0 (torch.trunc). */
export const trunc: Formula<[]> = step("trunc", (x) => where(x.lt(0), ceilOfFloats(x), floorOfFloats(x)));

export interface RoundOptions {
  /** Digits after the point, or before it when negative. Default 0. */
  readonly decimals?: number;
}

/** The nearest whole number, halves to the even one; or so many decimals (torch.round). */
export const round: Formula<[options?: RoundOptions]> = formula({
  name: "round",
  takes: "numbers",
  option: "{ decimals: 2 }",
  of: (x, { decimals = 0 }: RoundOptions = {}) => {
    if (!isFloating(x.dtype)) return x.clone();
    if (decimals === 0) return nearest(x);
    const scale = 10 ** Math.abs(decimals);
    return decimals > 0 ? nearest(x.mul(scale)).div(scale) : nearest(x.div(scale)).mul(scale);
  },
  vjp: (g) => g.zerosLike(),
  saves: "nothing",
  samples: [
    ...numberSamples(),
    halves,
    called({ shape: [5] }, [{ decimals: 2 }], "torch.round(a, decimals=2)", false),
    called([1234.5, -9876, 50], [{ decimals: -2 }], "torch.round(a, decimals=-2)", false),
  ],
});

/** What is after the point, with x's sign (torch.frac). */
export const frac = formula({
  name: "frac",
  takes: "floats",
  of: (x) => x.sub(x.trunc()),
  vjp: (g) => g,
  saves: "nothing",
  samples: floatSamples(),
});
