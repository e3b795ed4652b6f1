// Trigonometric and hyperbolic functions and their inverses, in radians. Every export is a Tensor method.
import { binary, unary, zeroWhere } from "../families.js";
import { anyPairs, anySamples } from "../families/samples.js";

/** Sine (torch.sin). */
export const sin = unary({
  name: "sin",
  tf: "Sin",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.mul(x.cos()),
  saves: "in",
  samples: anySamples(),
});

/** Cosine (torch.cos). */
export const cos = unary({
  name: "cos",
  tf: "Cos",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.mul(x.sin().neg()),
  saves: "in",
  samples: anySamples(),
});

/** Tangent (torch.tan). */
export const tan = unary({
  name: "tan",
  tf: "Tan",
  takes: "promoted",
  // d tan x = (1 + tan² x) dx
  vjp: (g, { out }) => g.mul(out.square().add(1)),
  saves: "out",
  samples: anySamples({ within: true }),
});

/** Arc sine, in [-π/2, π/2] (torch.asin). */
export const asin = unary({
  name: "asin",
  tf: "Asin",
  takes: "promoted",
  // d asin x = dx / √(1 - x²)
  vjp: (g, { in: [x] }) => g.mul(x.square().neg().add(1).rsqrt()),
  saves: "in",
  samples: anySamples({ within: true }),
});

/** Arc cosine, in [0, π] (torch.acos). */
export const acos = unary({
  name: "acos",
  tf: "Acos",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.neg().mul(x.square().neg().add(1).rsqrt()),
  saves: "in",
  samples: anySamples({ within: true }),
});

/** Arc tangent, in [-π/2, π/2] (torch.atan). */
export const atan = unary({
  name: "atan",
  tf: "Atan",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.div(x.square().add(1)),
  saves: "in",
  samples: anySamples(),
});

/** The angle of the point (other, x), in [-π, π] (torch.atan2). */
export const atan2 = binary({
  name: "atan2",
  tf: "Atan2",
  takes: "promoted",
  // d atan2(y, x) = (x dy - y dx) / (x² + y²); PyTorch gives 0 at the origin
  vjp: (g, { in: [y, x], needs }) => {
    const square = x.square().add(y.square());
    const scaled = zeroWhere(square.eq(0), g.div(square));
    return [needs[0] ? scaled.mul(x) : undefined, needs[1] ? scaled.mul(y.neg()) : undefined];
  },
  saves: "in",
  // Not of float32 with float64: PyTorch squares in float32 there.
  samples: [
    ...anyPairs().filter((_, i) => i !== 6),
    {
      in: [
        [0, 1, -1],
        [0, 0, 0],
      ],
      gradcheck: false,
    },
  ],
});

/** Hyperbolic sine (torch.sinh). */
export const sinh = unary({
  name: "sinh",
  tf: "Sinh",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.mul(x.cosh()),
  saves: "in",
  samples: anySamples(),
});

/** Hyperbolic cosine (torch.cosh). */
export const cosh = unary({
  name: "cosh",
  tf: "Cosh",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.mul(x.sinh()),
  saves: "in",
  samples: anySamples(),
});

/** Hyperbolic tangent (torch.tanh). */
export const tanh = unary({
  name: "tanh",
  tf: "Tanh",
  takes: "promoted",
  // d tanh x = (1 - tanh² x) dx
  vjp: (g, { out }) => g.sub(g.mul(out.square())),
  saves: "out",
  samples: anySamples(),
});

/** Inverse hyperbolic sine (torch.asinh). */
export const asinh = unary({
  name: "asinh",
  tf: "Asinh",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.mul(x.square().add(1).rsqrt()),
  saves: "in",
  samples: anySamples(),
});

/** Inverse hyperbolic cosine, of x ≥ 1 (torch.acosh). */
export const acosh = unary({
  name: "acosh",
  tf: "Acosh",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.mul(x.square().sub(1).rsqrt()),
  saves: "in",
  samples: [
    ...anySamples({ positive: true }).map((sample) => ({ ...sample, gradcheck: false })),
    { in: [[1.25, 2, 7]] },
  ],
});

/** Inverse hyperbolic tangent, of x in (-1, 1) (torch.atanh). */
export const atanh = unary({
  name: "atanh",
  tf: "Atanh",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.div(x.square().neg().add(1)),
  saves: "in",
  samples: anySamples({ within: true }),
});
