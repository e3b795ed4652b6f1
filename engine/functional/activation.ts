// Activations that PyTorch has as functions only, the smooth ones and those with a tail below 0.
import { type Formula, formula } from "../families.js";
import { called, floatSamples } from "../families/samples.js";
import type { Tensor } from "../tensor.js";
import { where } from "./where.js";

export interface GeluOptions {
  /** "tanh": the approximation of the original transformer. Default "none". */
  readonly approximate?: "none" | "tanh";
}

const tanhScale = Math.sqrt(2 / Math.PI);
const tanhCubic = 0.044715;

/** The inner tanh of the approximation. */
const bend = (x: Tensor): Tensor => x.mul(x.square().mul(tanhCubic).add(1)).mul(tanhScale).tanh();
/** The standard normal's distribution function. */
const normalCdf = (x: Tensor): Tensor => x.mul(Math.SQRT1_2).erf().add(1).mul(0.5);

/** x Φ(x), with the standard normal's distribution function Φ (torch.nn.functional.gelu; Hendrycks and Gimpel, 2016). */
export const gelu: Formula<[options?: GeluOptions]> = formula({
  name: "gelu",
  torch: "F.gelu(a)",
  takes: "floats",
  option: '{ approximate: "tanh" }',
  of: (x, { approximate = "none" }: GeluOptions = {}) =>
    approximate === "tanh" ? x.mul(bend(x).add(1)).mul(0.5) : x.mul(normalCdf(x)),
  vjp: (g, { in: [x], options: [{ approximate = "none" } = {}] }) => {
    if (approximate === "tanh") {
      const t = bend(x);
      const inner = x
        .square()
        .mul(3 * tanhCubic)
        .add(1)
        .mul(tanhScale);
      return g.mul(
        t
          .add(1)
          .mul(0.5)
          .add(x.mul(0.5).mul(t.square().neg().add(1)).mul(inner)),
      );
    }
    // d x Φ(x) = (Φ(x) + x φ(x)) dx
    const density = x
      .square()
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI));
    return g.mul(normalCdf(x).add(x.mul(density)));
  },
  saves: "in",
  samples: [
    ...floatSamples(),
    called({ shape: [2, 3] }, [{ approximate: "tanh" }], "F.gelu(a, approximate='tanh')"),
    called({ shape: [7], dtype: "float32" }, [{ approximate: "tanh" }], "F.gelu(a, approximate='tanh')"),
  ],
});

/** x σ(x), also called swish (torch.nn.functional.silu). */
export const silu: Formula<[]> = formula({
  name: "silu",
  torch: "F.silu(a)",
  takes: "floats",
  of: (x) => x.mul(x.sigmoid()),
  // d x σ = σ (1 + x (1 - σ)) dx
  vjp: (g, { in: [x] }) => {
    const s = x.sigmoid();
    return g.mul(s.mul(x.mul(s.neg().add(1)).add(1)));
  },
  saves: "in",
  samples: floatSamples(),
});

/** ln(1 + e^x), without overflow, without history. */
const plainSoftplus = (x: Tensor): Tensor => x.clampMin(0).add(x.abs().neg().exp().log1p());

/** x tanh(ln(1 + e^x)) (torch.nn.functional.mish; Misra, 2019). */
export const mish: Formula<[]> = formula({
  name: "mish",
  torch: "F.mish(a)",
  takes: "floats",
  of: (x) => x.mul(plainSoftplus(x).tanh()),
  // d x t = (t + x σ (1 - t²)) dx, with t = tanh(softplus(x))
  vjp: (g, { in: [x] }) => {
    const t = softplus(x).tanh();
    return g.mul(t.add(x.mul(x.sigmoid()).mul(t.square().neg().add(1))));
  },
  saves: "in",
  samples: floatSamples(),
});

export interface SoftplusOptions {
  /** Steepness: ln(1 + e^(beta x)) / beta. Default 1. */
  readonly beta?: number;
  /** Above this value of beta x the result is x itself. Default 20. */
  readonly threshold?: number;
}

/** ln(1 + e^x), a smooth relu (torch.nn.functional.softplus). */
export const softplus: Formula<[options?: SoftplusOptions]> = formula({
  name: "softplus",
  torch: "F.softplus(a)",
  takes: "floats",
  option: "{ beta: 2 }",
  of: (x, { beta = 1, threshold = 20 }: SoftplusOptions = {}) => {
    const bx = x.mul(beta);
    return where(bx.gt(threshold), x, plainSoftplus(bx).div(beta));
  },
  vjp: (g, { in: [x], options: [{ beta = 1, threshold = 20 } = {}] }) => {
    const bx = x.mul(beta);
    return where(bx.gt(threshold), g, g.mul(bx.sigmoid()));
  },
  saves: "in",
  samples: [
    ...floatSamples(),
    called([-3, 0.5, 9, 30], [{ beta: 2, threshold: 5 }], "F.softplus(a, beta=2, threshold=5)"),
  ],
});

/** ln σ(x), without underflow (torch.nn.functional.logsigmoid). */
export const logSigmoid: Formula<[]> = formula({
  name: "logSigmoid",
  torch: "F.logsigmoid(a)",
  takes: "floats",
  of: (x) => x.clampMax(0).sub(x.abs().neg().exp().log1p()),
  // d ln σ(x) = σ(-x) dx
  vjp: (g, { in: [x] }) => g.mul(x.neg().sigmoid()),
  saves: "in",
  samples: floatSamples(),
});

/** x, below 0 a small part of it (torch.nn.functional.leaky_relu). */
export const leakyRelu: Formula<[negativeSlope?: number]> = formula({
  name: "leakyRelu",
  torch: "F.leaky_relu(a)",
  takes: "floats",
  of: (x, negativeSlope = 0.01) => where(x.gt(0), x, x.mul(negativeSlope)),
  vjp: (g, { in: [x], options: [negativeSlope = 0.01] }) => where(x.gt(0), g, g.mul(negativeSlope)),
  saves: "in",
  samples: [...floatSamples(), called([0.5, -2, 0], [0.2], "F.leaky_relu(a, 0.2)", false)],
});

/** x, below 0 an exponential that ends at -below: scale (e^(x·steepness) - 1). */
interface ExponentialUnit {
  readonly above: number;
  readonly below: number;
  readonly steepness: number;
}

const unit = (x: Tensor, { above, below, steepness }: ExponentialUnit): Tensor =>
  where(x.gt(0), x.mul(above), x.mul(steepness).clampMax(0).expm1().mul(below));

const unitSlope = (g: Tensor, x: Tensor, { above, below, steepness }: ExponentialUnit): Tensor =>
  where(
    x.gt(0),
    g.mul(above),
    g.mul(
      x
        .mul(steepness)
        .clampMax(0)
        .exp()
        .mul(below * steepness),
    ),
  );

const eluOf = (alpha = 1): ExponentialUnit => ({ above: 1, below: alpha, steepness: 1 });
const celuOf = (alpha = 1): ExponentialUnit => ({ above: 1, below: alpha, steepness: 1 / alpha });
const selu1 = 1.0507009873554805;
const selu2 = 1.6732632423543772;
const seluOf: ExponentialUnit = { above: selu1, below: selu1 * selu2, steepness: 1 };

/** x, below 0 alpha (e^x - 1) (torch.nn.functional.elu; Clevert et al., 2015). */
export const elu: Formula<[alpha?: number]> = formula({
  name: "elu",
  torch: "F.elu(a)",
  takes: "floats",
  of: (x, alpha) => unit(x, eluOf(alpha)),
  vjp: (g, { in: [x], options: [alpha] }) => unitSlope(g, x, eluOf(alpha)),
  saves: "in",
  samples: [...floatSamples(), called({ shape: [6] }, [0.5], "F.elu(a, 0.5)")],
});

/** x, below 0 alpha (e^(x/alpha) - 1): continuously differentiable (torch.nn.functional.celu; Barron, 2017). */
export const celu: Formula<[alpha?: number]> = formula({
  name: "celu",
  torch: "F.celu(a)",
  takes: "floats",
  of: (x, alpha) => unit(x, celuOf(alpha)),
  vjp: (g, { in: [x], options: [alpha] }) => unitSlope(g, x, celuOf(alpha)),
  saves: "in",
  samples: [...floatSamples(), called({ shape: [6] }, [0.5], "F.celu(a, 0.5)")],
});

/** elu with the constants that keep mean 0 and variance 1 (torch.nn.functional.selu; Klambauer et al., 2017). */
export const selu: Formula<[]> = formula({
  name: "selu",
  torch: "F.selu(a)",
  takes: "floats",
  of: (x) => unit(x, seluOf),
  vjp: (g, { in: [x] }) => unitSlope(g, x, seluOf),
  saves: "in",
  samples: floatSamples(),
});
