// The same elements under another shape. Results alias their input, as in PyTorch: what is written in place to either is
// seen in both. Every export is a Tensor method.
import { identity } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { reshaped } from "../backend/layout.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { type Shape, type Sizes, normaliseDim, resolveReshape, sizesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, declareView, stridesOf, viewOf, viewSpec } from "../view.js";
import { type Strides, contiguousStrides, isInOrder, stridesUnder } from "../viewMaking.js";

const square = { shape: [2, 3, 4] } as const;
const turned = { shape: [2, 3, 4], transposed: true } as const;

function reshapeKind(name: string): ViewSpec<undefined> {
  return viewSpec({
    name,
    take: (base, { to }, dtype, on) => reshaped(base, to, dtype, on),
    put: (_base, part, { from }, dtype, on) => reshaped(part, from, dtype, on),
    // `view` also goes where PyTorch's elements would not lie in equal distances: counted as if they lay in order.
    strides: (strides, { from, to }) => stridesUnder(from, strides, to) ?? contiguousStrides(to),
    vjp: (g, { inShapes: [shape] }) => g.reshape(shape),
  });
}

const reshapeKindOf = reshapeKind("reshape");
const viewKind = reshapeKind("view");
const squeezeKind = reshapeKind("squeeze");
const unsqueezeKind = reshapeKind("unsqueeze");

/** A tensor of its own with the elements in order, under another shape. */
const copySpec: OpSpec<Shape> = {
  name: "reshape",
  torch: "",
  infer: ([x], shape) => ({ shape, dtype: x.dtype }),
  forward: ([x], shape, _out, on) =>
    execute(identity(x.dtype), on, "strided", reshaped(x.strided(), shape, x.dtype, on)),
  vjp: (g, { inShapes: [shape] }) => [g.reshape(shape)],
  saves: "nothing",
  samples: [],
};

/** PyTorch's reshape: a view where the elements lie in equal distances in memory, else a copy. */
function reshapedOrCopied(x: Tensor, shape: Shape): Tensor {
  const aliases = x.viewOn === undefined || stridesUnder(x.shape, stridesOf(x), shape) !== undefined;
  return aliases ? viewOf(reshapeKindOf, x, shape, undefined) : apply(copySpec, [x], shape);
}

export type Reshape = ((x: Tensor, ...sizes: Sizes) => Tensor) & Declared;

/**
 * The same elements under another shape; one size may be -1 (torch.reshape). A view where PyTorch gives one, and a copy
 * where it gives a copy: of a transposed tensor whose dims are merged.
 * @throws ShapeError when the number of elements differs.
 */
export const reshape: Reshape = declareView(
  "reshape",
  "a.reshape(6, 4)",
  [
    { in: [square], args: [6, 4] },
    { in: [square], args: [[-1]], torch: "a.reshape(-1)" },
    { in: [{ shape: [0, 3] }], args: [3, 0], torch: "a.reshape(3, 0)" },
    { in: [2], args: [1, 1], torch: "a.reshape(1, 1)" },
    { in: [[7]], args: [[]], torch: "a.reshape([])" },
    { in: [turned], args: [6, 4] },
    { in: [{ values: [1, 2, 3, 4], dtype: "int64" }], args: [2, -1], torch: "a.reshape(2, -1)" },
    { in: [{ values: [[1, 0]], dtype: "bool" }], args: [2], torch: "a.reshape(2)" },
  ],
  (x: Tensor, ...sizes: Sizes) => {
    expectTensor("reshape", "input", x);
    return reshapedOrCopied(x, resolveReshape("reshape", x.shape, sizesOf(sizes)));
  },
);

/**
 * The same elements under another shape, as a view; one size may be -1 (torch.Tensor.view). Never fails for the order of
 * its memory: where PyTorch refuses a transposed tensor, this is a view all the same.
 * @throws ShapeError when the number of elements differs.
 */
export const view: Reshape = declareView(
  "view",
  "a.view(4, 6)",
  [
    { in: [square], args: [4, -1] },
    { in: [square], args: [[2, 12]], torch: "a.view(2, 12)" },
    { in: [{ shape: [0, 3] }], args: [0, 5], torch: "a.view(0, 5)" },
    { in: [2], args: [1], torch: "a.view(1)" },
    { in: [turned], args: [6, 4], torch: "a.reshape(6, 4)" },
    { in: [{ shape: [4], dtype: "float16" }], args: [2, 2], torch: "a.view(2, 2)" },
  ],
  (x: Tensor, ...sizes: Sizes) => {
    expectTensor("view", "input", x);
    return viewOf(viewKind, x, resolveReshape("view", x.shape, sizesOf(sizes)), undefined);
  },
);

export type Like = ((x: Tensor, other: Tensor) => Tensor) & Declared;

const likeSamples = (torch: string, extra: boolean): Declared["samples"] => [
  { in: [{ shape: [2, 6] }, { shape: [3, 4], seed: 1 }] },
  { in: [{ shape: [0, 2] }, { shape: [0], seed: 1 }] },
  { in: [{ shape: [1] }, { shape: [], seed: 1 }] },
  {
    in: [
      { shape: [6], dtype: "float32" },
      { shape: [2, 3], seed: 1 },
    ],
    gradcheck: false,
  },
  {
    in: [
      { values: [1, 2], dtype: "int64" },
      { shape: [2, 1], seed: 1 },
    ],
  },
  { in: [extra ? turned : square, { shape: [4, 6], seed: 1 }], torch },
];

/** This tensor in the shape of another, as a view (torch.Tensor.view_as). */
export const viewAs: Like = declareView("viewAs", "a.view_as(b)", likeSamples("a.view_as(b)", false), (x, other) => {
  expectTensor("viewAs", "input", x);
  expectTensor("viewAs", "other", other);
  return viewOf(viewKind, x, resolveReshape("viewAs", x.shape, other.shape), undefined);
});

/** This tensor in the shape of another (torch.Tensor.reshape_as): a view or a copy, as `reshape`. */
export const reshapeAs: Like = declareView(
  "reshapeAs",
  "a.reshape_as(b)",
  likeSamples("a.reshape_as(b)", true),
  (x, other) => {
    expectTensor("reshapeAs", "input", x);
    expectTensor("reshapeAs", "other", other);
    return reshapedOrCopied(x, resolveReshape("reshapeAs", x.shape, other.shape));
  },
);

type Flatten = ((x: Tensor, startDim?: number, endDim?: number) => Tensor) & Declared;

/** Dims `startDim` to `endDim` as one (torch.flatten): a view or a copy, as `reshape`; of a single dim the tensor itself. */
export const flatten: Flatten = declareView(
  "flatten",
  "torch.flatten(a)",
  [
    { in: [square] },
    { in: [square], args: [1], torch: "torch.flatten(a, 1)" },
    { in: [square], args: [0, -2], torch: "torch.flatten(a, 0, -2)" },
    { in: [3] },
    { in: [{ shape: [2, 0, 3] }], args: [1], torch: "torch.flatten(a, 1)" },
    { in: [turned], args: [1], torch: "torch.flatten(a, 1)" },
    {
      in: [
        {
          values: [
            [1, 2],
            [3, 4],
          ],
          dtype: "int64",
        },
      ],
    },
  ],
  (x: Tensor, startDim = 0, endDim = -1) => {
    expectTensor("flatten", "input", x);
    const [start, end] = [normaliseDim("flatten", startDim, x.ndim), normaliseDim("flatten", endDim, x.ndim)];
    if (x.ndim === 0) return viewOf(reshapeKindOf, x, [1], undefined);
    if (start > end) throw new ArgumentError(`flatten: expected startDim <= endDim, got ${startDim} and ${endDim}`);
    if (start === end) return x;
    const middle = x.shape.slice(start, end + 1).reduce((a, b) => a * b, 1);
    return reshapedOrCopied(x, [...x.shape.slice(0, start), middle, ...x.shape.slice(end + 1)]);
  },
);

type Unflatten = ((x: Tensor, dim: number, sizes: Shape) => Tensor) & Declared;

/** One dim as several, as a view; one size may be -1 (torch.unflatten). */
export const unflatten: Unflatten = declareView(
  "unflatten",
  "torch.unflatten(a, 1, (2, 3))",
  [
    { in: [{ shape: [2, 6] }], args: [1, [2, 3]] },
    { in: [{ shape: [2, 6] }], args: [-1, [3, -1]], torch: "torch.unflatten(a, -1, (3, -1))" },
    { in: [{ shape: [4] }], args: [0, [2, 2]], torch: "torch.unflatten(a, 0, (2, 2))" },
    { in: [{ shape: [0, 2] }], args: [0, [0, 3]], torch: "torch.unflatten(a, 0, (0, 3))" },
    { in: [{ shape: [4, 6], transposed: true }], args: [0, [2, 2]], torch: "torch.unflatten(a, 0, (2, 2))" },
    { in: [{ shape: [1, 2], dtype: "bfloat16" }], args: [0, [1, 1, 1]], torch: "torch.unflatten(a, 0, (1, 1, 1))" },
  ],
  (x: Tensor, dim: number, sizes: Shape) => {
    expectTensor("unflatten", "input", x);
    const d = normaliseDim("unflatten", dim, x.ndim);
    if (x.ndim === 0 || sizes.length === 0) {
      throw new ShapeError(
        `unflatten: expected a dim and its sizes, got ${shapeText(sizes)} for ${shapeText(x.shape)}`,
      );
    }
    const inner = resolveReshape("unflatten", [x.shape[d]], sizes);
    return viewOf(viewKind, x, [...x.shape.slice(0, d), ...inner, ...x.shape.slice(d + 1)], undefined);
  },
);

type OneDim = ((x: Tensor, dim: number) => Tensor) & Declared;

/** A new dim of size 1 before `dim`, as a view (torch.unsqueeze). */
export const unsqueeze: OneDim = declareView(
  "unsqueeze",
  "torch.unsqueeze(a, 1)",
  [
    { in: [square], args: [1] },
    { in: [square], args: [-1], torch: "torch.unsqueeze(a, -1)" },
    { in: [2], args: [0], torch: "torch.unsqueeze(a, 0)" },
    { in: [{ shape: [0] }], args: [1] },
    { in: [turned], args: [2], torch: "torch.unsqueeze(a, 2)" },
    { in: [{ values: [1, 0], dtype: "bool" }], args: [-2], torch: "torch.unsqueeze(a, -2)" },
  ],
  (x: Tensor, dim: number) => {
    expectTensor("unsqueeze", "input", x);
    const at = normaliseDim("unsqueeze", dim, x.ndim + 1);
    return viewOf(unsqueezeKind, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)], undefined);
  },
);

type Squeeze = ((x: Tensor, dim?: number | readonly number[]) => Tensor) & Declared;

/** Without the dims of size 1, or without those of `dim` whose size is 1, as a view (torch.squeeze). */
export const squeeze: Squeeze = declareView(
  "squeeze",
  "torch.squeeze(a)",
  [
    { in: [{ shape: [1, 3, 1] }] },
    { in: [{ shape: [1, 3, 1] }], args: [0], torch: "torch.squeeze(a, 0)" },
    { in: [{ shape: [1, 3, 1, 1] }], args: [[0, -1, 1]], torch: "torch.squeeze(a, (0, -1, 1))" },
    { in: [{ shape: [1, 3, 1] }], args: [[]], torch: "torch.squeeze(a, ())" },
    { in: [2], args: [0], torch: "torch.squeeze(a, 0)" },
    { in: [{ shape: [1, 0] }] },
    { in: [{ shape: [3, 2, 1], transposed: true }] },
    { in: [{ values: [[5]], dtype: "int64" }] },
  ],
  (x: Tensor, dim?: number | readonly number[]) => {
    expectTensor("squeeze", "input", x);
    const dims = dim === undefined ? undefined : typeof dim === "number" ? [dim] : dim;
    const at = dims?.map((d) => normaliseDim("squeeze", d, x.ndim));
    if (at && new Set(at).size !== at.length)
      throw new ArgumentError(`squeeze: expected each dim once, got ${shapeText(dims ?? [])}`);
    return viewOf(
      squeezeKind,
      x,
      x.shape.filter((n, i) => n !== 1 || (at !== undefined && !at.includes(i))),
      undefined,
    );
  },
);

/** A copy in the order of its dims, when it is not in that order already. */
const contiguousSpec: OpSpec<undefined> = {
  name: "contiguous",
  torch: "a.contiguous()",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], _, _out, on) => execute(identity(x.dtype), on, "strided", x.strided()),
  vjp: (g) => [g],
  saves: "nothing",
  samples: [
    { in: [square] },
    { in: [turned] },
    { in: [{ shape: [0, 2] }] },
    { in: [1] },
    { in: [{ shape: [2, 2], dtype: "float32", transposed: true }] },
    { in: [{ values: [[1, 2]], dtype: "int64" }] },
  ],
};

type Plain = ((x: Tensor) => Tensor) & Declared;

/** Distances in elements between neighbours along each dim, as PyTorch's tensor has them (torch.Tensor.stride). */
export const stride = (x: Tensor): Strides => stridesOf(x);

/** Whether the elements lie in the order of the dims (torch.Tensor.is_contiguous). Only a view's may lie otherwise. */
export const isContiguous = (x: Tensor): boolean => x.viewOn === undefined || isInOrder(x.shape, stridesOf(x));

/**
 * The tensor itself when it is contiguous, else a copy (torch.Tensor.contiguous). No operation here needs it: it is for
 * programs that count on the copy being one.
 */
export const contiguous: Plain = declare(contiguousSpec, (x: Tensor) => {
  expectTensor("contiguous", "input", x);
  return isContiguous(x) ? x : apply(contiguousSpec, [x], undefined);
});
