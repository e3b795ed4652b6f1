// x[…] as `x.get(…)` and `x.set_([…], value)`. Integers, slices, "..." and null give a view; tensors and arrays of indices
// or bools pick elements into a copy. Every export is a Tensor method.
import { type TensorData, tensor } from "../create.js";
import { chosen } from "../functional/where.js";
import { ShapeError, shapeText, expectOptions } from "../errors.js";
import type { Index } from "../indexExpression.js";
import { type Declared, expectTensor } from "../op.js";
import { type Shape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { oneValue } from "./filled.js";
import { inPlace } from "../inPlace.js";
import { pick, pickedShape, placed } from "./pick.js";
import { replaced } from "./replaced.js";
import { resolve } from "./resolveIndex.js";

const cube = { shape: [2, 3, 4] } as const;
const vector = (...values: number[]) => ({ values, dtype: "int64" }) as const;
const [b, c] = [{ input: 1 }, { input: 2 }];

type Get = ((x: Tensor, ...indices: readonly Index[]) => Tensor) & Declared;

/**
 * Part of a tensor (Python's `x[…]`). `x.get(3, ":", "::2")`: integers (negative from the end), slices as in Python with a
 * step > 0, "..." for the dims between, null for a new dim; these give a view, and a change of it in place changes `x`.
 * `x.get(index)`, `x.get(mask)`, `x.get([0, 2], ":")`: int64 tensors, bool tensors and arrays of them pick elements into a
 * copy; several are broadcast together, and their dims stand in the place of the picked ones when these are side by side,
 * else first. An integer beside them counts as a slice that is gone, as in PyTorch (NumPy counts it as picking).
 * @throws ArgumentError for an index that is out of bounds, naming it, its dim and the shape; for too many indices, and for
 * a bad slice. GradtapeError for a mask on meta, where the shape depends on data. Indices on a GPU are not checked.
 */
export const get: Get = Object.assign(
  (x: Tensor, ...indices: readonly Index[]): Tensor => {
    const { view, by, picked } = resolve("get", x, indices);
    return picked.dims.length === 0 ? view : pick(view, by, picked);
  },
  {
    opName: "get",
    torch: "a[1]",
    differentiable: true,
    samples: [
      { in: [cube], args: [1] },
      { in: [cube], args: [-1, ":", "::2"], torch: "a[-1, :, ::2]" },
      { in: [cube], args: ["...", 0], torch: "a[..., 0]" },
      { in: [cube], args: [":", null, "1:2"], torch: "a[:, None, 1:2]" },
      { in: [cube], args: ["-1:", "5:", ":-1"], torch: "a[-1:, 5:, :-1]" },
      { in: [cube], args: [], torch: "a[()]" },
      { in: [3], args: ["...", null], torch: "a[..., None]" },
      { in: [{ shape: [0, 3] }], args: [":", 1], torch: "a[:, 1]" },
      { in: [{ ...cube, transposed: true }], args: [1, "1:", "::3"], torch: "a[1, 1:, ::3]" },
      { in: [cube, vector(1, -1, 1)], args: [b], torch: "a[b]" },
      { in: [cube], args: [":", [2, 0]], torch: "a[:, [2, 0]]" },
      { in: [cube], args: [[0, 1], ":", [3, -1]], torch: "a[[0, 1], :, [3, -1]]" },
      { in: [cube], args: [":", [[0], [2]], [1, 2]], torch: "a[:, [[0], [2]], [1, 2]]" },
      { in: [cube], args: [1, ":", [0, 3]], torch: "a[1, :, [0, 3]]" },
      { in: [cube], args: [[1, 0], null, "1:", [0, 3]], torch: "a[[1, 0], None, 1:, [0, 3]]" },
      {
        in: [
          cube,
          {
            values: [
              [1, 0, 1],
              [0, 0, 1],
            ],
            dtype: "bool",
          },
        ],
        args: [b],
        torch: "a[b]",
        meta: false,
      },
      {
        in: [cube, { values: [1, 0, 1, 1], dtype: "bool" }],
        args: ["...", b],
        torch: "a[..., b]",
        meta: false,
      },
      { in: [cube, { values: [0, 1], dtype: "bool" }, vector(2)], args: [b, c], torch: "a[b, c]", meta: false },
      { in: [cube], args: [true], torch: "a[True]" },
      { in: [cube], args: [":", false], torch: "a[:, False]" },
      { in: [cube, { values: 1, dtype: "int64" }], args: [b, 0], torch: "a[b, 0]" },
      { in: [cube, { values: 1, dtype: "bool" }], args: [b], torch: "a[b]", meta: false },
      { in: [cube, { shape: [0], dtype: "int64" }], args: [":", b], torch: "a[:, b]" },
      { in: [cube, { values: [0, 0], dtype: "bool" }], args: [b], torch: "a[b]", meta: false },
      { in: [{ ...cube, transposed: true }, vector(1, 0)], args: [b, ":", [0, 3]], torch: "a[b, :, [0, 3]]" },
      { in: [{ values: [1, 2, 3], dtype: "int8" }, vector(2, 2)], args: [b], torch: "a[b]" },
      { in: [{ shape: [4], dtype: "bfloat16" }, vector(2, 2, 0)], args: [b], torch: "a[b]" },
      { in: [{ values: [1, 0], dtype: "bool" }], args: ["::2"], torch: "a[::2]" },
    ],
  } satisfies Declared,
);

/** What goes into a part of a tensor. */
export type PutValue = number | boolean | Tensor | readonly TensorData[];

const listed = (indices: Index | readonly Index[]): readonly Index[] =>
  Array.isArray(indices) ? (indices as readonly Index[]) : [indices as Index];

/** A value as a tensor that broadcasts to a shape: PyTorch lets leading dims of size 1 go. */
function valueOf(op: string, x: Tensor, value: PutValue, shape: Shape): Tensor {
  if (typeof value === "number" || typeof value === "boolean") return oneValue(op, x, Number(value)).expand(shape);
  const given = value instanceof Tensor ? value : tensor(value, { dtype: x.dtype, device: x.device });
  const extra = given.ndim - shape.length;
  const fits = given.shape.every((n, i) => (i < extra ? n === 1 : n === 1 || n === shape[i - extra]));
  if (!fits) {
    throw new ShapeError(
      `${op}: expected a value that broadcasts to ${shapeText(shape)}, got ${shapeText(given.shape)}`,
    );
  }
  const values = given.to({ dtype: x.dtype, device: x.device });
  const trimmed = extra > 0 ? values.reshape(values.shape.slice(extra)) : values;
  return sameShape(trimmed.shape, shape) ? trimmed : trimmed.expand(shape);
}

function putInto(op: string, x: Tensor, indices: readonly Index[], value: PutValue, accumulate: boolean): void {
  const resolved = resolve(op, x, indices);
  const { view, picked, mask } = resolved;
  const one =
    typeof value === "number" || typeof value === "boolean" || (value instanceof Tensor && value.numel() === 1);
  if (picked.dims.length === 0) {
    const values = valueOf(op, x, value, view.shape);
    inPlace(op, (part: Tensor) => (accumulate ? part.add(values) : replaced(part, values)))(view);
  } else if (mask && one && !accumulate) {
    const single = valueOf(op, x, value instanceof Tensor ? value.reshape([]) : value, []);
    const flags = mask.tensor.reshape([-1, ...view.shape.slice(mask.dim + 1).map(() => 1)]);
    inPlace(op, (part: Tensor) => chosen(op, flags, single, part))(view);
  } else {
    const { by } = resolved;
    const values = valueOf(op, x, value, pickedShape(view, by, picked));
    inPlace(op, (part: Tensor) => placed(part, values, by, picked, accumulate))(view);
  }
}

type Set = (x: Tensor, indices: Index | readonly Index[], value: PutValue) => Tensor;

/**
 * Writes a value into part of this tensor (Python's `x[…] = value`): `x.set_([3, ":"], 0)`, `x.set_([mask], y)`; the indices
 * are those of `get`, in an array. The value is converted to this tensor's dtype and device, and broadcast. Recorded as every
 * change in place is. Of several values for one place it is not said which one stays.
 * @throws ArgumentError as `get`; ShapeError for a value that does not broadcast; AutogradError for a leaf that requires grad.
 */
export const set_: Set = (x, indices, value) => {
  putInto("set_", x, listed(indices), value, false);
  return x;
};

export interface IndexPutOptions {
  /** Add to what is there; places that occur several times get the sum. Default false. */
  readonly accumulate?: boolean;
}

type IndexPutInPlace = (x: Tensor, indices: readonly Index[], values: PutValue, options?: IndexPutOptions) => Tensor;

/** Writes, or with `accumulate` adds, values at indices as `get` takes them (torch.Tensor.index_put_). */
export const indexPut_: IndexPutInPlace = (x, indices, values, options) => {
  const { accumulate = false } = expectOptions("indexPut_", options, "{ accumulate: true }");
  putInto("indexPut_", x, listed(indices), values, accumulate);
  return x;
};

/** `indexPut_` of a copy (torch.index_put). */
export const indexPut: IndexPutInPlace & Declared = Object.assign(
  (x: Tensor, indices: readonly Index[], values: PutValue, options?: IndexPutOptions): Tensor => {
    const { accumulate = false } = expectOptions("indexPut", options, "{ accumulate: true }");
    expectTensor("indexPut", "input", x);
    const copy = x.clone();
    putInto("indexPut", copy, listed(indices), values, accumulate);
    return copy;
  },
  {
    opName: "indexPut",
    torch: "torch.index_put(a, (b,), c)",
    differentiable: true,
    samples: [
      { in: [cube, vector(1), { shape: [1, 3, 4], seed: 1 }], args: [[b], c] },
      {
        in: [cube, vector(1, 1), { shape: [2, 3, 4], seed: 1 }],
        args: [[b], c, { accumulate: true }],
        torch: "torch.index_put(a, (b,), c, accumulate=True)",
      },
      {
        in: [cube, vector(1, 0), vector(2, -1), { shape: [4], seed: 1 }],
        args: [[b, c], { input: 3 }],
        torch: "torch.index_put(a, (b, c), d)",
      },
      {
        in: [
          cube,
          {
            values: [
              [1, 0, 1],
              [0, 0, 1],
            ],
            dtype: "bool",
          },
          5,
        ],
        args: [[b], c],
        torch: "torch.index_put(a, (b,), c)",
      },
      {
        in: [{ ...cube, transposed: true }, vector(1, 1), 5],
        args: [[b], c, { accumulate: true }],
        torch: "torch.index_put(a, (b,), c, accumulate=True)",
      },
      { in: [cube, { shape: [0], dtype: "int64" }, 5], args: [[b], c] },
      {
        in: [{ values: [1, 2, 3], dtype: "int64" }, vector(0, 0, 2), { values: [10, 20, 30], dtype: "int64" }],
        args: [[b], c, { accumulate: true }],
        torch: "torch.index_put(a, (b,), c, accumulate=True)",
      },
      { in: [{ values: [1, 0], dtype: "bool" }, vector(1), { values: 1, dtype: "bool" }], args: [[b], c] },
    ],
  } satisfies Declared,
);
