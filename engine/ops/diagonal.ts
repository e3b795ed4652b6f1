// Diagonals as views: along the last two dims made one, every (columns + 1)th element. Every export is a Tensor method.
import { execute } from "../backend/native.js";
import { intVector, scalar } from "../backend/constants.js";
import { fill } from "../backend/kernels.js";
import { reshaped, transposed } from "../backend/layout.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, expectTensor } from "../op.js";
import { type Shape, normaliseDim } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, declareView, viewOf, viewSpec } from "../view.js";
import { type Box, replacedIn, taken } from "./box.js";

interface Diagonal {
  /** All dims, the two of the diagonal last. */
  readonly axes: readonly number[];
  /** The tensor with its two last dims as one. */
  readonly flat: Shape;
  readonly box: Box;
}

/** Where the diagonal lies that is `offset` columns right of the main one. */
function diagonalOf(
  shape: Shape,
  offset: number,
  dim1: number,
  dim2: number,
): { readonly how: Diagonal; readonly to: Shape } {
  const rest = shape.map((_, i) => i).filter((i) => i !== dim1 && i !== dim2);
  const [rows, columns] = [shape[dim1], shape[dim2]];
  const length = Math.max(0, offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns));
  const begin = length === 0 ? 0 : offset >= 0 ? offset : -offset * columns;
  const sizes = rest.map((i) => shape[i]);
  const box: Box = {
    begin: [...sizes.map(() => 0), begin],
    end: [...sizes, length === 0 ? 0 : begin + (length - 1) * (columns + 1) + 1],
    step: [...sizes.map(() => 1), columns + 1],
    drop: 0,
  };
  return { how: { axes: [...rest, dim1, dim2], flat: [...sizes, rows * columns], box }, to: [...sizes, length] };
}

const inverse = (axes: readonly number[]): readonly number[] => axes.map((_, i) => axes.indexOf(i));

/** The two dims last, and one. */
const flattened = (base: Storage, { axes, flat }: Diagonal, dtype: DType, on: Device): Storage =>
  reshaped(transposed(base, axes, dtype, on), flat, dtype, on);

function put(base: Storage, part: Storage, shape: Shape, how: Diagonal, dtype: DType, on: Device): Storage {
  const changed = replacedIn(flattened(base, how, dtype, on), part, how.flat, how.box, dtype, on);
  const apart = reshaped(
    changed,
    how.axes.map((a) => shape[a]),
    dtype,
    on,
  );
  return transposed(apart, inverse(how.axes), dtype, on);
}

const diagonalView: ViewSpec<Diagonal> = viewSpec({
  name: "diagonal",
  take: (base, { to, options }, dtype, on) =>
    taken(flattened(base, options, dtype, on), options.flat, to, options.box, dtype, on),
  put: (base, part, { from, options }, dtype, on) => put(base, part, from, options, dtype, on),
  strides(strides, { options: { axes } }) {
    const turned = axes.map((a) => strides[a]);
    return [...turned.slice(0, -2), turned[turned.length - 2] + turned[turned.length - 1]];
  },
  vjp: (g, { inShapes: [shape], options }) => apply(spreadSpec, [g], { shape, how: options }),
});

interface Spread {
  readonly shape: Shape;
  readonly how: Diagonal;
}

/** A diagonal in zeros: the transpose of taking it. */
const spreadSpec: OpSpec<Spread> = {
  name: "diagonalGrad",
  torch: "",
  infer: ([g], { shape }) => ({ shape, dtype: g.dtype }),
  forward([g], { shape, how }, _out, on) {
    const zeros = execute(fill(g.dtype), on, "strided", intVector(on, shape), scalar(on, g.dtype, 0));
    return put(zeros, g.strided(), shape, how, g.dtype, on);
  },
  vjp: (gg, { inShapes: [to], options: { how } }) => [viewOf(diagonalView, gg, to, how)],
  saves: "nothing",
  samples: [],
};

type DiagonalOp = ((x: Tensor, offset?: number, dim1?: number, dim2?: number) => Tensor) & Declared;

/**
 * The diagonal of two dims as a last dim, as a view; `offset` > 0 is right of the main one (torch.diagonal).
 * @throws ShapeError for a tensor with fewer than two dims.
 */
export const diagonal: DiagonalOp = declareView(
  "diagonal",
  "torch.diagonal(a)",
  [
    { in: [{ shape: [3, 3] }] },
    { in: [{ shape: [2, 4] }], args: [1], torch: "torch.diagonal(a, 1)" },
    { in: [{ shape: [4, 2] }], args: [-2], torch: "torch.diagonal(a, -2)" },
    { in: [{ shape: [2, 3, 4] }], args: [0, 0, 2], torch: "torch.diagonal(a, 0, 0, 2)" },
    { in: [{ shape: [2, 3, 4] }], args: [1, -1, -2], torch: "torch.diagonal(a, 1, -1, -2)" },
    { in: [{ shape: [2, 3] }], args: [5], torch: "torch.diagonal(a, 5)" },
    { in: [{ shape: [0, 3] }] },
    { in: [{ shape: [2, 3, 4], transposed: true }], args: [0, 1, 2], torch: "torch.diagonal(a, 0, 1, 2)" },
    {
      in: [
        {
          values: [
            [true, false],
            [false, true],
          ],
          dtype: "bool",
        },
      ],
    },
  ],
  (x: Tensor, offset = 0, dim1 = 0, dim2 = 1) => {
    expectTensor("diagonal", "input", x);
    if (x.ndim < 2) throw new ShapeError(`diagonal: expected at least 2 dims, got ${shapeText(x.shape)}`);
    const [a, b] = [normaliseDim("diagonal", dim1, x.ndim), normaliseDim("diagonal", dim2, x.ndim)];
    if (a === b || !Number.isInteger(offset)) {
      throw new ArgumentError(
        `diagonal: expected an integer offset and two different dims, got ${offset}, ${dim1}, ${dim2}`,
      );
    }
    const { how, to } = diagonalOf(x.shape, offset, a, b);
    return viewOf(diagonalView, x, to, how);
  },
);
