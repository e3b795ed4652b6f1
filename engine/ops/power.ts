// Powers and roots. Every export is a Tensor method.
import { isFloating } from "../dtype.js";
import { ArgumentError } from "../errors.js";
import { binary, declaredAs, unary, zeroWhere } from "../families.js";
import { anySamples, called, floatPairs, numberPairs } from "../families/samples.js";
import { type Declared, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";

const powOfTwo = binary({
  name: "pow",
  tf: "Pow",
  takes: "numbers",
  via: { uint8: "int16" },
  // d(x^y) = y x^(y-1) dx + x^y ln x dy; nothing of x is left where y is 0, nor of y where x is 0 and y ≥ 0
  vjp: (g, { in: [x, y], out, needs }) => [
    needs[0] ? zeroWhere(y.eq(0), g.mul(y).mul(x.pow(y.sub(1)))) : undefined,
    needs[1] ? zeroWhere(x.eq(0).logicalAnd(y.ge(0)), g.mul(out).mul(x.log())) : undefined,
  ],
  saves: "in and out",
  samples: [
    ...floatPairs({}, { positive: true }),
    ...numberPairs().slice(-3),
    called({ shape: [2, 3] }, [3], "torch.pow(a, 3)"),
    called({ shape: [2, 3], positive: true }, [-1.5], "torch.pow(a, -1.5)"),
    called({ values: [3, 10, 0], dtype: "uint8" }, [3], "torch.pow(a, 3)"),
    called([0, 2, -1, NaN], [0], "torch.pow(a, 0)", false),
    called([0, 2, -1], [2], "torch.pow(a, 2)"),
    called({ shape: [3], positive: true }, [0.5], "torch.pow(a, 0.5)"),
    {
      in: [
        [0, 2, 0, 0],
        [0, 2, 1, -1],
      ],
      gradcheck: false,
    },
  ],
});

type Pow = ((x: Tensor, exponent: Tensor | number) => Tensor) & Declared;

/**
 * x to the power of a number or, element by element, of a tensor (torch.pow).
 * @throws ArgumentError for integers to a negative number, TensorFlowError for integers to a tensor with one below 0, where
 * PyTorch rounds the fraction towards 0.
 */
export const pow: Pow = declaredAs(powOfTwo, (x: Tensor, exponent: Tensor | number): Tensor => {
  expectTensor("pow", "input", x);
  if (typeof exponent === "number") {
    if (!isFloating(x.dtype) && Number.isInteger(exponent) && exponent < 0) {
      throw new ArgumentError(
        `pow: expected an exponent of 0 or more for ${x.dtype}, got ${exponent}; use .to("float32")`,
      );
    }
    // One kernel that is much cheaper than a general power; the gradients are the same.
    if (exponent === 2 && x.dtype !== "bool") return square(x);
  }
  return powOfTwo(x, exponent);
});

const squareOfNumbers = unary({
  name: "square",
  tf: "Square",
  takes: "numbers",
  vjp: (g, { in: [x] }) => g.mul(x).mul(2),
  saves: "in",
  samples: anySamples(),
});

type Square = ((x: Tensor) => Tensor) & Declared;

/** x²; of bool an int64 (torch.square). */
export const square: Square = declaredAs(squareOfNumbers, (x: Tensor): Tensor => {
  expectTensor("square", "input", x);
  return squareOfNumbers(x.dtype === "bool" ? x.to("int64") : x);
});

/** Square root (torch.sqrt). */
export const sqrt = unary({
  name: "sqrt",
  tf: "Sqrt",
  takes: "promoted",
  // d √x = dx / 2√x
  vjp: (g, { out }) => g.div(out.mul(2)),
  saves: "out",
  samples: anySamples({ positive: true }),
});

/** 1 / √x (torch.rsqrt). */
export const rsqrt = unary({
  name: "rsqrt",
  tf: "Rsqrt",
  takes: "promoted",
  // d x^(-1/2) = -x^(-3/2) dx / 2
  vjp: (g, { out }) => g.mul(-0.5).mul(out.pow(3)),
  saves: "out",
  samples: anySamples({ positive: true }),
});

/** 1 / x (torch.reciprocal). */
export const reciprocal = unary({
  name: "reciprocal",
  tf: "Reciprocal",
  takes: "promoted",
  vjp: (g, { out }) => g.neg().mul(out.square()),
  saves: "out",
  samples: anySamples({ positive: true }),
});
