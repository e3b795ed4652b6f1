// Parts of a tensor along one dim, as views. Every export but `surround` is a Tensor method.
import * as kernels from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { intVector, scalar } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, expectTensor } from "../op.js";
import { normaliseDim } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { declareView } from "../view.js";
import { boxAlong, boxView } from "./box.js";

interface Surround {
  readonly dim: number;
  readonly before: number;
  readonly after: number;
}

const padSpec: OpSpec<Surround> = {
  name: "surround",
  torch: "",
  infer: ([x], { dim, before, after }) => ({
    shape: x.shape.map((n, i) => (i === dim ? before + n + after : n)),
    dtype: x.dtype,
  }),
  forward([x], { dim, before, after }, _out, on) {
    const paddings = x.shape.flatMap((_, i) => (i === dim ? [before, after] : [0, 0]));
    return execute(
      kernels.pad(x.dtype),
      on,
      "strided",
      x.strided(),
      reshaped(intVector(on, paddings), [x.ndim, 2], "int32", on),
      scalar(on, x.dtype, 0),
    );
  },
  vjp: (g, { inShapes: [shape], options: { dim, before } }) => [g.narrow(dim, before, shape[dim])],
  saves: "nothing",
  samples: [],
};

/** Zeros before and after along one dim; differentiable. */
export const surround = (x: Tensor, dim: number, before: number, after: number): Tensor =>
  apply(padSpec, [x], { dim, before, after });

/** A dim of a tensor that has one. */
function dimOf(op: string, x: Tensor, dim: number): number {
  expectTensor(op, "input", x);
  if (x.ndim === 0) throw new ShapeError(`${op}: expected a tensor with at least one dim, got a 0-d one`);
  return normaliseDim(op, dim, x.ndim);
}

const square = { shape: [2, 4] } as const;

type Narrow = ((x: Tensor, dim: number, start: number, length: number) => Tensor) & Declared;
const narrowed = boxView("narrow");

/** `length` places from `start` along a dim, as a view; a negative start counts from the end (torch.narrow). */
export const narrow: Narrow = declareView(
  "narrow",
  "torch.narrow(a, 1, 1, 2)",
  [
    { in: [square], args: [1, 1, 2] },
    { in: [{ shape: [3, 2] }], args: [0, 0, 3], torch: "torch.narrow(a, 0, 0, 3)" },
    { in: [square], args: [-1, -3, 2], torch: "torch.narrow(a, -1, -3, 2)" },
    { in: [square], args: [1, 4, 0], torch: "torch.narrow(a, 1, 4, 0)" },
    { in: [{ shape: [4, 3], transposed: true }], args: [0, 1, 2], torch: "torch.narrow(a, 0, 1, 2)" },
    { in: [{ values: [true, false, true], dtype: "bool" }], args: [0, 1, 2], torch: "torch.narrow(a, 0, 1, 2)" },
    { in: [{ shape: [5], dtype: "bfloat16" }], args: [0, 1, 3], torch: "torch.narrow(a, 0, 1, 3)" },
  ],
  (x: Tensor, dim: number, start: number, length: number) => {
    const d = dimOf("narrow", x, dim);
    const size = x.shape[d];
    const from = start < 0 ? start + size : start;
    if (![from, length].every(Number.isInteger) || from < 0 || length < 0 || from + length > size) {
      throw new ArgumentError(
        `narrow: expected a range within dim ${dim} of ${shapeText(x.shape)}, got start ${start}, length ${length}`,
      );
    }
    return narrowed(x, boxAlong(x.shape, d, from, from + length, false));
  },
);

type Select = ((x: Tensor, dim: number, index: number) => Tensor) & Declared;
const selected = boxView("select");

/** The part at one index of a dim, without that dim, as a view (torch.select). */
export const select: Select = declareView(
  "select",
  "torch.select(a, 1, -1)",
  [
    { in: [square], args: [1, -1] },
    { in: [square], args: [0, 1], torch: "torch.select(a, 0, 1)" },
    { in: [{ shape: [3] }], args: [0, 2], torch: "torch.select(a, 0, 2)" },
    { in: [{ shape: [0, 3] }], args: [1, 0], torch: "torch.select(a, 1, 0)" },
    { in: [{ shape: [4, 2, 3], transposed: true }], args: [-1, -2], torch: "torch.select(a, -1, -2)" },
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
      args: [0, 1],
      torch: "torch.select(a, 0, 1)",
    },
  ],
  (x: Tensor, dim: number, index: number) => {
    const d = dimOf("select", x, dim);
    const size = x.shape[d];
    if (!Number.isInteger(index) || index < -size || index >= size) {
      throw new ArgumentError(
        `select: expected an index in [${-size}, ${size - 1}] for dim ${dim} of ${shapeText(x.shape)}, got ${index}`,
      );
    }
    const at = index < 0 ? index + size : index;
    return selected(x, boxAlong(x.shape, d, at, at + 1, true));
  },
);

const partOf = boxView("split");

function parts(x: Tensor, dim: number, sizes: readonly number[]): readonly Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    const part = partOf(x, boxAlong(x.shape, dim, start, start + size, false));
    start += size;
    return part;
  });
}

/** Pieces of `size`, the last one smaller where it does not go in; one empty piece of nothing. */
function equalSizes(whole: number, size: number): readonly number[] {
  if (whole === 0) return [0];
  return Array.from({ length: Math.ceil(whole / size) }, (_, i) => Math.min(size, whole - i * size));
}

type Split = ((x: Tensor, size: number | readonly number[], dim?: number) => readonly Tensor[]) & Declared;

/**
 * Parts along a dim, as views: of one size (the last may be smaller), or of the given sizes (torch.split). Unlike
 * PyTorch's, the parts may be changed in place while recording, as those of `narrow` may.
 */
export const split: Split = declareView(
  "split",
  "torch.split(a, 2)",
  [
    { in: [{ shape: [5, 2] }], args: [2] },
    { in: [square], args: [[1, 3], 1], torch: "torch.split(a, [1, 3], 1)" },
    { in: [{ shape: [0, 2] }], args: [2] },
    { in: [{ shape: [3] }], args: [7], torch: "torch.split(a, 7)" },
    { in: [{ shape: [3, 4], transposed: true }], args: [2, -1], torch: "torch.split(a, 2, -1)" },
    { in: [{ shape: [4], dtype: "float32" }], args: [[0, 4]], torch: "torch.split(a, [0, 4])" },
  ],
  (x: Tensor, size: number | readonly number[], dim = 0) => {
    const d = dimOf("split", x, dim);
    const whole = x.shape[d];
    if (typeof size === "number") {
      const fits = Number.isInteger(size) && (size > 0 || (size === 0 && whole === 0));
      if (!fits) throw new ArgumentError(`split: expected a size > 0, got ${size}`);
      return parts(x, d, equalSizes(whole, size));
    }
    if (size.some((n) => !Number.isInteger(n) || n < 0) || size.reduce((a, b) => a + b, 0) !== whole) {
      throw new ArgumentError(
        `split: expected sizes that add up to ${whole}, dim ${dim} of ${shapeText(x.shape)}, got ${shapeText(size)}`,
      );
    }
    return parts(x, d, size);
  },
);

type Chunk = ((x: Tensor, chunks: number, dim?: number) => readonly Tensor[]) & Declared;

function count(op: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw new ArgumentError(`${op}: expected a number > 0, got ${value}`);
  return value;
}

/** At most `chunks` parts of one size along a dim, as views; the last may be smaller (torch.chunk). */
export const chunk: Chunk = declareView(
  "chunk",
  "torch.chunk(a, 2)",
  [
    { in: [{ shape: [5, 2] }], args: [2] },
    { in: [square], args: [3, 1], torch: "torch.chunk(a, 3, 1)" },
    { in: [{ shape: [6] }], args: [4], torch: "torch.chunk(a, 4)" },
    { in: [{ shape: [0, 2] }], args: [2] },
    { in: [{ shape: [3, 4], transposed: true }], args: [2, -1], torch: "torch.chunk(a, 2, -1)" },
    { in: [{ values: [1, 2, 3], dtype: "int64" }], args: [2] },
  ],
  (x: Tensor, chunks: number, dim = 0) => {
    const d = dimOf("chunk", x, dim);
    const whole = x.shape[d];
    if (whole === 0) return parts(x, d, Array<number>(count("chunk", chunks)).fill(0));
    return parts(x, d, equalSizes(whole, Math.ceil(whole / count("chunk", chunks))));
  },
);

type TensorSplit = ((x: Tensor, sections: number | readonly number[], dim?: number) => readonly Tensor[]) & Declared;

/** That many parts of as equal sizes as can be, or parts between the given indices, as views (torch.tensor_split). */
export const tensorSplit: TensorSplit = declareView(
  "tensorSplit",
  "torch.tensor_split(a, 3)",
  [
    { in: [{ shape: [7, 2] }], args: [3] },
    { in: [square], args: [[1, 3], 1], torch: "torch.tensor_split(a, [1, 3], 1)" },
    { in: [{ shape: [3] }], args: [5], torch: "torch.tensor_split(a, 5)" },
    { in: [{ shape: [4] }], args: [[3, 1, 9]], torch: "torch.tensor_split(a, [3, 1, 9])" },
    { in: [{ shape: [5] }], args: [[-2]], torch: "torch.tensor_split(a, [-2])" },
    { in: [{ shape: [3, 4], transposed: true }], args: [2, -1], torch: "torch.tensor_split(a, 2, -1)" },
  ],
  (x: Tensor, sections: number | readonly number[], dim = 0) => {
    const d = dimOf("tensorSplit", x, dim);
    const whole = x.shape[d];
    if (typeof sections === "number") {
      const n = count("tensorSplit", sections);
      const larger = whole % n;
      return parts(
        x,
        d,
        Array.from({ length: n }, (_, i) => Math.floor(whole / n) + (i < larger ? 1 : 0)),
      );
    }
    const within = (i: number) => Math.min(Math.max(i < 0 ? i + whole : i, 0), whole);
    const ends = [...sections.map(within), whole];
    return ends.map((end, i) => {
      const start = i === 0 ? 0 : ends[i - 1];
      return partOf(x, boxAlong(x.shape, d, start, Math.max(start, end), false));
    });
  },
);

type Unbind = ((x: Tensor, dim?: number) => readonly Tensor[]) & Declared;
const unbound = boxView("unbind");

/** Every part at one index of a dim, without that dim, as views (torch.unbind). */
export const unbind: Unbind = declareView(
  "unbind",
  "torch.unbind(a)",
  [
    { in: [{ shape: [3, 2] }] },
    { in: [square], args: [1], torch: "torch.unbind(a, 1)" },
    { in: [{ shape: [3] }] },
    { in: [{ shape: [1, 0] }] },
    { in: [{ shape: [3, 4], transposed: true }], args: [-1], torch: "torch.unbind(a, -1)" },
    { in: [{ values: [[true], [false]], dtype: "bool" }] },
  ],
  (x: Tensor, dim = 0) => {
    const d = dimOf("unbind", x, dim);
    return Array.from({ length: x.shape[d] }, (_, i) => unbound(x, boxAlong(x.shape, d, i, i + 1, true)));
  },
);
