// Elements picked, or placed, by indices along one dim: the result of `gather` and the source of `scatter` have the shape
// of the index. Every export is a Tensor method.
import { execute, upload } from "../backend/native.js";
import { intScalar, scalar } from "../backend/constants.js";
import { gatherAlong, identity, plus, scatterAddition, scatterUpdate, times } from "../backend/kernels.js";
import { reshaped } from "../backend/layout.js";
import { full, zeros } from "../create.js";
import type { Device } from "../device.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { checkedIndices, expectIndexDType } from "../indexBounds.js";
import { type Declared, type OpSpec, type SampleInput, apply, declare, expectTensor } from "../op.js";
import { type Shape, normaliseDim } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { contiguousStrides } from "../viewMaking.js";
import { inPlace } from "../inPlace.js";

interface Along {
  readonly dim: number;
  /** The name that the user wrote. */
  readonly op: string;
}

/** 0, stride, 2 stride, … along one dim of `rank`. */
function ramp(size: number, stride: number, at: number, rank: number, on: Device): Storage {
  const values = BigInt64Array.from({ length: size }, (_, i) => BigInt(i * stride));
  const shape = Array.from({ length: rank }, (_, i) => (i === at ? size : 1));
  return upload("int64", shape, on, values);
}

/** Where in a flat tensor of `shape` the elements lie that an index along `dim` means. */
function places(index: Tensor, shape: Shape, { dim, op }: Along, on: Device): Storage {
  const rank = shape.length;
  let sum = checkedIndices(index, { op, shape, dim, negative: false });
  if (rank === 0 || index.numel() === 0) return sum;
  const strides = contiguousStrides(shape);
  if (strides[dim] !== 1) sum = execute(times("int64"), on, "strided", sum, scalar(on, "int64", strides[dim]));
  for (let d = 0; d < rank; d++) {
    if (d === dim || (index.shape[d] ?? 1) <= 1) continue;
    sum = execute(plus("int64"), on, "strided", sum, ramp(index.shape[d], strides[d], d, rank, on));
  }
  return sum;
}

/** As many dims, and no dim of the index larger than that of `limit`, except perhaps `dim`. */
function checkIndex(op: string, index: Tensor, limit: Tensor, except: number | undefined): void {
  expectTensor(op, "index", index);
  expectIndexDType(op, index);
  if (index.numel() === 0) return;
  const sameRank = Math.max(index.ndim, 1) === Math.max(limit.ndim, 1);
  if (sameRank && index.shape.every((n, i) => i === except || n <= (limit.shape[i] ?? 1))) return;
  const apart = except === undefined ? "" : ` (apart from dim ${except})`;
  throw new ShapeError(
    `${op}: expected an index no larger than ${shapeText(limit.shape)}${apart}, got ${shapeText(index.shape)}`,
  );
}

const matrix = { shape: [2, 3] } as const;
const [b, c] = [{ input: 1 }, { input: 2 }];
const int64 = (values: readonly unknown[] | number): SampleInput => ({ values, dtype: "int64" });
const picks = int64([
  [0, 0, 2, 1],
  [2, 1, 0, 0],
]);

const gatherSpec: OpSpec<Along> = {
  name: "gather",
  torch: "torch.gather(a, 1, b)",
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype }),
  forward([x, index], options, _out, on) {
    const flat = reshaped(x.strided(), [-1], x.dtype, on);
    return execute(gatherAlong(x.dtype), on, "strided", flat, places(index, x.shape, options, on), intScalar(on, 0));
  },
  // Each element's gradient goes back to where it came from.
  vjp: (g, { in: [, index], inShapes: [shape], options: { dim } }) => [
    zeros(shape, { dtype: g.dtype, device: g.device }).scatterAdd(dim, index, g),
    undefined,
  ],
  saves: { in: () => [false, true] },
  samples: [
    { in: [matrix, picks], args: [1, b] },
    { in: [matrix, int64([[1, 0]])], args: [0, b], torch: "torch.gather(a, 0, b)" },
    { in: [{ shape: [3, 2, 4] }, int64([[[1], [0]]])], args: [-1, b], torch: "torch.gather(a, -1, b)" },
    { in: [matrix, { shape: [0, 3], dtype: "int64" }], args: [0, b], torch: "torch.gather(a, 0, b)" },
    { in: [2, int64(0)], args: [0, b], torch: "torch.gather(a, 0, b)" },
    { in: [{ ...matrix, transposed: true }, int64([[1, 0, 1]])], args: [0, b], torch: "torch.gather(a, 0, b)" },
    { in: [{ values: [1, 2, 3], dtype: "int8" }, int64([2, 0])], args: [0, b], torch: "torch.gather(a, 0, b)" },
    { in: [{ shape: [3], dtype: "bfloat16" }, int64([2, 2, 2, 0])], args: [0, b], torch: "torch.gather(a, 0, b)" },
  ],
};

type Gather = ((x: Tensor, dim: number, index: Tensor) => Tensor) & Declared;

/**
 * The elements that `index` names along `dim`: for dim 0, out[i][j] = x[index[i][j]][j] (torch.gather). The result has the
 * shape of the index, which may be smaller than `x` in the other dims. A GPU reads zeros where an index is out of bounds.
 * @param index int64, of as many dims as `x`.
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const gather: Gather = declare(gatherSpec, (x: Tensor, dim: number, index: Tensor) => {
  expectTensor("gather", "input", x);
  const d = normaliseDim("gather", dim, x.ndim);
  checkIndex("gather", index, x, d);
  return apply(gatherSpec, [x, index], { dim: d, op: "gather" });
});

/** Both scatters: elements of `source` at their places in `x`, replacing what is there or added to it. */
const scattering = (adds: boolean): OpSpec<Along> => ({
  name: adds ? "scatterAdd" : "scatter",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward([x, index, source], options, _out, on) {
    if (index.numel() === 0) return execute(identity(x.dtype), on, "strided", x.strided());
    const { dtype } = x;
    const result = execute(
      (adds ? scatterAddition : scatterUpdate)(dtype),
      on,
      "strided",
      reshaped(x.strided(), [-1], dtype, on),
      reshaped(places(index, x.shape, options, on), [-1, 1], "int64", on),
      reshaped(source.strided(), [-1], dtype, on),
    );
    return reshaped(result, x.shape, dtype, on);
  },
  // What was replaced has no say any more.
  vjp: (g, { in: [, index], needs, options: { dim } }) => [
    needs[0] ? (adds ? g : g.scatter(dim, index, 0)) : undefined,
    undefined,
    needs[2] ? g.gather(dim, index) : undefined,
  ],
  saves: { in: () => [false, true, false] },
  samples: [],
});
const addSpec = scattering(true);
const replaceSpec = scattering(false);

/** The part of the source that the index has places for. */
function sourceFor(op: string, x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  checkIndex(op, index, x, dim);
  expectTensor(op, "source", source);
  checkIndex(op, index, source, undefined);
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`${op}: expected a source of ${x.dtype}, got ${source.dtype}; convert with .to("${x.dtype}")`);
  }
  return index.numel() === 0
    ? source
    : index.shape.reduce((part, n, i) => (part.shape[i] === n ? part : part.narrow(i, 0, n)), source);
}

type ScatterAdd = ((x: Tensor, dim: number, index: Tensor, source: Tensor) => Tensor) & Declared;

const adding = {
  ...addSpec,
  torch: "torch.scatter_add(a, 1, b, c)",
  samples: [
    { in: [matrix, picks, { shape: [2, 4], seed: 1 }], args: [1, b, c] },
    {
      in: [matrix, int64([[1, 0]]), { shape: [1, 2], seed: 1 }],
      args: [0, b, c],
      torch: "torch.scatter_add(a, 0, b, c)",
    },
    {
      in: [matrix, { shape: [0, 3], dtype: "int64" }, { shape: [0, 3] }],
      args: [0, b, c],
      torch: "torch.scatter_add(a, 0, b, c)",
    },
    { in: [2, int64(0), 3], args: [0, b, c], torch: "torch.scatter_add(a, 0, b, c)" },
    {
      in: [{ shape: [3, 2], transposed: true }, int64([[1], [1]]), { shape: [2, 1], seed: 1 }],
      args: [0, b, c],
      torch: "torch.scatter_add(a, 0, b, c)",
    },
    {
      in: [{ values: [1, 2, 3], dtype: "int64" }, int64([2, 2]), { values: [10, 20], dtype: "int64" }],
      args: [0, b, c],
      torch: "torch.scatter_add(a, 0, b, c)",
    },
    {
      in: [[0, Infinity], int64([0, 0, 1]), [NaN, 1, -Infinity]],
      args: [0, b, c],
      torch: "torch.scatter_add(a, 0, b, c)",
      gradcheck: false,
    },
  ],
} satisfies OpSpec<Along>;

/**
 * `source` added to `x` at the places that `index` names along `dim`; the opposite of `gather` (torch.scatter_add).
 * @param index int64, no larger than `source`, nor than `x` apart from `dim`.
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const scatterAdd: ScatterAdd = declare(adding, (x: Tensor, dim: number, index: Tensor, source: Tensor) => {
  expectTensor("scatterAdd", "input", x);
  const d = normaliseDim("scatterAdd", dim, x.ndim);
  const part = sourceFor("scatterAdd", x, d, index, source);
  return apply(addSpec, [x, index, part], { dim: d, op: "scatterAdd" });
});

type Scatter = ((x: Tensor, dim: number, index: Tensor, source: Tensor | number) => Tensor) & Declared;

const replacing = {
  ...replaceSpec,
  torch: "torch.scatter(a, 1, b, c)",
  samples: [
    { in: [matrix, int64([[0, 2]]), { shape: [1, 2], seed: 1 }], args: [1, b, c] },
    { in: [matrix, picks], args: [1, b, 2.5], torch: "torch.scatter(a, 1, b, 2.5)" },
    {
      in: [matrix, { shape: [0], dtype: "int64" }, { shape: [0] }],
      args: [0, b, c],
      torch: "torch.scatter(a, 0, b, c)",
    },
    { in: [2, int64(0)], args: [0, b, -1], torch: "torch.scatter(a, 0, b, -1)" },
    {
      in: [{ shape: [3, 2], transposed: true }, int64([[1], [0], [1]])],
      args: [1, b, NaN],
      torch: "torch.scatter(a, 1, b, float('nan'))",
      gradcheck: false,
    },
    { in: [{ values: [true, true], dtype: "bool" }, int64([1])], args: [0, b, 0], torch: "torch.scatter(a, 0, b, 0)" },
    { in: [{ shape: [2, 2], dtype: "float16" }, int64([[1, 0]])], args: [0, b, 7], torch: "torch.scatter(a, 0, b, 7)" },
  ],
} satisfies OpSpec<Along>;

/**
 * `x` with elements of `source`, or one number, at the places that `index` names along `dim` (torch.scatter). Of several
 * elements for one place it is not said which one stays.
 * @param index int64, no larger than `source`, nor than `x` apart from `dim`.
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const scatter: Scatter = declare(replacing, (x: Tensor, dim: number, index: Tensor, source: Tensor | number) => {
  expectTensor("scatter", "input", x);
  const d = normaliseDim("scatter", dim, x.ndim);
  const values = typeof source === "number" ? filledAs(x, index, source) : source;
  const part = sourceFor("scatter", x, d, index, values);
  return apply(replaceSpec, [x, index, part], { dim: d, op: "scatter" });
});

function filledAs(x: Tensor, index: Tensor, value: number): Tensor {
  expectTensor("scatter", "index", index);
  return full(index.shape, value, { dtype: x.dtype, device: x.device });
}

/** torch.Tensor.scatter_. */
export const scatter_ = inPlace("scatter_", scatter);
/** torch.Tensor.scatter_add_. */
export const scatterAdd_ = inPlace("scatterAdd_", scatterAdd);
