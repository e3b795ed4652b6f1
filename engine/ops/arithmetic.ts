// Sums, differences, products, quotients and signs. Every export is a Tensor method.
import { isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, expectOptions } from "../errors.js";
import { binary, declaredAs, formula, twoOfOneDType, unary, zeroWhere } from "../families.js";
import { anyPairs, anySamples, called, numberPairs, numberSamples } from "../families/samples.js";
import { type Declared, expectTensor } from "../op.js";
import { crossed } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { divFloor, divTrunc } from "./division.js";

export interface AlphaOptions {
  /** `other` is multiplied by it first. Default 1. */
  readonly alpha?: number;
}

type Scaled = ((x: Tensor, other: Tensor | number, options?: AlphaOptions) => Tensor) & Declared;

/** `alpha * other`, in a dtype that the sum of integers may have. */
function scaled(op: string, x: Tensor, other: Tensor | number, alpha: number): Tensor | number {
  const whole =
    !isFloating(x.dtype) && (typeof other === "number" ? Number.isInteger(other) : !isFloating(other.dtype));
  if (whole && !Number.isInteger(alpha)) {
    throw new ArgumentError(`${op}: expected a whole alpha for integers, got ${alpha}`);
  }
  return typeof other === "number" ? other * alpha : other.mul(alpha);
}

const addPlain = binary({
  name: "add",
  tf: "AddV2",
  takes: "any",
  vjp: (g) => [g, g],
  saves: "nothing",
  samples: [
    ...anyPairs(),
    called({ shape: [2, 3] }, [2, { alpha: 0.5 }], "torch.add(a, 2, alpha=0.5)"),
    called({ values: [100, 27], dtype: "int8" }, [100], "torch.add(a, 100)"),
    called({ values: [0, 1], dtype: "bool" }, [2], "torch.add(a, 2)"),
    called({ values: [0, 1], dtype: "int64" }, [0.5], "torch.add(a, 0.5)"),
  ],
});

/** Sum, with broadcasting; of bool, either (torch.add). */
export const add: Scaled = declaredAs(addPlain, (x: Tensor, other: Tensor | number, options?: AlphaOptions) => {
  expectOptions("add", options, "{ alpha: 2 }");
  return addPlain(x, options?.alpha === undefined ? other : scaled("add", x, other, options.alpha));
});

const subPlain = binary({
  name: "sub",
  tf: "Sub",
  takes: "numbers",
  vjp: (g, { needs }) => [g, needs[1] ? g.neg() : undefined],
  saves: "nothing",
  samples: [
    ...numberPairs(),
    called({ shape: [2, 3] }, [2, { alpha: 3 }], "torch.sub(a, 2, alpha=3)"),
    called({ values: [0, 3], dtype: "uint8" }, [1], "torch.sub(a, 1)"),
  ],
});

/** Difference, with broadcasting (torch.sub). Refuses bool as PyTorch does. */
export const sub: Scaled = declaredAs(subPlain, (x: Tensor, other: Tensor | number, options?: AlphaOptions): Tensor => {
  expectOptions("sub", options, "{ alpha: 2 }");
  expectTensor("sub", "input", x);
  if (x.dtype === "bool" || (typeof other !== "number" && other.dtype === "bool")) {
    throw new DTypeError('sub: expected numbers, got bool; use logicalXor or logicalNot, or convert with .to("int64")');
  }
  return subPlain(x, options?.alpha === undefined ? other : scaled("sub", x, other, options.alpha));
});

type Reversed = ((x: Tensor, other: Tensor | number) => Tensor) & Declared;

/** `other - x` (torch.rsub). */
export const rsub: Reversed = declaredAs(
  subPlain,
  (x: Tensor, other: Tensor | number): Tensor => {
    expectTensor("rsub", "input", x);
    const [a, b] = twoOfOneDType("rsub", "numbers", x, other);
    return sub(b, a);
  },
  {
    opName: "rsub",
    torch: "torch.rsub(a, b)",
    samples: [...numberPairs(), called({ shape: [2, 3] }, [1], "torch.rsub(a, 1)")],
  },
);

/** Product, with broadcasting; of bool, both (torch.mul). */
export const mul = binary({
  name: "mul",
  tf: "Mul",
  takes: "any",
  // d(xy) = y dx + x dy
  vjp: (g, { in: [x, y], needs }) => [needs[0] ? g.mul(y) : undefined, needs[1] ? g.mul(x) : undefined],
  saves: crossed,
  samples: [
    ...anyPairs(),
    called({ shape: [2, 3] }, [-0.5], "torch.mul(a, -0.5)"),
    called({ values: [100, 27], dtype: "int8" }, [3], "torch.mul(a, 3)"),
  ],
});

export interface DivOptions {
  /** "trunc" rounds the quotient towards 0, "floor" down; integers then stay integers. */
  readonly roundingMode?: "trunc" | "floor";
}

type Div = ((x: Tensor, other: Tensor | number, options?: DivOptions) => Tensor) & Declared;

const divPlain = binary({
  name: "div",
  tf: "RealDiv",
  takes: "promoted",
  // d(x/y) = dx/y - x dy/y²
  vjp: (g, { in: [x, y], needs }) => {
    const gx = g.div(y);
    return [gx, needs[1] ? gx.neg().mul(x.div(y)) : undefined];
  },
  saves: "in",
  samples: [
    ...anyPairs({ positive: true }),
    called({ shape: [2, 3] }, [4], "torch.div(a, 4)"),
    called({ shape: [2, 3] }, [0.7, { roundingMode: "trunc" }], "torch.div(a, 0.7, rounding_mode='trunc')", false),
    called({ shape: [2, 3] }, [-0.7, { roundingMode: "floor" }], "torch.div(a, -0.7, rounding_mode='floor')", false),
    called(
      { values: [-7, 7, 8], dtype: "int64" },
      [2, { roundingMode: "trunc" }],
      "torch.div(a, 2, rounding_mode='trunc')",
    ),
    called(
      { values: [-7, 7, 8], dtype: "int8" },
      [2, { roundingMode: "floor" }],
      "torch.div(a, 2, rounding_mode='floor')",
    ),
    called(
      { values: [-7, 7, 8], dtype: "int8" },
      [-2, { roundingMode: "trunc" }],
      "torch.div(a, -2, rounding_mode='trunc')",
    ),
  ],
});

/**
 * Quotient; integers are divided as floats unless a rounding mode is given (torch.div).
 * @throws TensorFlowError for a rounded quotient of integers by 0.
 */
export const div: Div = declaredAs(divPlain, (x: Tensor, other: Tensor | number, options?: DivOptions): Tensor => {
  expectOptions("div", options, '{ roundingMode: "floor" }');
  const mode = options?.roundingMode;
  switch (mode) {
    case undefined:
      return divPlain(x, other);
    case "trunc":
      return divTrunc(x, other);
    case "floor":
      return divFloor(x, other);
    default:
      throw new ArgumentError(`div: expected roundingMode "trunc" or "floor", got ${String(mode satisfies never)}`);
  }
});

/** -x (torch.neg). */
export const neg = unary({
  name: "neg",
  tf: "Neg",
  takes: "numbers",
  via: { uint8: "int16" },
  vjp: (g) => g.neg(),
  saves: "nothing",
  samples: numberSamples(),
});

/** |x| (torch.abs). No gradient at 0. */
export const abs = unary({
  name: "abs",
  tf: "Abs",
  takes: "numbers",
  via: { uint8: "int16" },
  vjp: (g, { in: [x] }) => g.mul(x.sign()),
  saves: "in",
  samples: numberSamples(),
});

const signOfNumbers = unary({
  name: "sign",
  tf: "Sign",
  takes: "any",
  via: { uint8: "int16", bool: "int16" },
  vjp: "none",
  saves: "nothing",
  samples: [],
});

/** -1, 0 or 1; 0 for NaN (torch.sign). */
export const sign = formula({
  name: "sign",
  takes: "any",
  of: (x) => (isFloating(x.dtype) ? zeroWhere(x.isnan(), signOfNumbers(x)) : signOfNumbers(x)),
  vjp: (g) => g.zerosLike(),
  saves: "nothing",
  samples: anySamples(),
});
