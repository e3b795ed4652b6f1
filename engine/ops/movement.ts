// Shapes and order: operations that give another view of the same elements. Results alias their input, as in PyTorch:
// what is written in place to either is seen in both. Every export is a Tensor method.
import { broadcastTo } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { intVector } from "../backend/constants.js";
import { reshaped, transposed } from "../backend/layout.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, expectTensor } from "../op.js";
import { type Shape, normaliseDim, resolveReshape, sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, declareView, viewOf } from "../view.js";

const square = { shape: [2, 3, 4] } as const;

const reshapeSpec: ViewSpec<Shape> = {
  name: "reshape",
  shapeOf: (_, shape) => shape, // resolved by the caller, under the name that the user wrote
  step: (from, to, _, dtype, on) => ({
    take: (base) => reshaped(base, to, dtype, on),
    put: (_base, part) => reshaped(part, from, dtype, on),
  }),
  vjp: (g, { inShapes: [shape] }) => g.reshape(shape),
};

/** Sizes as one array or as arguments. */
type Sizes = readonly [Shape] | readonly number[];
const sizesOf = (sizes: Sizes): Shape => (Array.isArray(sizes[0]) ? (sizes[0] as Shape) : (sizes as Shape));

type Reshape = ((x: Tensor, ...sizes: Sizes) => Tensor) & Declared;

/** The same elements under another shape; one size may be -1 (torch.reshape). */
export const reshape: Reshape = declareView(
  "reshape",
  "a.reshape(6, 4)",
  [
    { in: [square], args: [6, 4] },
    { in: [square], args: [[-1]], torch: "a.reshape(-1)" },
  ],
  (x: Tensor, ...sizes: Sizes) => {
    expectTensor("reshape", "input", x);
    return viewOf(reshapeSpec, x, resolveReshape("reshape", x.shape, sizesOf(sizes)));
  },
);

/** The same elements under another shape; one size may be -1 (torch.Tensor.view). Never fails for its memory's order. */
export const view: Reshape = declareView(
  "view",
  "a.reshape(4, 6)",
  [{ in: [square], args: [4, -1] }],
  (x: Tensor, ...sizes: Sizes) => {
    expectTensor("view", "input", x);
    return viewOf(reshapeSpec, x, resolveReshape("view", x.shape, sizesOf(sizes)));
  },
);

type Like = ((x: Tensor, other: Tensor) => Tensor) & Declared;

/** This tensor in the shape of another (torch.Tensor.view_as). */
export const viewAs: Like = declareView(
  "viewAs",
  "a.view_as(b)",
  [{ in: [{ shape: [2, 6] }, { shape: [3, 4], seed: 1 }] }],
  (x: Tensor, other: Tensor) => {
    expectTensor("viewAs", "other", other);
    return viewOf(reshapeSpec, x, resolveReshape("viewAs", x.shape, other.shape));
  },
);

type Flatten = ((x: Tensor, startDim?: number, endDim?: number) => Tensor) & Declared;

/** Dims `startDim` to `endDim` as one (torch.flatten). */
export const flatten: Flatten = declareView(
  "flatten",
  "torch.flatten(a)",
  [{ in: [square] }, { in: [square], args: [1], torch: "torch.flatten(a, 1)" }, { in: [3] }],
  (x: Tensor, startDim = 0, endDim = -1) => {
    expectTensor("flatten", "input", x);
    if (x.ndim === 0) return viewOf(reshapeSpec, x, [1]);
    const [start, end] = [normaliseDim("flatten", startDim, x.ndim), normaliseDim("flatten", endDim, x.ndim)];
    if (start > end) throw new ArgumentError(`flatten: expected startDim <= endDim, got ${startDim} and ${endDim}`);
    const middle = x.shape.slice(start, end + 1).reduce((a, b) => a * b, 1);
    return viewOf(reshapeSpec, x, [...x.shape.slice(0, start), middle, ...x.shape.slice(end + 1)]);
  },
);

type OneDim = ((x: Tensor, dim: number) => Tensor) & Declared;

/** A new dim of size 1 before `dim` (torch.unsqueeze). */
export const unsqueeze: OneDim = declareView(
  "unsqueeze",
  "torch.unsqueeze(a, 1)",
  [
    { in: [square], args: [1] },
    { in: [square], args: [-1], torch: "torch.unsqueeze(a, -1)" },
  ],
  (x: Tensor, dim: number) => {
    expectTensor("unsqueeze", "input", x);
    const at = normaliseDim("unsqueeze", dim, x.ndim + 1);
    return viewOf(reshapeSpec, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  },
);

type Squeeze = ((x: Tensor, dim?: number) => Tensor) & Declared;

/** Without the dims of size 1, or without `dim` when its size is 1 (torch.squeeze). */
export const squeeze: Squeeze = declareView(
  "squeeze",
  "torch.squeeze(a)",
  [{ in: [{ shape: [1, 3, 1] }] }, { in: [{ shape: [1, 3, 1] }], args: [0], torch: "torch.squeeze(a, 0)" }],
  (x: Tensor, dim?: number) => {
    expectTensor("squeeze", "input", x);
    const at = dim === undefined ? undefined : normaliseDim("squeeze", dim, x.ndim);
    return viewOf(
      reshapeSpec,
      x,
      x.shape.filter((n, i) => n !== 1 || (at !== undefined && i !== at)),
    );
  },
);

const permuteSpec: ViewSpec<readonly number[]> = {
  name: "permute",
  shapeOf: (x, axes) => axes.map((a) => x.shape[a]),
  step: (_from, _to, axes, dtype, on) => ({
    take: (base) => transposed(base, axes, dtype, on),
    put: (_base, part) => transposed(part, inverse(axes), dtype, on),
  }),
  vjp: (g, { options: axes }) => g.permute(inverse(axes)),
};

const inverse = (axes: readonly number[]): readonly number[] => axes.map((_, i) => axes.indexOf(i));

type Permute = ((x: Tensor, ...dims: Sizes) => Tensor) & Declared;

/** Dims in another order (torch.permute). */
export const permute: Permute = declareView(
  "permute",
  "a.permute(2, 0, 1)",
  [
    { in: [square], args: [2, 0, 1] },
    { in: [square], args: [[0, -1, 1]], torch: "a.permute(0, -1, 1)" },
  ],
  (x: Tensor, ...dims: Sizes) => {
    expectTensor("permute", "input", x);
    const given = sizesOf(dims);
    const axes = given.map((d) => normaliseDim("permute", d, x.ndim));
    if (new Set(axes).size !== x.ndim || axes.length !== x.ndim) {
      throw new ArgumentError(`permute: expected each of ${x.ndim} dims once, got ${shapeText(given)}`);
    }
    return viewOf(permuteSpec, x, axes);
  },
);

type Transpose = ((x: Tensor, dim0: number, dim1: number) => Tensor) & Declared;

/** Two dims exchanged (torch.transpose). */
export const transpose: Transpose = declareView(
  "transpose",
  "torch.transpose(a, 0, 2)",
  [{ in: [square], args: [0, 2] }],
  (x: Tensor, dim0: number, dim1: number) => {
    expectTensor("transpose", "input", x);
    const [a, b] = [normaliseDim("transpose", dim0, x.ndim), normaliseDim("transpose", dim1, x.ndim)];
    return viewOf(
      permuteSpec,
      x,
      x.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
    );
  },
);

type Plain = ((x: Tensor) => Tensor) & Declared;

/** The transpose of a matrix (torch.t). */
export const t: Plain = declareView(
  "t",
  "a.t()",
  [{ in: [{ shape: [2, 3] }] }, { in: [{ shape: [3] }] }],
  (x: Tensor) => {
    expectTensor("t", "input", x);
    if (x.ndim > 2) throw new ShapeError(`t: expected at most 2 dims, got ${shapeText(x.shape)}; use permute`);
    return viewOf(permuteSpec, x, x.ndim === 2 ? [1, 0] : x.shape.map((_, i) => i));
  },
);

const expandSpec: ViewSpec<Shape> = {
  name: "expand",
  shapeOf: (_, shape) => shape, // resolved by the caller
  step: (from, to, _, dtype, on) => ({
    take: (base) => execute(broadcastTo(dtype), on, "strided", base, intVector(on, to)),
    put: (_base, part) => {
      if (sizeOf(from) === sizeOf(to)) return reshaped(part, from, dtype, on);
      throw new ArgumentError(
        `in place: several elements of an expanded tensor (${shapeText(from)} to ${shapeText(to)}) are one in memory; change a clone()`,
      );
    },
  }),
  vjp: (g) => g, // the tape sums over what was stretched
};

function stretched(x: Tensor, shape: Shape): Shape {
  const added = shape.length - x.ndim;
  const out = shape.map((n, i) => (n === -1 && i >= added ? x.shape[i - added] : n));
  const fits = added >= 0 && out.every((n, i) => i < added || x.shape[i - added] === n || x.shape[i - added] === 1);
  if (!fits || out.some((n) => n < 0)) {
    throw new ShapeError(`expand: expected sizes that broadcast from ${shapeText(x.shape)}, got ${shapeText(shape)}`);
  }
  return out;
}

/** Dims of size 1 stretched to other sizes, as a view; -1 keeps one (torch.Tensor.expand). TensorFlow has no strides, so it takes the memory of its shape. */
export const expand: Reshape = declareView(
  "expand",
  "a.expand(4, 2, 3)",
  [
    { in: [{ shape: [2, 3] }], args: [4, 2, 3] },
    { in: [{ shape: [2, 1] }], args: [-1, 3], torch: "a.expand(-1, 3)" },
  ],
  (x: Tensor, ...sizes: Sizes) => {
    expectTensor("expand", "input", x);
    const shape = stretched(x, sizesOf(sizes));
    return sameShape(shape, x.shape) ? x : viewOf(expandSpec, x, shape);
  },
);
