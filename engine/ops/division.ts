// Rounded quotients and what they leave. `divTrunc` and `divFloor` are `div` with a rounding mode; the rest are methods.
import { isFloating } from "../dtype.js";
import { binary } from "../families.js";
import { called, numberPairs } from "../families/samples.js";
import { where } from "../functional/where.js";
import type { Declared } from "../op.js";
import type { Tensor } from "../tensor.js";

/** A rounded quotient is a step function. */
const flat = (g: Tensor): readonly Tensor[] => [g.zerosLike(), g.zerosLike()];
const unsampled = { vjp: "none", saves: "nothing", samples: [] } as const;

const wholeTrunc = binary({ name: "div", tf: "TruncateDiv", takes: "numbers", ...unsampled });
const wholeFloorDivide = binary({ name: "floorDivide", tf: "FloorDiv", takes: "numbers", ...unsampled });
const wholeFloor = binary({ name: "div", tf: "FloorDiv", takes: "numbers", ...unsampled });

/** The quotient rounded towards 0. */
export const divTrunc = binary({
  name: "div",
  tf: (x, y) => (isFloating(x.dtype) ? x.div(y).trunc() : wholeTrunc(x, y)),
  takes: "numbers",
  vjp: flat,
  saves: "nothing",
  samples: [],
});

/** The quotient rounded down. */
export const divFloor = binary({
  name: "div",
  tf: (x, y) => (isFloating(x.dtype) ? floorOfFloats(x, y) : wholeFloor(x, y)),
  takes: "numbers",
  vjp: flat,
  saves: "nothing",
  samples: [],
});

/** As Python's `//`: from the exact remainder, since rounding the inexact quotient of 1 by 0.1 would give 10. */
function floorOfFloats(x: Tensor, y: Tensor): Tensor {
  const rest = x.fmod(y);
  const crosses = rest.ne(0).logicalAnd(rest.lt(0).ne(y.lt(0)));
  const quotient = x.sub(rest).div(y).sub(crosses.to(x.dtype));
  const floor = quotient.floor();
  const whole = floor.add(quotient.sub(floor).gt(0.5).to(x.dtype));
  return where(y.eq(0), x.div(y), whole);
}

const wholeSamples = [
  called({ values: [-7, 7, 8, -8], dtype: "int64" }, [3], "3"),
  called({ values: [-7, 7, 8, -8], dtype: "int8" }, [-3], "-3"),
  called({ shape: [5] }, [-0.7], "-0.7", false),
  called({ values: [0, 1], dtype: "bool" }, [2], "2"),
];

const samplesOf = (torch: string): Declared["samples"] => [
  // Steps where the quotient is whole: finite differences cannot follow the divisor.
  ...numberPairs({ positive: true }).map((sample) => ({ ...sample, gradcheck: false })),
  ...wholeSamples.map((sample) => ({ ...sample, torch: torch.replace("NUMBER", sample.torch ?? "") })),
];

/**
 * The quotient rounded down, in the inputs' dtype (torch.floor_divide). Its gradient is 0 as that of `div` with a rounding
 * mode; PyTorch's floor_divide refuses backward.
 * @throws TensorFlowError for integers divided by 0.
 */
export const floorDivide = binary({
  name: "floorDivide",
  torch: "torch.div(a, b, rounding_mode='floor')",
  tf: (x, y) => (isFloating(x.dtype) ? floorOfFloats(x, y) : wholeFloorDivide(x, y)),
  takes: "numbers",
  vjp: flat,
  saves: "nothing",
  samples: samplesOf("torch.div(a, NUMBER, rounding_mode='floor')"),
});

/**
 * What a division rounded down leaves: has the divisor's sign, as Python's `%` (torch.remainder).
 * @throws TensorFlowError for integers divided by 0.
 */
export const remainder = binary({
  name: "remainder",
  tf: "FloorMod",
  takes: "numbers",
  // d(x - ⌊x/y⌋ y) = dx - ⌊x/y⌋ dy
  vjp: (g, { in: [x, y], needs }) => [g, needs[1] ? g.neg().mul(divFloor(x, y)) : undefined],
  saves: "in",
  samples: samplesOf("torch.remainder(a, NUMBER)"),
});

/**
 * What a division rounded towards 0 leaves: has the dividend's sign, as JavaScript's `%` (torch.fmod).
 * @throws TensorFlowError for integers divided by 0.
 */
export const fmod = binary({
  name: "fmod",
  tf: "TruncateMod",
  takes: "numbers",
  via: { float16: "float32", bfloat16: "float32", int8: "int32", uint8: "int32", int16: "int32" },
  vjp: (g, { in: [x, y], needs }) => [g, needs[1] ? g.neg().mul(divTrunc(x, y)) : undefined],
  saves: "in",
  samples: samplesOf("torch.fmod(a, NUMBER)"),
});
