// Whole slices along one dim, picked or placed by a vector of indices. Every export is a Tensor method.
import { execute } from "../backend/native.js";
import { intScalar } from "../backend/constants.js";
import { gatherAlong, identity, scatterAddition, scatterUpdate } from "../backend/kernels.js";
import { reshaped, transposed } from "../backend/layout.js";
import { full, zeros } from "../create.js";
import type { Device } from "../device.js";
import { isFloating } from "../dtype.js";
import { DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { checkedIndices, expectIndexDType } from "../indexBounds.js";
import { type Declared, type OpSpec, type SampleInput, apply, declare, expectTensor } from "../op.js";
import { type Shape, broadcastShapes, normaliseDim, sameShape } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { filled } from "./filled.js";
import { inPlace } from "../inPlace.js";

interface Along {
  readonly dim: number;
  /** The name that the user wrote. */
  readonly op: string;
}

const [b, c] = [{ input: 1 }, { input: 2 }];
const int64 = (values: readonly unknown[] | number): SampleInput => ({ values, dtype: "int64" });
const cube = { shape: [2, 3, 2] } as const;

/** `dim` as a dim of `x`, and the index as a vector; a 0-d tensor has one slice. */
function expectIndex(op: string, x: Tensor, dim: number, index: Tensor): number {
  expectTensor(op, "input", x);
  expectTensor(op, "index", index);
  expectIndexDType(op, index);
  if (index.ndim > 1) throw new ShapeError(`${op}: expected a vector of indices, got ${shapeText(index.shape)}`);
  return normaliseDim(op, dim, x.ndim);
}

const withSize = (shape: Shape, dim: number, size: number): Shape => shape.map((n, i) => (i === dim ? size : n));

const selectSpec: OpSpec<Along> = {
  name: "indexSelect",
  torch: "torch.index_select(a, 1, b)",
  infer: ([x, index], { dim }) => ({ shape: withSize(x.shape, dim, index.numel()), dtype: x.dtype }),
  forward([x, index], { dim, op }, out, on) {
    const places = checkedIndices(index, { op, shape: x.shape, dim, negative: false });
    const input = x.ndim === 0 ? reshaped(x.storage, [1], x.dtype, on) : x.strided();
    const result = execute(gatherAlong(x.dtype), on, "strided", input, vector(places, on), intScalar(on, dim));
    return x.ndim === 0 ? reshaped(result, out.shape, x.dtype, on) : result;
  },
  vjp: (g, { in: [, index], inShapes: [shape], options: { dim } }) => [
    zeros(shape, { dtype: g.dtype, device: g.device }).indexAdd(dim, index, g),
    undefined,
  ],
  saves: { in: () => [false, true] },
  samples: [
    { in: [cube, int64([2, 0, 2])], args: [1, b] },
    { in: [cube, int64([1])], args: [0, b], torch: "torch.index_select(a, 0, b)" },
    { in: [cube, int64(1)], args: [-1, b], torch: "torch.index_select(a, -1, b)" },
    { in: [cube, { shape: [0], dtype: "int64" }], args: [1, b] },
    { in: [2, int64([0])], args: [0, b], torch: "torch.index_select(a, 0, b)" },
    { in: [{ ...cube, transposed: true }, int64([1, 1])], args: [0, b], torch: "torch.index_select(a, 0, b)" },
    {
      in: [{ values: [true, false], dtype: "bool" }, int64([1, 0])],
      args: [0, b],
      torch: "torch.index_select(a, 0, b)",
    },
    { in: [{ shape: [3], dtype: "float16" }, int64([1, 0])], args: [0, b], torch: "torch.index_select(a, 0, b)" },
  ],
};

const vector = (places: Storage, on: Device): Storage => reshaped(places, [-1], "int64", on);

type IndexSelect = ((x: Tensor, dim: number, index: Tensor) => Tensor) & Declared;

/**
 * The slices at some indices of a dim, copied (torch.index_select). A GPU reads zeros where an index is out of bounds.
 * @param index int64, a vector.
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const indexSelect: IndexSelect = declare(selectSpec, (x: Tensor, dim: number, index: Tensor) => {
  const d = expectIndex("indexSelect", x, dim, index);
  if (x.ndim === 0 && index.numel() !== 1) {
    throw new ShapeError(`indexSelect: expected one index for a 0-d tensor, got ${shapeText(index.shape)}`);
  }
  return apply(selectSpec, [x, index], { dim: d, op: "indexSelect" });
});

/** The dim first, and back. */
const toFront = (rank: number, dim: number) => [
  dim,
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== dim),
];
const fromFront = (rank: number, dim: number) =>
  Array.from({ length: rank }, (_, i) => (i === dim ? 0 : i < dim ? i + 1 : i));

const placing = (adds: boolean): OpSpec<Along> => ({
  name: adds ? "indexAdd" : "indexCopy",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward([x, index, source], { dim, op }, _out, on) {
    const { dtype, ndim: rank } = x;
    if (index.numel() === 0 || source.numel() === 0) return execute(identity(dtype), on, "strided", x.strided());
    const places = checkedIndices(index, { op, shape: x.shape, dim, negative: false });
    const front = (t: Tensor) => {
      if (rank === 0) return reshaped(t.strided(), [1], dtype, on);
      return dim === 0 ? t.strided() : transposed(t.strided(), toFront(rank, dim), dtype, on);
    };
    const result = execute(
      (adds ? scatterAddition : scatterUpdate)(dtype),
      on,
      "strided",
      front(x),
      reshaped(places, [-1, 1], "int64", on),
      front(source),
    );
    if (rank === 0) return reshaped(result, [], dtype, on);
    return dim === 0 ? result : transposed(result, fromFront(rank, dim), dtype, on);
  },
  // What was replaced has no say any more.
  vjp: (g, { in: [, index], needs, inShapes: [, , shape], options: { dim } }) => [
    needs[0] ? (adds ? g : g.indexFill(dim, index, 0)) : undefined,
    undefined,
    needs[2] ? g.indexSelect(dim, index).reshape(shape) : undefined,
  ],
  saves: { in: () => [false, true, false] },
  samples: [],
});
const addSpec = placing(true);
const copySpec = placing(false);

/** A source with a slice for every index. */
function expectSource(op: string, x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  expectTensor(op, "source", source);
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`${op}: expected a source of ${x.dtype}, got ${source.dtype}; convert with .to("${x.dtype}")`);
  }
  const wanted = withSize(x.shape, dim, index.numel());
  if (!sameShape(source.shape, wanted) && !(index.numel() === 1 && source.numel() === 1 && x.ndim <= 1)) {
    throw new ShapeError(`${op}: expected a source of ${shapeText(wanted)}, got ${shapeText(source.shape)}`);
  }
  return sameShape(source.shape, wanted) ? source : source.reshape(wanted);
}

interface AddOptions {
  /** The source is multiplied by it first. Default 1. */
  readonly alpha?: number;
}

type IndexAdd = ((x: Tensor, dim: number, index: Tensor, source: Tensor, options?: AddOptions) => Tensor) & Declared;

const adding = {
  ...addSpec,
  torch: "torch.index_add(a, 1, b, c)",
  samples: [
    { in: [cube, int64([2, 0, 2]), { shape: [2, 3, 2], seed: 1 }], args: [1, b, c] },
    {
      in: [cube, int64([1]), { shape: [1, 3, 2], seed: 1 }],
      args: [0, b, c, { alpha: -2 }],
      torch: "torch.index_add(a, 0, b, c, alpha=-2)",
    },
    {
      in: [cube, int64([0, 1, 0]), { shape: [2, 3, 3], seed: 1 }],
      args: [-1, b, c],
      torch: "torch.index_add(a, -1, b, c)",
    },
    { in: [cube, { shape: [0], dtype: "int64" }, { shape: [2, 0, 2] }], args: [1, b, c] },
    { in: [2, int64([0]), 3], args: [0, b, c], torch: "torch.index_add(a, 0, b, c)" },
    { in: [{ ...cube, transposed: true }, int64([1]), { shape: [2, 1, 2], seed: 1 }], args: [1, b, c] },
    {
      in: [{ values: [1, 2], dtype: "int64" }, int64([1, 1]), { values: [10, 20], dtype: "int64" }],
      args: [0, b, c],
      torch: "torch.index_add(a, 0, b, c)",
    },
  ],
} satisfies OpSpec<Along>;

/**
 * `source` added to the slices of `x` at some indices of a dim, which may repeat (torch.index_add).
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const indexAdd: IndexAdd = declare(
  adding,
  (x: Tensor, dim: number, index: Tensor, source: Tensor, options?: AddOptions) => {
    const { alpha: factor = 1 } = expectOptions("indexAdd", options, "{ alpha: 2 }");
    const d = expectIndex("indexAdd", x, dim, index);
    const values = expectSource("indexAdd", x, d, index, source);
    const alpha = isFloating(x.dtype) ? factor : Math.trunc(factor); // as PyTorch brings it to integers
    return apply(addSpec, [x, index, alpha === 1 ? values : values.mul(alpha)], { dim: d, op: "indexAdd" });
  },
);

type IndexCopy = ((x: Tensor, dim: number, index: Tensor, source: Tensor) => Tensor) & Declared;

const copying = {
  ...copySpec,
  torch: "torch.index_copy(a, 1, b, c)",
  samples: [
    { in: [cube, int64([2, 0]), { shape: [2, 2, 2], seed: 1 }], args: [1, b, c] },
    { in: [cube, int64([1]), { shape: [1, 3, 2], seed: 1 }], args: [0, b, c], torch: "torch.index_copy(a, 0, b, c)" },
    { in: [cube, { shape: [0], dtype: "int64" }, { shape: [2, 0, 2] }], args: [1, b, c] },
    { in: [2, int64([0]), 3], args: [0, b, c], torch: "torch.index_copy(a, 0, b, c)" },
    { in: [{ ...cube, transposed: true }, int64([1]), { shape: [2, 1, 2], seed: 1 }], args: [1, b, c] },
    {
      in: [{ values: [true, true], dtype: "bool" }, int64([1]), { values: [false], dtype: "bool" }],
      args: [0, b, c],
      torch: "torch.index_copy(a, 0, b, c)",
    },
  ],
} satisfies OpSpec<Along>;

/**
 * `x` with the slices at some indices of a dim replaced by those of `source` (torch.index_copy).
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const indexCopy: IndexCopy = declare(copying, (x: Tensor, dim: number, index: Tensor, source: Tensor) => {
  const d = expectIndex("indexCopy", x, dim, index);
  const values = expectSource("indexCopy", x, d, index, source);
  return apply(copySpec, [x, index, values], { dim: d, op: "indexCopy" });
});

type IndexFill = ((x: Tensor, dim: number, index: Tensor, value: number | Tensor) => Tensor) & Declared;

const filling = {
  ...copySpec,
  name: "indexFill",
  torch: "torch.index_fill(a, 1, b, 2.5)",
  samples: [
    { in: [cube, int64([2, 0])], args: [1, b, 2.5] },
    { in: [cube, int64([1]), 3], args: [0, b, c], torch: "torch.index_fill(a, 0, b, c)" },
    { in: [cube, { shape: [0], dtype: "int64" }], args: [1, b, 2.5] },
    { in: [2, int64([0])], args: [0, b, 1], torch: "torch.index_fill(a, 0, b, 1)" },
    { in: [{ ...cube, transposed: true }, int64([1, 1])], args: [-1, b, 0], torch: "torch.index_fill(a, -1, b, 0)" },
    { in: [{ values: [1, 2], dtype: "int64" }, int64([1])], args: [0, b, 9], torch: "torch.index_fill(a, 0, b, 9)" },
  ],
} satisfies OpSpec<Along>;

/**
 * `x` with one value, a number or a 0-d tensor, in the slices at some indices of a dim (torch.index_fill).
 * @throws ArgumentError naming an index that is out of bounds.
 */
export const indexFill: IndexFill = declare(
  filling,
  (x: Tensor, dim: number, index: Tensor, value: number | Tensor) => {
    const d = expectIndex("indexFill", x, dim, index);
    const like = full(withSize(x.shape, d, index.numel()), 0, { dtype: x.dtype, device: x.device });
    return apply(copySpec, [x, index, filled("indexFill", like, value)], { dim: d, op: "indexFill" });
  },
);

type TakeAlong = ((x: Tensor, index: Tensor, dim?: number) => Tensor) & Declared;

const takeSamples: Declared["samples"] = [
  { in: [cube, int64([[[0], [1], [0]]])], args: [-1] },
  { in: [{ shape: [2, 3] }, int64([[1, 0, 1]])], args: [0], torch: "torch.take_along_dim(a, b, 0)" },
  { in: [{ shape: [2, 3] }, int64([5, 0])], args: [], torch: "torch.take_along_dim(a, b)" },
  { in: [{ shape: [2, 3] }, { shape: [2, 0], dtype: "int64" }], args: [1], torch: "torch.take_along_dim(a, b, 1)" },
  { in: [{ shape: [2, 3], transposed: true }, int64([[2]])], args: [1], torch: "torch.take_along_dim(a, b, 1)" },
  { in: [{ values: [4, 5], dtype: "int32" }, int64([1, 1, 0])], args: [0], torch: "torch.take_along_dim(a, b, 0)" },
];

/** `gather` with `x` and `index` broadcast in the other dims; without a dim, of the flattened tensor (torch.take_along_dim). */
export const takeAlongDim: TakeAlong = Object.assign(
  (x: Tensor, index: Tensor, dim?: number): Tensor => {
    expectTensor("takeAlongDim", "input", x);
    expectTensor("takeAlongDim", "index", index);
    if (dim === undefined) return x.reshape(-1).gather(0, index.reshape(-1));
    if (x.ndim !== index.ndim) {
      throw new ShapeError(
        `takeAlongDim: expected an index of ${x.ndim} dims, got ${shapeText(index.shape)} for ${shapeText(x.shape)}`,
      );
    }
    const d = normaliseDim("takeAlongDim", dim, x.ndim);
    const common = broadcastShapes("takeAlongDim", withSize(x.shape, d, 1), withSize(index.shape, d, 1));
    return x.expand(withSize(common, d, x.shape[d])).gather(d, index.expand(withSize(common, d, index.shape[d])));
  },
  {
    opName: "takeAlongDim",
    torch: "torch.take_along_dim(a, b, -1)",
    differentiable: true,
    samples: takeSamples,
  } satisfies Declared,
);

/** torch.Tensor.index_add_. */
export const indexAdd_ = inPlace("indexAdd_", indexAdd);
/** torch.Tensor.index_copy_. */
export const indexCopy_ = inPlace("indexCopy_", indexCopy);
/** torch.Tensor.index_fill_. */
export const indexFill_ = inPlace("indexFill_", indexFill);
