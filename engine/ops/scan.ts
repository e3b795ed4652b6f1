// Running sums and products along a dim. Every export is a Tensor method, but for `cumprodInclusive`.
import { expectOptions } from "../errors.js";
import { arange } from "../create.js";
import { intScalar } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import { boolAttr, typeAttr } from "../backend/native.js";
import { type DType, isFloating } from "../dtype.js";
import { halvesAsFloats, inDType, kernelsOf, numberWhere, onlyWhere, runAlong } from "../families.js";
import { called } from "../families/samples.js";
import { where } from "../functional/where.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import { normaliseDim } from "../shape.js";
import { isGradEnabled } from "../state.js";
import type { Tensor } from "../tensor.js";

interface Scan {
  readonly dim: number;
  /** From the end backwards. */
  readonly reverse: boolean;
}

function scanSpec(
  name: string,
  tf: string,
  vjp: OpSpec<Scan>["vjp"],
  saves: OpSpec<Scan>["saves"],
  samples: readonly Sample[],
): OpSpec<Scan> {
  const [forwards, backwards] = [false, true].map((reverse) =>
    kernelsOf(
      tf,
      2,
      [typeAttr("Tidx", "int32"), boolAttr("exclusive", false), boolAttr("reverse", reverse)],
      halvesAsFloats,
    ),
  );
  return {
    name,
    torch: `torch.${name}(a, 0)`,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    forward: ([x], { dim, reverse }, _out, on) => {
      const kernels = reverse ? backwards : forwards;
      if (x.ndim > 0) return runAlong(kernels, x.dtype, on, "strided", x.strided(), intScalar(on, dim));
      const one = reshaped(x.strided(), [1], x.dtype, on);
      return reshaped(runAlong(kernels, x.dtype, on, "strided", one, intScalar(on, 0)), [], x.dtype, on);
    },
    vjp,
    saves,
    samples,
  };
}

const samplesOf = (name: string): readonly Sample[] => [
  called({ shape: [2, 3, 4] }, [1], `torch.${name}(a, 1)`),
  called({ shape: [2, 3] }, [-1], `torch.${name}(a, -1)`),
  called(2, [0], `torch.${name}(a, 0)`),
  called({ shape: [0, 3] }, [0], `torch.${name}(a, 0)`),
  called({ shape: [3, 2], transposed: true }, [0], `torch.${name}(a, 0)`),
  called([1, 2, NaN, 3, Infinity], [0], `torch.${name}(a, 0)`, false),
  called({ values: [1, 2, 3], dtype: "int32" }, [0], `torch.${name}(a, 0)`),
  called({ values: [1, 1, 0], dtype: "bool" }, [0], `torch.${name}(a, 0)`),
  called({ shape: [6], dtype: "float32" }, [0], `torch.${name}(a, 0)`),
  called({ shape: [6], dtype: "bfloat16" }, [0], `torch.${name}(a, 0)`),
  called({ values: [1, 2], dtype: "int32" }, [0, { dtype: "float32" }], `torch.${name}(a, 0, dtype=torch.float32)`),
];

const sumSpec = scanSpec(
  "cumsum",
  "Cumsum",
  (g, { options: { dim, reverse } }) => [apply(sumSpec, [g], { dim, reverse: !reverse })],
  "nothing",
  samplesOf("cumsum"),
);

const productSpec = scanSpec(
  "cumprod",
  "Cumprod",
  (g, { in: [x], out, options }) => {
    if (x.ndim === 0) return [g];
    // The short ways treat zeros as constants or divide by them: right, but not as functions of x.
    if (isGradEnabled() && holdsZero(x)) return [gradientByOthers(g, x, options)];
    // d yᵢ / d xₖ = yᵢ / xₖ for i ≥ k. At the first 0 of a line xₖ counts as 1, and nothing reaches what comes after it.
    const back = { dim: options.dim, reverse: !options.reverse };
    const zero = x.eq(0);
    const zeros = apply(sumSpec, [zero.to("int64")], options);
    const first = zero.logicalAnd(zeros.eq(1));
    const withoutFirst = where(first, x.onesLike(), x);
    const around = apply(sumSpec, [g.mul(apply(productSpec, [withoutFirst], options))], back);
    const plain = apply(sumSpec, [g.mul(out)], back).div(withoutFirst);
    return [where(first, around, onlyWhere(zeros.eq(0), plain))];
  },
  "in and out",
  [
    ...samplesOf("cumprod"),
    called([2, 0, 3, 0, 5], [0], "torch.cumprod(a, 0)"),
    called([0, 2, 3], [0], "torch.cumprod(a, 0)"),
    called([2, 0, 0, 5], [0], "torch.cumprod(a, 0)"),
    called(0, [0], "torch.cumprod(a, 0)"),
    called(
      [
        [1, 0, 2],
        [0, 3, 4],
      ],
      [1],
      "torch.cumprod(a, 1)",
    ),
    called(
      [
        [
          [1, 0],
          [2, 3],
          [0, 0.5],
        ],
        [
          [0, 2],
          [0, 1],
          [4, -1],
        ],
      ],
      [1],
      "torch.cumprod(a, 1)",
    ),
  ],
);

/** Waits for the value, as PyTorch does here: without zeros a second gradient needs no n × n products. */
const holdsZero = (x: Tensor): boolean => x.device.type !== "meta" && x.detach().eq(0).any().item() !== 0;

/**
 * The gradient of the running product as polynomials of x, which derives to any order: d yᵢ / d xₖ is the product of
 * the others up to i. For lines of n elements it takes n × n, with k at `dim` and i after it.
 */
function gradientByOthers(g: Tensor, x: Tensor, { dim, reverse }: Scan): Tensor {
  const n = x.shape[dim];
  const places = arange(0, n, 1, { dtype: "int64", device: x.device });
  const after = x.shape.slice(dim + 1).map(() => 1);
  const [k, i] = [places.reshape(n, 1, ...after), places.reshape(1, n, ...after)];
  const others = cumprodInclusive(numberWhere(k.eq(i), 1, x.unsqueeze(dim)), dim + 1, reverse);
  return onlyWhere(reverse ? i.le(k) : i.ge(k), others.mul(g.unsqueeze(dim))).sum(dim + 1);
}

/** Running product, from the end when `reverse`; x is floating. */
export const cumprodInclusive = (x: Tensor, dim: number, reverse: boolean): Tensor =>
  apply(productSpec, [x], { dim, reverse });

export interface ScanOptions {
  /** Convert the input to this dtype first. */
  readonly dtype?: DType;
}

type Cumulative = ((x: Tensor, dim: number, options?: ScanOptions) => Tensor) & Declared;

const cumulative = (spec: OpSpec<Scan>): Cumulative =>
  declare(spec, (x: Tensor, dim: number, options?: ScanOptions) => {
    const { dtype } = expectOptions(spec.name, options, '{ dtype: "float64" }');
    expectTensor(spec.name, "input", x);
    const input = inDType(x, dtype ?? (isFloating(x.dtype) ? x.dtype : "int64"));
    return apply(spec, [input], { dim: normaliseDim(spec.name, dim, x.ndim), reverse: false });
  });

/** Sum of the elements up to each along a dim; bool and integers give int64 (torch.cumsum). */
export const cumsum: Cumulative = cumulative(sumSpec);
/** Product of the elements up to each along a dim; bool and integers give int64 (torch.cumprod). */
export const cumprod: Cumulative = cumulative(productSpec);
