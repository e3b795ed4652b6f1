// Dims of size 1 stretched to others, as views. Every export is a Tensor method.
import { broadcastTo as broadcastKernel } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { intVector } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import { ShapeError, shapeText } from "../errors.js";
import { type Declared, expectTensor } from "../op.js";
import { type Shape, type Sizes, sizeOf, sizesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, declareView, viewOf, viewSpec } from "../view.js";
import type { Like, Reshape } from "./movement.js";

/** New dims of size 1 and no more. */
const widened: Omit<ViewSpec<undefined>, "again"> = {
  name: "expand",
  take: (from, { to }, dtype, on) => reshaped(from, to, dtype, on),
  put: (_base, part, { from }, dtype, on) => reshaped(part, from, dtype, on),
  strides(strides, { from, to }) {
    const added = to.length - from.length;
    return to.map((n, i) => (i >= added && from[i - added] === n ? strides[i - added] : 0));
  },
  vjp: (g) => g, // the tape sums over what was stretched
};
const addsOnly = viewSpec(widened);
const stretching = viewSpec({
  ...widened,
  take: (from, { to }, dtype, on) => execute(broadcastKernel(dtype), on, "strided", from, intVector(on, to)),
  stretches: true, // so `put` is not asked
});

function stretchedShape(op: string, x: Tensor, shape: Shape): Shape {
  const added = shape.length - x.ndim;
  const out = shape.map((n, i) => (n === -1 && i >= added ? x.shape[i - added] : n));
  const fits = added >= 0 && out.every((n, i) => i < added || x.shape[i - added] === n || x.shape[i - added] === 1);
  if (!fits || out.some((n) => n < 0 || !Number.isInteger(n))) {
    throw new ShapeError(`${op}: expected sizes that broadcast from ${shapeText(x.shape)}, got ${shapeText(shape)}`);
  }
  return out;
}

/** An alias of `x` under a shape that it broadcasts to. */
function stretched(op: string, x: Tensor, sizes: Shape): Tensor {
  const shape = stretchedShape(op, x, sizes);
  return viewOf(sizeOf(shape) === sizeOf(x.shape) ? addsOnly : stretching, x, shape, undefined);
}

/**
 * Dims of size 1 stretched to other sizes, as a view; -1 keeps one, new dims come first (torch.Tensor.expand). TensorFlow
 * has no strides, so it takes the memory of its shape. What is stretched cannot be changed in place: its elements are one.
 * @throws ShapeError for sizes that do not broadcast.
 */
export const expand: Reshape = declareView(
  "expand",
  "a.expand(4, 2, 3)",
  [
    { in: [{ shape: [2, 3] }], args: [4, 2, 3] },
    { in: [{ shape: [2, 1] }], args: [-1, 3], torch: "a.expand(-1, 3)" },
    { in: [2], args: [[2, 2]], torch: "a.expand(2, 2)" },
    { in: [{ shape: [1, 3] }], args: [0, 3], torch: "a.expand(0, 3)" },
    { in: [{ shape: [1, 3], transposed: true }], args: [2, 3], torch: "a.expand(2, 3)" },
    { in: [{ values: [[1], [0]], dtype: "bool" }], args: [2, 2], torch: "a.expand(2, 2)" },
    { in: [{ shape: [2, 1, 1], dtype: "bfloat16" }], args: [2, 2, 1], torch: "a.expand(2, 2, 1)" },
  ],
  (x: Tensor, ...sizes: Sizes) => {
    expectTensor("expand", "input", x);
    return stretched("expand", x, sizesOf(sizes));
  },
);

/** `expand` under its function's name, of one array (torch.broadcast_to). */
export const broadcastTo: ((x: Tensor, shape: Shape) => Tensor) & Declared = declareView(
  "broadcastTo",
  "torch.broadcast_to(a, (4, 2, 3))",
  [
    { in: [{ shape: [2, 3] }], args: [[4, 2, 3]] },
    { in: [{ shape: [2, 1] }], args: [[-1, 3]], torch: "torch.broadcast_to(a, (-1, 3))" },
    { in: [2], args: [[2, 2]], torch: "torch.broadcast_to(a, (2, 2))" },
    { in: [{ shape: [1] }], args: [[0]], torch: "torch.broadcast_to(a, (0,))" },
    { in: [{ shape: [1, 3], transposed: true }], args: [[2, 1, 3]], torch: "torch.broadcast_to(a, (2, 1, 3))" },
    { in: [{ values: [1, 2], dtype: "int64" }], args: [[2, 2]], torch: "torch.broadcast_to(a, (2, 2))" },
  ],
  (x: Tensor, shape: Shape) => {
    expectTensor("broadcastTo", "input", x);
    return stretched("broadcastTo", x, shape);
  },
);

/** This tensor expanded to the shape of another, as a view (torch.Tensor.expand_as). */
export const expandAs: Like = declareView(
  "expandAs",
  "a.expand_as(b)",
  [
    { in: [{ shape: [3] }, { shape: [2, 3], seed: 1 }] },
    { in: [{ shape: [2, 1] }, { shape: [2, 3], seed: 1 }] },
    { in: [2, { shape: [2], seed: 1 }] },
    { in: [{ shape: [1] }, { shape: [0], seed: 1 }] },
    {
      in: [
        { shape: [1, 3], transposed: true },
        { shape: [2, 1, 3], seed: 1 },
      ],
    },
    {
      in: [
        { values: [1], dtype: "int64" },
        { shape: [2], seed: 1 },
      ],
    },
  ],
  (x: Tensor, other: Tensor) => {
    expectTensor("expandAs", "input", x);
    expectTensor("expandAs", "other", other);
    return stretched("expandAs", x, other.shape);
  },
);
