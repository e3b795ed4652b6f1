// Sums, products, means and extreme values over dims. Every export is a Tensor method.
import { reduce, restored } from "../families.js";
import { cat } from "../functional/join.js";
import { called } from "../families/samples.js";
import type { Sample, Saved } from "../op.js";
import type { Tensor } from "../tensor.js";
import { cumprodInclusive } from "./scan.js";

const cube = { shape: [2, 3, 4] } as const;

/** Samples of a reduction over any dims; `torch` is PyTorch's name. */
export const overDims = (torch: string): readonly Sample[] => [
  { in: [cube] },
  called(cube, [1], `torch.${torch}(a, 1)`),
  called(cube, [[0, -1], { keepdim: true }], `torch.${torch}(a, (0, -1), keepdim=True)`),
  { in: [3] },
  called(3, [-1], `torch.${torch}(a, -1)`),
  called({ shape: [4, 3, 2], transposed: true }, [[0, 1]], `torch.${torch}(a, (0, 1))`),
  called({ shape: [2, 0, 3] }, [2], `torch.${torch}(a, 2)`),
  { in: [{ shape: [40], dtype: "float32" }] },
  { in: [{ shape: [5], dtype: "bfloat16" }] },
];

const emptySum = (torch: string): readonly Sample[] => [
  { in: [{ shape: [0, 3] }] },
  called({ shape: [0, 3] }, [0], `torch.${torch}(a, 0)`),
  { in: [[1, NaN, Infinity]], gradcheck: false },
];

/** Sum; bool and integers give int64 unless `dtype` says otherwise (torch.sum). */
export const sum = reduce({
  name: "sum",
  tf: "Sum",
  result: "sum",
  vjp: (g, saved) => restored(g, saved).expand(saved.inShapes[0]),
  saves: "nothing",
  samples: [
    ...overDims("sum"),
    ...emptySum("sum"),
    { in: [{ values: [200, 100], dtype: "uint8" }] },
    { in: [{ values: [1, 0, 1], dtype: "bool" }] },
    called({ values: [1, 2], dtype: "int32" }, [{ dtype: "float64" }], "torch.sum(a, dtype=torch.float64)"),
    called({ values: [60000, 60000], dtype: "float16" }, [{ dtype: "float32" }], "torch.sum(a, dtype=torch.float32)"),
  ],
});

/** Mean (torch.mean). @throws DTypeError for integers without a floating `dtype`. */
export const mean = reduce({
  name: "mean",
  tf: "Mean",
  result: "float",
  vjp: (g, saved) =>
    restored(g, saved)
      .mul(1 / countOf(saved))
      .expand(saved.inShapes[0]),
  saves: "nothing",
  samples: [
    ...overDims("mean"),
    ...emptySum("mean").slice(2),
    called({ shape: [0, 3] }, [0], "torch.mean(a, 0)", false),
    called({ values: [1, 2], dtype: "int32" }, [{ dtype: "float32" }], "torch.mean(a, dtype=torch.float32)"),
    { in: [{ values: [60000, 60000], dtype: "float16" }] },
  ],
});

const countOf = ({ inShapes: [shape], options: { dims } }: Saved<{ readonly dims: readonly number[] }>): number =>
  dims.reduce((n, d) => n * shape[d], 1);

/** Product over one dim or all; bool and integers give int64 (torch.prod). */
export const prod = reduce({
  name: "prod",
  tf: "Prod",
  result: "sum",
  single: true,
  vjp: (g, saved) => {
    const { dims } = saved.options;
    const [x] = saved.in;
    const whole = dims.length !== 1;
    const flat = whole ? x.reshape([-1]) : x;
    const others = productOfOthers(flat, whole ? 0 : dims[0]);
    return whole ? others.mul(g.reshape([1])).reshape(x.shape) : others.mul(restored(g, saved));
  },
  saves: "in",
  samples: [
    { in: [cube] },
    called(cube, [1], "torch.prod(a, 1)"),
    called(cube, [-1, { keepdim: true }], "torch.prod(a, -1, keepdim=True)"),
    { in: [3] },
    { in: [[0, 2, 3]] },
    { in: [[0, 2, 0, 3]] },
    { in: [{ shape: [0] }] },
    called({ shape: [2, 0] }, [1], "torch.prod(a, 1)"),
    called({ shape: [3, 2], transposed: true }, [0], "torch.prod(a, 0)"),
    { in: [{ values: [200, 3], dtype: "uint8" }] },
    { in: [{ values: [1, 0], dtype: "bool" }] },
    { in: [{ shape: [4], dtype: "float32" }] },
  ],
});

/** Of each element, the product of those before times the product of those after: right where some are 0, too. */
function productOfOthers(x: Tensor, dim: number): Tensor {
  const n = x.shape[dim];
  if (n === 0) return x.clone();
  const one = x.narrow(dim, 0, 1).onesLike();
  const before = cat([one, cumprodInclusive(x, dim, false).narrow(dim, 0, n - 1)], dim);
  const after = cat([cumprodInclusive(x, dim, true).narrow(dim, 1, n - 1), one], dim);
  return before.mul(after);
}

const extremeSamples = (name: string): readonly Sample[] => [
  ...overDims(name),
  { in: [[1, 3, 3, 1]], gradcheck: false },
  { in: [[1, NaN, Infinity]], gradcheck: false },
  { in: [{ values: [3, 1, 2], dtype: "uint8" }] },
  { in: [{ values: [1, 0], dtype: "bool" }] },
];

/** Largest value over any dims; NaN wins, equal ones share the gradient (torch.amax). */
export const amax = reduce({
  name: "amax",
  tf: "Max",
  result: "same",
  vjp: (g, saved) => spread(g, saved),
  saves: "in and out",
  samples: extremeSamples("amax"),
});

/** Smallest value over any dims; NaN wins, equal ones share the gradient (torch.amin). */
export const amin = reduce({
  name: "amin",
  tf: "Min",
  result: "same",
  vjp: (g, saved) => spread(g, saved),
  saves: "in and out",
  samples: extremeSamples("amin"),
});

/** The gradient goes to the places that hold the extreme, in equal parts. */
function spread(g: Tensor, saved: Saved<{ readonly dims: readonly number[] }>): Tensor {
  const [x] = saved.in;
  const here = x.eq(restored(saved.out, saved)).to(g.dtype);
  return here.mul(restored(g, saved)).div(here.sum(saved.options.dims, { keepdim: true }));
}
