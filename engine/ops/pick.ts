// Advanced indexing: elements of several dims picked by index tensors that are broadcast together, as NumPy and PyTorch do
// it. Dims that are picked from side by side give way to the indices' dims in their place; else those come first.
import { execute } from "../backend/native.js";
import { intScalar, intVector, scalar } from "../backend/constants.js";
import { broadcastTo, gatherAlong, identity, plus, scatterAddition, scatterUpdate, times } from "../backend/kernels.js";
import { reshaped, transposed } from "../backend/layout.js";
import { zeros } from "../create.js";
import type { Device } from "../device.js";
import { checkedIndices } from "../indexBounds.js";
import { type OpSpec, apply } from "../op.js";
import { type Shape, broadcastShapes, sizeOf } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { contiguousStrides } from "../viewMaking.js";

export interface Picked {
  /** The name that the user wrote. */
  readonly op: string;
  /** The dims that are picked from, ascending; as many as there are index tensors. */
  readonly dims: readonly number[];
  /** What the user indexed, for errors: its shape, and which of its dims each of `dims` is; undefined for indices that were made of a mask, and need no check. */
  readonly whole: Shape;
  readonly named: readonly (number | undefined)[];
}

/** The dims of the result: those before, the indices' own, those after. */
interface Arrangement {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Whether the picked dims stand side by side. */
  readonly together: boolean;
}

function arrange(rank: number, dims: readonly number[]): Arrangement {
  const together = dims.every((d, i) => i === 0 || d === dims[i - 1] + 1);
  const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !dims.includes(i));
  if (!together) return { before: [], after: rest, together };
  return { before: rest.filter((d) => d < dims[0]), after: rest.filter((d) => d > dims[0]), together };
}

/** The indices' common shape. */
export const commonShape = (op: string, indices: readonly Tensor[]): Shape =>
  indices.reduce<Shape>((shape, index) => broadcastShapes(`${op} (index tensors)`, shape, index.shape), []);

/** The shape of what is picked. */
export function pickedShape(x: Tensor, indices: readonly Tensor[], { op, dims }: Picked): Shape {
  const { before, after } = arrange(x.ndim, dims);
  const sizes = (of: readonly number[]) => of.map((d) => x.shape[d]);
  return [...sizes(before), ...commonShape(op, indices), ...sizes(after)];
}

/** The indices as places in the picked dims made one, in their common shape. */
function places(x: Tensor, indices: readonly Tensor[], { op, dims, whole, named }: Picked, on: Device): Storage {
  const sizes = dims.map((d) => x.shape[d]);
  const strides = contiguousStrides(sizes);
  const terms = indices.map((index, i) => {
    const dim = named[i];
    const checked =
      dim === undefined ? index.strided() : checkedIndices(index, { op, shape: whole, dim, negative: true });
    return strides[i] === 1
      ? checked
      : execute(times("int64"), on, "strided", checked, scalar(on, "int64", strides[i]));
  });
  const common = commonShape(op, indices);
  const sum = terms.reduce((a, b) => execute(plus("int64"), on, "strided", a, b));
  return indices.length === 1 ? sum : execute(broadcastTo("int64"), on, "strided", sum, intVector(on, common));
}

const pickSpec: OpSpec<Picked> = {
  name: "index",
  torch: "",
  infer: ([x, ...indices], picked) => ({ shape: pickedShape(x, indices, picked), dtype: x.dtype }),
  forward([x, ...indices], picked, out, on) {
    const { before, after, together } = arrange(x.ndim, picked.dims);
    const at = places(x, indices, picked, on);
    const merged = sizeOf(picked.dims.map((d) => x.shape[d]));
    const sizes = (of: readonly number[]) => of.map((d) => x.shape[d]);
    const input = together ? x.strided() : transposed(x.strided(), [...picked.dims, ...after], x.dtype, on);
    const folded = reshaped(input, [...sizes(before), merged, ...sizes(after)], x.dtype, on);
    return execute(gatherAlong(x.dtype), on, "strided", folded, at, intScalar(on, before.length));
  },
  vjp: (g, { in: [, ...indices], inShapes: [shape], options }) => [
    placed(zeros(shape, { dtype: g.dtype, device: g.device }), g, indices, options, true),
    ...indices.map(() => undefined),
  ],
  saves: { in: (needs) => needs.map((_, i) => i > 0) },
  samples: [],
};

/** The elements that index tensors pick, copied. */
export const pick = (x: Tensor, indices: readonly Tensor[], picked: Picked): Tensor =>
  apply(pickSpec, [x, ...indices], picked);

const placing = (adds: boolean): OpSpec<Picked> => ({
  name: "indexPut",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward([x, values, ...indices], picked, _out, on) {
    const { dtype } = x;
    const { before, after } = arrange(x.ndim, picked.dims);
    const at = places(x, indices, picked, on);
    if (values.numel() === 0) return execute(identity(dtype), on, "strided", x.strided());
    const rest = [...before, ...after];
    const sizes = (of: readonly number[]) => of.map((d) => x.shape[d]);
    const axes = [...picked.dims, ...rest];
    const count = sizeOf(commonShape(picked.op, indices));
    // Rows are what the picked dims, made one, have a place for.
    const inOrder = axes.every((a, i) => a === i);
    const rows = reshaped(
      inOrder ? x.strided() : transposed(x.strided(), axes, dtype, on),
      [-1, ...sizes(rest)],
      dtype,
      on,
    );
    const first = reshaped(values.strided(), [...sizes(before), count, ...sizes(after)], dtype, on);
    const toFront = [before.length, ...rest.map((_, i) => (i < before.length ? i : i + 1))];
    const result = execute(
      (adds ? scatterAddition : scatterUpdate)(dtype),
      on,
      "strided",
      rows,
      reshaped(at, [-1, 1], "int64", on),
      before.length === 0 ? first : transposed(first, toFront, dtype, on),
    );
    const unfolded = reshaped(result, sizes(axes), dtype, on);
    return inOrder
      ? unfolded
      : transposed(
          unfolded,
          axes.map((_, i) => axes.indexOf(i)),
          dtype,
          on,
        );
  },
  // What was replaced has no say any more.
  vjp(g, { in: [, , ...indices], inShapes: [, shape], needs, options }) {
    const none = () => zeros(shape, { dtype: g.dtype, device: g.device });
    return [
      needs[0] ? (adds ? g : placed(g, none(), indices, options, false)) : undefined,
      needs[1] ? pick(g, indices, options) : undefined,
      ...indices.map(() => undefined),
    ];
  },
  saves: { in: (needs) => needs.map((_, i) => i > 1) },
  samples: [],
});
const replaceSpec = placing(false);
const addSpec = placing(true);

/** `x` with `values`, of the shape that would be picked, in those places: instead of what is there, or added to it. */
export const placed = (
  x: Tensor,
  values: Tensor,
  indices: readonly Tensor[],
  picked: Picked,
  accumulate: boolean,
): Tensor => apply(accumulate ? addSpec : replaceSpec, [x, values, ...indices], picked);
