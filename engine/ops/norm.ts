// Norms and the logarithm of a sum of exponentials over dims. Every export is a Tensor method.
import { isFloating, isHalf } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import {
  type Dims,
  type DTypeReduceOptions,
  type ReduceOptions,
  type Reduction,
  inDType,
  notFloating,
  restored,
  taken,
  zeroWhere,
} from "../families.js";
import { called } from "../families/samples.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import { normaliseDims, reducedShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { overDims } from "./reduce.js";

interface NormOptions extends Reduction {
  readonly p: number;
}

/** Sums of half precisions are kept in float32. */
const exact = (x: Tensor): Tensor => (isHalf(x.dtype) ? x.to("float32") : x);

/** (Σ |x|^p)^(1/p) and its limits, without history. */
function normOf(x: Tensor, { p, dims, keepdim }: NormOptions): Tensor {
  const wide = exact(x.detach());
  const over = { keepdim };
  switch (p) {
    case 0:
      return wide.ne(0).to(wide.dtype).sum(dims, over);
    case 1:
      return wide.abs().sum(dims, over);
    case 2:
      return wide.square().sum(dims, over).sqrt();
    case Infinity:
      return wide.abs().amax(dims, over);
    case -Infinity:
      return wide.abs().amin(dims, over);
    default:
      return wide
        .abs()
        .pow(p)
        .sum(dims, over)
        .pow(1 / p);
  }
}

/** d norm = sgn x |x|^(p-1) / norm^(p-1) dx; nothing at 0, where PyTorch takes the subgradient 0. */
function normSlope(x: Tensor, g: Tensor, norm: Tensor, { p, dims }: NormOptions): Tensor {
  switch (p) {
    case 0:
      return x.zerosLike();
    case 1:
      return x.sign().mul(g);
    case 2:
      return x.mul(zeroWhere(norm.eq(0), g.div(norm)));
    case Infinity:
    case -Infinity: {
      const here = x.abs().eq(norm).to(x.dtype);
      return x.sign().mul(here.div(here.sum(dims, { keepdim: true })).mul(g));
    }
    default: {
      const scaled = zeroWhere(x.eq(0), x.sign().mul(x.abs().pow(p - 1)));
      return scaled.mul(zeroWhere(norm.eq(0), g.div(norm.pow(p - 1))));
    }
  }
}

const normSamples: readonly Sample[] = [
  ...overDims("norm").map((sample) =>
    sample.args
      ? { ...sample, args: [2, ...sample.args], torch: sample.torch?.replace("norm(a, ", "norm(a, 2, ") }
      : sample,
  ),
  called({ shape: [2, 3] }, ["fro"], "torch.norm(a, 'fro')"),
  called({ shape: [2, 3] }, [1, 1], "torch.norm(a, 1, 1)"),
  called([0, -2, 3], [0], "torch.norm(a, 0)", false),
  called([1, -1, 0.5], [Infinity], "torch.norm(a, float('inf'))", false),
  called([1, -1, 0.5], [-Infinity], "torch.norm(a, -float('inf'))", false),
  called([0.5, -1, 2], [3], "torch.norm(a, 3)"),
  called([0, -1, 0.5], [3], "torch.norm(a, 3)", false),
  called([0, -1, 0.5], [1.5], "torch.norm(a, 1.5)", false),
  called([0, -1, 0.5], [0.5], "torch.norm(a, 0.5)", false),
  { in: [[0, 0]], gradcheck: false },
  { in: [[1, NaN]], gradcheck: false },
  called(
    { values: [300, 400], dtype: "float16" },
    [2, 0, { dtype: "float32" }],
    "torch.norm(a, 2, 0, dtype=torch.float32)",
  ),
];

const normSpec: OpSpec<NormOptions> = {
  name: "norm",
  torch: "torch.norm(a)",
  infer: ([x], { p, dims, keepdim }) => {
    if (!Number.isFinite(p) && dims.some((d) => x.shape[d] === 0)) {
      throw new ShapeError(`norm: expected at least one element for p = ${p}, got ${shapeText(x.shape)}`);
    }
    return { shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype };
  },
  forward: ([x], options) => inDType(normOf(x, options), x.dtype).storage,
  vjp: (g, saved) => [normSlope(saved.in[0], restored(g, saved), restored(saved.out, saved), saved.options)],
  saves: "in and out",
  samples: normSamples,
};

type Norm = ((x: Tensor, p?: number | "fro", dim?: Dims, options?: DTypeReduceOptions) => Tensor) & Declared;

/**
 * The p-norm of the elements over dims, default 2: (Σ |x|^p)^(1/p); `Infinity` and `-Infinity` for the largest and the
 * smallest |x|, 0 for how many are not 0, "fro" for 2 (torch.norm). Its subgradient at 0 is 0.
 * @throws DTypeError for integers without a floating `dtype`.
 */
export const norm: Norm = declare(
  normSpec,
  (x: Tensor, p: number | "fro" = 2, dim?: Dims, options?: DTypeReduceOptions): Tensor => {
    const { keepdim = false, dtype } = expectOptions("norm", options, "{ keepdim: true }");
    expectTensor("norm", "input", x);
    const input = inDType(x, dtype ?? x.dtype);
    if (!isFloating(input.dtype)) throw notFloating("norm", input.dtype);
    const power = p === "fro" ? 2 : p;
    if (typeof power !== "number" || Number.isNaN(power)) {
      throw new ArgumentError(`norm: expected a number or "fro" as p, got ${String(p)}`);
    }
    return apply(normSpec, [input], { p: power, dims: normaliseDims("norm", dim, x.ndim), keepdim });
  },
);

const logsumexpSpec: OpSpec<Reduction> = {
  name: "logsumexp",
  torch: "torch.logsumexp(a, 0)",
  infer: ([x], { dims, keepdim }) => ({ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }),
  forward: ([x], { dims, keepdim }) => {
    const wide = exact(x.detach());
    const over = { keepdim };
    // Nothing to choose a largest from: the logarithm of an empty sum.
    if (sizeOf(x.shape) === 0) return inDType(wide.exp().sum(dims, over).log(), x.dtype).storage;
    const largest = wide.amax(dims, { keepdim: true });
    const shift = zeroWhere(largest.isinf(), largest);
    const sum = wide.sub(shift).exp().sum(dims, over).log();
    return inDType(sum.add(shift.reshape(sum.shape)), x.dtype).storage;
  },
  // d log Σ e^x = e^(x - out) dx
  vjp: (g, saved) => [restored(g, saved).mul(saved.in[0].sub(restored(saved.out, saved)).exp())],
  saves: "in and out",
  samples: [
    called({ shape: [2, 3, 4] }, [1], "torch.logsumexp(a, 1)"),
    called({ shape: [2, 3] }, [[0, 1], { keepdim: true }], "torch.logsumexp(a, (0, 1), keepdim=True)"),
    called(3, [0], "torch.logsumexp(a, 0)"),
    called([1000, 1001], [0], "torch.logsumexp(a, 0)"),
    called([Infinity, 1], [0], "torch.logsumexp(a, 0)", false),
    called([-Infinity, -Infinity], [0], "torch.logsumexp(a, 0)", false),
    called([NaN, 1], [0], "torch.logsumexp(a, 0)", false),
    called({ shape: [0, 3] }, [0], "torch.logsumexp(a, 0)"),
    called({ shape: [3, 2], transposed: true }, [0], "torch.logsumexp(a, 0)"),
    called({ values: [1, 2], dtype: "int64" }, [0], "torch.logsumexp(a, 0)"),
    called({ shape: [5], dtype: "bfloat16" }, [0], "torch.logsumexp(a, 0)"),
  ],
};

type LogSumExp = ((x: Tensor, dim: Dims, options?: ReduceOptions) => Tensor) & Declared;

/** log Σ e^x over dims, without overflow; integers count as float32 (torch.logsumexp). */
export const logsumexp: LogSumExp = declare(logsumexpSpec, (x: Tensor, dim: Dims, options?: ReduceOptions): Tensor => {
  const { keepdim = false } = expectOptions("logsumexp", options, "{ keepdim: true }");
  expectTensor("logsumexp", "input", x);
  const input = inDType(x, taken("logsumexp", "promoted", x.dtype));
  return apply(logsumexpSpec, [input], { dims: normaliseDims("logsumexp", dim, x.ndim), keepdim });
});
