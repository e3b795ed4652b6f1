// Dims in another order, as views. Every export is a Tensor method.
import { transposed } from "../backend/layout.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, expectTensor } from "../op.js";
import { type Sizes, normaliseDim, sizesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, declareView, viewOf, viewSpec } from "../view.js";

type Axes = readonly number[];

const inverse = (axes: Axes): Axes => {
  const out = new Array<number>(axes.length);
  axes.forEach((a, i) => (out[a] = i));
  return out;
};

function permuteKind(name: string): ViewSpec<Axes> {
  return viewSpec({
    name,
    take: (base, { options: axes }, dtype, on) => transposed(base, axes, dtype, on),
    put: (_base, part, { options: axes }, dtype, on) => transposed(part, inverse(axes), dtype, on),
    strides: (strides, { options: axes }) => axes.map((a) => strides[a]),
    vjp: (g, { options: axes }) => g.permute(inverse(axes)),
  });
}

const permuteView = permuteKind("permute");
const transposeView = permuteKind("transpose");

const permuted = (kind: ViewSpec<Axes>, x: Tensor, axes: Axes): Tensor =>
  viewOf(
    kind,
    x,
    axes.map((a) => x.shape[a]),
    axes,
  );

const square = { shape: [2, 3, 4] } as const;

type Permute = ((x: Tensor, ...dims: Sizes) => Tensor) & Declared;

/** Dims in another order, as a view (torch.permute). */
export const permute: Permute = declareView(
  "permute",
  "a.permute(2, 0, 1)",
  [
    { in: [square], args: [2, 0, 1] },
    { in: [square], args: [[0, -1, 1]], torch: "a.permute(0, -1, 1)" },
    { in: [{ shape: [0, 2] }], args: [1, 0], torch: "a.permute(1, 0)" },
    { in: [3], args: [[]], torch: "a.permute(())" },
    { in: [{ shape: [2, 3, 4], transposed: true }], args: [1, 2, 0], torch: "a.permute(1, 2, 0)" },
    { in: [{ values: [[1, 0]], dtype: "bool" }], args: [1, 0], torch: "a.permute(1, 0)" },
    {
      in: [{ shape: [1, 2, 1, 2, 1, 2, 1, 2] }],
      args: [7, 6, 5, 4, 3, 2, 1, 0],
      torch: "a.permute(7, 6, 5, 4, 3, 2, 1, 0)",
    },
  ],
  (x: Tensor, ...dims: Sizes) => {
    expectTensor("permute", "input", x);
    const given = sizesOf(dims);
    const axes = given.map((d) => normaliseDim("permute", d, x.ndim));
    if (new Set(axes).size !== x.ndim || axes.length !== x.ndim) {
      throw new ArgumentError(`permute: expected each of ${x.ndim} dims once, got ${shapeText(given)}`);
    }
    return permuted(permuteView, x, axes);
  },
);

type TwoDims = ((x: Tensor, dim0: number, dim1: number) => Tensor) & Declared;

function exchange(name: "transpose" | "swapaxes"): TwoDims {
  const torch = `torch.${name}(a, `;
  return declareView(
    name,
    `${torch}0, 2)`,
    [
      { in: [square], args: [0, 2] },
      { in: [square], args: [-1, -2], torch: `${torch}-1, -2)` },
      { in: [{ shape: [2, 0] }], args: [0, 1], torch: `${torch}0, 1)` },
      { in: [2], args: [0, -1], torch: `${torch}0, -1)` },
      { in: [{ shape: [2, 3, 4], transposed: true }], args: [0, 1], torch: `${torch}0, 1)` },
      { in: [{ values: [[1, 2]], dtype: "int64" }], args: [0, 1], torch: `${torch}0, 1)` },
    ],
    (x: Tensor, dim0: number, dim1: number) => {
      expectTensor(name, "input", x);
      const [a, b] = [normaliseDim(name, dim0, x.ndim), normaliseDim(name, dim1, x.ndim)];
      return permuted(
        transposeView,
        x,
        x.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
      );
    },
  );
}

/** Two dims exchanged, as a view (torch.transpose). */
export const transpose: TwoDims = exchange("transpose");
/** Two dims exchanged, as a view: NumPy's name of `transpose` (torch.swapaxes). */
export const swapaxes: TwoDims = exchange("swapaxes");

type Plain = ((x: Tensor) => Tensor) & Declared;

/** The transpose of a matrix, as a view (torch.t). */
export const t: Plain = declareView(
  "t",
  "a.t()",
  [
    { in: [{ shape: [2, 3] }] },
    { in: [{ shape: [3] }] },
    { in: [2] },
    { in: [{ shape: [0, 3] }] },
    { in: [{ shape: [2, 3], transposed: true }] },
    { in: [{ shape: [2, 1], dtype: "float16" }] },
  ],
  (x: Tensor) => {
    expectTensor("t", "input", x);
    if (x.ndim > 2) throw new ShapeError(`t: expected at most 2 dims, got ${shapeText(x.shape)}; use permute`);
    return permuted(transposeView, x, x.ndim === 2 ? [1, 0] : x.shape.map((_, i) => i));
  },
);

/** The last two dims exchanged, as a view (torch.Tensor.mT): a call here, `x.mT()`. */
export const mT: Plain = declareView(
  "mT",
  "a.mT",
  [
    { in: [square] },
    { in: [{ shape: [2, 3] }] },
    { in: [{ shape: [0, 2, 3] }] },
    { in: [{ shape: [2, 3, 4], transposed: true }] },
    { in: [{ shape: [1, 2], dtype: "float32" }] },
    { in: [{ values: [[1, 2]], dtype: "int64" }] },
  ],
  (x: Tensor) => {
    expectTensor("mT", "input", x);
    if (x.ndim < 2) throw new ShapeError(`mT: expected at least 2 dims, got ${shapeText(x.shape)}`);
    return x.transpose(-2, -1);
  },
);

type Move = ((x: Tensor, source: number | Axes, destination: number | Axes) => Tensor) & Declared;

/** Dims at `source` moved to `destination`, the others in their order, as a view (torch.movedim). */
export const movedim: Move = declareView(
  "movedim",
  "torch.movedim(a, 0, 2)",
  [
    { in: [square], args: [0, 2] },
    {
      in: [square],
      args: [
        [2, 0],
        [0, 1],
      ],
      torch: "torch.movedim(a, (2, 0), (0, 1))",
    },
    { in: [square], args: [-1, 0], torch: "torch.movedim(a, -1, 0)" },
    { in: [{ shape: [0, 2] }], args: [0, 1], torch: "torch.movedim(a, 0, 1)" },
    { in: [{ shape: [2, 3, 4], transposed: true }], args: [1, 0], torch: "torch.movedim(a, 1, 0)" },
    { in: [3], args: [0, 0], torch: "torch.movedim(a, 0, 0)" },
  ],
  (x: Tensor, source: number | Axes, destination: number | Axes) => {
    expectTensor("movedim", "input", x);
    const listed = (dims: number | Axes) => (typeof dims === "number" ? [dims] : dims);
    const [from, to] = [listed(source), listed(destination)].map((dims) =>
      dims.map((d) => normaliseDim("movedim", d, x.ndim)),
    );
    if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
      throw new ArgumentError(
        `movedim: expected as many places as dims, each once, got ${shapeText(listed(source))} and ${shapeText(listed(destination))}`,
      );
    }
    const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
    const axes = x.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)] : (rest.shift() as number)));
    return permuted(permuteView, x, axes);
  },
);
