// Exponentials, logarithms and the error function. Every export is a Tensor method.
import { formula, unary } from "../families.js";
import { anySamples } from "../families/samples.js";

/** e^x (torch.exp). */
export const exp = unary({
  name: "exp",
  tf: "Exp",
  takes: "promoted",
  vjp: (g, { out }) => g.mul(out),
  saves: "out",
  samples: anySamples(),
});

/** 2^x (torch.exp2). */
export const exp2 = formula({
  name: "exp2",
  takes: "promoted",
  of: (x) => x.fullLike(2).pow(x),
  vjp: (g, { out }) => g.mul(out).mul(Math.LN2),
  saves: "out",
  samples: anySamples(),
});

/** e^x - 1, exact near 0 (torch.expm1). */
export const expm1 = unary({
  name: "expm1",
  tf: "Expm1",
  takes: "promoted",
  vjp: (g, { out }) => g.mul(out.add(1)),
  saves: "out",
  samples: anySamples(),
});

/** Natural logarithm (torch.log). */
export const log = unary({
  name: "log",
  tf: "Log",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.div(x),
  saves: "in",
  samples: anySamples({ positive: true }),
});

/** ln(1 + x), exact near 0 (torch.log1p). */
export const log1p = unary({
  name: "log1p",
  tf: "Log1p",
  takes: "promoted",
  vjp: (g, { in: [x] }) => g.div(x.add(1)),
  saves: "in",
  samples: anySamples({ positive: true }),
});

/** Logarithm of base 2 (torch.log2). */
export const log2 = formula({
  name: "log2",
  takes: "promoted",
  of: (x) => x.log().mul(Math.LOG2E),
  vjp: (g, { in: [x] }) => g.div(x.mul(Math.LN2)),
  saves: "in",
  samples: anySamples({ positive: true }),
});

/** Logarithm of base 10 (torch.log10). */
export const log10 = formula({
  name: "log10",
  takes: "promoted",
  of: (x) => x.log().mul(Math.LOG10E),
  vjp: (g, { in: [x] }) => g.div(x.mul(Math.LN10)),
  saves: "in",
  samples: anySamples({ positive: true }),
});

/** The error function (torch.erf). */
export const erf = unary({
  name: "erf",
  tf: "Erf",
  takes: "promoted",
  // d erf x = 2/√π e^(-x²) dx
  vjp: (g, { in: [x] }) => g.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)),
  saves: "in",
  samples: anySamples(),
});
