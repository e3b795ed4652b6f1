// Variance and standard deviation over dims. Every export is a Tensor method.
import { isFloating, isHalf } from "../dtype.js";
import {
  type Dims,
  type Reduce,
  type ReduceOptions,
  type Reduction,
  dimsAndOptions,
  inDType,
  notFloating,
  restored,
  zeroWhere,
} from "../families.js";
import { called } from "../families/samples.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { normaliseDims, reducedShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { overDims } from "./reduce.js";

export interface VarOptions extends ReduceOptions {
  /** What is taken from the number of elements in the denominator. Default 1 (Bessel's correction). */
  readonly correction?: number;
}

interface Spread extends Reduction {
  readonly correction: number;
}

const countOf = (shape: readonly number[], dims: readonly number[]): number => dims.reduce((n, d) => n * shape[d], 1);

/** Sums of half precisions are kept in float32. */
const exact = (x: Tensor): Tensor => (isHalf(x.dtype) ? x.to("float32") : x);

/** Mean squared distance from the mean, without history. */
function variance(x: Tensor, { dims, keepdim, correction }: Spread): Tensor {
  const wide = exact(x.detach());
  const apart = wide.sub(wide.mean(dims, { keepdim: true })).square();
  const degrees = Math.max(0, countOf(x.shape, dims) - correction);
  return inDType(apart.sum(dims, { keepdim }).div(degrees), x.dtype);
}

/** d var = 2 (x - mean) dx / (n - correction) */
function slope(x: Tensor, g: Tensor, { dims, correction }: Spread): Tensor {
  const degrees = Math.max(0, countOf(x.shape, dims) - correction);
  return x.sub(x.mean(dims, { keepdim: true })).mul(g.mul(2 / degrees));
}

const samplesOf = (name: string) => [
  // The variance of one element is NaN.
  ...overDims(name).map((sample) => (sample.in[0] === 3 ? { ...sample, gradcheck: false } : sample)),
  called({ shape: [2, 3] }, [1, { correction: 0 }], `torch.${name}(a, 1, correction=0)`),
  called({ shape: [6] }, [{ correction: 2 }], `torch.${name}(a, correction=2)`),
  { in: [[1, 1, 1]], gradcheck: false },
  called([5], [{ correction: 0 }], `torch.${name}(a, correction=0)`, false),
  { in: [[1, NaN, Infinity]], gradcheck: false },
];

const varSpec: OpSpec<Spread> = {
  name: "var",
  torch: "torch.var(a)",
  infer: ([x], { dims, keepdim }) => ({ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }),
  forward: ([x], options) => variance(x, options).storage,
  vjp: (g, saved) => [slope(saved.in[0], restored(g, saved), saved.options)],
  saves: "in",
  samples: samplesOf("var"),
};

const stdSpec: OpSpec<Spread> = {
  ...varSpec,
  name: "std",
  torch: "torch.std(a)",
  forward: ([x], options) => variance(x, options).sqrt().storage,
  // d √v = dv / 2√v; a constant has no slope in PyTorch
  vjp: (g, saved) => {
    const { out } = saved;
    const ofVariance = zeroWhere(out.eq(0), g.div(out.mul(2)));
    return [slope(saved.in[0], restored(ofVariance, saved), saved.options)];
  },
  saves: "in and out",
  samples: samplesOf("std"),
};

const spreadOf = (spec: OpSpec<Spread>): Reduce<VarOptions> =>
  declare(spec, (x: Tensor, dim?: Dims | VarOptions, options?: VarOptions): Tensor => {
    const { name } = spec;
    expectTensor(name, "input", x);
    if (!isFloating(x.dtype)) throw notFloating(name, x.dtype);
    const [over, { keepdim = false, correction = 1 }] = dimsAndOptions(name, dim, options);
    return apply(spec, [x], { dims: normaliseDims(name, over, x.ndim), keepdim, correction });
  });

/** Variance over dims, with Bessel's correction unless `correction` says otherwise (torch.var). */
const variances: Reduce<VarOptions> = spreadOf(varSpec);
export { variances as var };

/** Standard deviation over dims, with Bessel's correction unless `correction` says otherwise (torch.std). */
export const std: Reduce<VarOptions> = spreadOf(stdSpec);

type VarMean = ((x: Tensor, dim?: Dims | VarOptions, options?: VarOptions) => readonly [Tensor, Tensor]) & Declared;

/** Variance and mean over the same dims (torch.var_mean). */
export const varMean: VarMean = Object.assign(
  (x: Tensor, dim?: Dims | VarOptions, options?: VarOptions): readonly [Tensor, Tensor] => {
    const [over, { keepdim = false }] = dimsAndOptions("varMean", dim, options);
    const spread = variances(x, dim, options);
    return [spread, x.mean(over, { keepdim })];
  },
  { opName: "varMean", torch: "torch.var_mean(a)", differentiable: true, samples: samplesOf("var_mean") },
);
