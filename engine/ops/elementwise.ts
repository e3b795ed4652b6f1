// Elementwise arithmetic and functions of one or two tensors. Every export is a Tensor method.
import { where } from "../functional/where.js";
import { binary, unary } from "../families.js";

const small = { shape: [2, 3] } as const;
const positive = { shape: [2, 3], positive: true } as const;
const row = { shape: [3], seed: 1 } as const;
const column = { shape: [2, 1], seed: 2 } as const;

/** Sum, with broadcasting (torch.add). */
export const add = binary({
  name: "add",
  tf: "AddV2",
  vjp: (g) => [g, g],
  saves: "nothing",
  samples: [
    { in: [small, row] },
    { in: [small, column] },
    { in: [{ shape: [3] }, { shape: [], seed: 3 }] },
    { in: [{ shape: [0, 3] }, row] },
  ],
});

/** Difference, with broadcasting (torch.sub). */
export const sub = binary({
  name: "sub",
  tf: "Sub",
  vjp: (g, { needs }) => [g, needs[1] ? g.neg() : undefined],
  saves: "nothing",
  samples: [{ in: [small, row] }, { in: [column, row] }, { in: [small], args: [2], torch: "torch.sub(a, 2)" }],
});

/** Product, with broadcasting (torch.mul). */
export const mul = binary({
  name: "mul",
  tf: "Mul",
  // d(xy) = y dx + x dy
  vjp: (g, { in: [x, y], needs }) => [needs[0] ? g.mul(y) : undefined, needs[1] ? g.mul(x) : undefined],
  saves: "in",
  samples: [{ in: [small, row] }, { in: [column, row] }, { in: [small], args: [-0.5], torch: "torch.mul(a, -0.5)" }],
});

/** Quotient; integers are divided as floats (torch.div). */
export const div = binary({
  name: "div",
  tf: "RealDiv",
  result: "float",
  // d(x/y) = dx/y - x dy/y²
  vjp: (g, { in: [x, y], needs }) => {
    const gx = g.div(y);
    return [gx, needs[1] ? gx.mul(x).div(y).neg() : undefined];
  },
  saves: "in",
  samples: [
    { in: [small, { shape: [3], positive: true, seed: 1 }] },
    { in: [small], args: [4], torch: "torch.div(a, 4)" },
  ],
});

/** x to the power y (torch.pow). */
export const pow = binary({
  name: "pow",
  tf: "Pow",
  // d(x^y) = y x^(y-1) dx + x^y ln x dy; where y is 0 nothing of x is left, and x^y ln x is 0 at x = 0
  vjp: (g, { in: [x, y], out, needs }) => [
    needs[0] ? where(y.eq(0), g.zerosLike(), g.mul(y).mul(x.pow(y.sub(1)))) : undefined,
    needs[1] ? g.mul(out).mul(where(x.eq(0), x.onesLike(), x).log()) : undefined,
  ],
  saves: "in and out",
  samples: [
    { in: [positive, row] },
    { in: [positive], args: [3], torch: "torch.pow(a, 3)" },
    { in: [[0, 2, -1]], args: [0], torch: "torch.pow(a, 0)", gradcheck: false },
    { in: [[0, 2], { values: [0, 2], dtype: "float64" }], gradcheck: false },
  ],
});

/** The larger of two; a tie shares its gradient in halves (torch.maximum). */
export const maximum = binary({
  name: "maximum",
  tf: "Maximum",
  vjp: (g, { in: [x, y] }) => {
    const tie = x.eq(y).to(g.dtype).mul(0.5);
    return [g.mul(x.gt(y).to(g.dtype).add(tie)), g.mul(y.gt(x).to(g.dtype).add(tie))];
  },
  saves: "in",
  samples: [
    { in: [small, row] },
    {
      in: [
        [1, 2, 3],
        [3, 2, 1],
      ],
      gradcheck: false,
    },
  ],
});

/** The smaller of two; a tie shares its gradient in halves (torch.minimum). */
export const minimum = binary({
  name: "minimum",
  tf: "Minimum",
  vjp: (g, { in: [x, y] }) => {
    const tie = x.eq(y).to(g.dtype).mul(0.5);
    return [g.mul(x.lt(y).to(g.dtype).add(tie)), g.mul(y.lt(x).to(g.dtype).add(tie))];
  },
  saves: "in",
  samples: [
    { in: [small, row] },
    {
      in: [
        [1, 2, 3],
        [3, 2, 1],
      ],
      gradcheck: false,
    },
  ],
});

/** -x (torch.neg). */
export const neg = unary({ name: "neg", tf: "Neg", vjp: (g) => g.neg(), saves: "nothing", samples: [{ in: [small] }] });

/** |x| (torch.abs). */
export const abs = unary({
  name: "abs",
  tf: "Abs",
  vjp: (g, { in: [x] }) => g.mul(x.sign()),
  saves: "in",
  samples: [{ in: [small] }, { in: [[-1, 0, 2]], gradcheck: false }],
});

/** -1, 0 or 1 (torch.sign). */
export const sign = unary({
  name: "sign",
  tf: "Sign",
  vjp: (g) => g.mul(0),
  saves: "nothing",
  samples: [{ in: [small] }],
});

/** e^x (torch.exp). */
export const exp = unary({
  name: "exp",
  tf: "Exp",
  result: "float",
  vjp: (g, { out }) => g.mul(out),
  saves: "out",
  samples: [{ in: [small] }, { in: [[-100, 0, 88]], gradcheck: false }],
});

/** Natural logarithm (torch.log). */
export const log = unary({
  name: "log",
  tf: "Log",
  result: "float",
  vjp: (g, { in: [x] }) => g.div(x),
  saves: "in",
  samples: [{ in: [positive] }],
});

/** Square root (torch.sqrt). */
export const sqrt = unary({
  name: "sqrt",
  tf: "Sqrt",
  result: "float",
  // d √x = dx / 2√x
  vjp: (g, { out }) => g.div(out.mul(2)),
  saves: "out",
  samples: [{ in: [positive] }],
});

/** x² (torch.square). */
export const square = unary({
  name: "square",
  tf: "Square",
  vjp: (g, { in: [x] }) => g.mul(x).mul(2),
  saves: "in",
  samples: [{ in: [small] }],
});

/** Hyperbolic tangent (torch.tanh). */
export const tanh = unary({
  name: "tanh",
  tf: "Tanh",
  result: "float",
  // d tanh x = (1 - tanh² x) dx
  vjp: (g, { out }) => g.sub(g.mul(out.square())),
  saves: "out",
  samples: [{ in: [small] }],
});

/** 1 / (1 + e^-x) (torch.sigmoid). */
export const sigmoid = unary({
  name: "sigmoid",
  tf: "Sigmoid",
  result: "float",
  // dσ = σ (1 - σ) dx
  vjp: (g, { out }) => g.mul(out.sub(out.square())),
  saves: "out",
  samples: [{ in: [small] }],
});

/** max(x, 0); no gradient at 0 (torch.relu). */
export const relu = unary({
  name: "relu",
  tf: "Relu",
  vjp: (g, { out }) => g.reluGrad(out),
  saves: "out",
  samples: [{ in: [small] }, { in: [[-1, 0, 2]], gradcheck: false }],
});

/** The gradient of `relu`: `g` where its result is positive, else 0. */
export const reluGrad = binary({
  name: "reluGrad",
  torch: "a * (b > 0)",
  tf: "ReluGrad",
  vjp: (g, { in: [, out], needs }) => [g.reluGrad(out), needs[1] ? out.mul(0) : undefined],
  saves: "in",
  samples: [{ in: [small, { shape: [2, 3], seed: 4 }] }],
});
