// Several tensors as one.
import { execute } from "../backend/native.js";
import { intScalar } from "../backend/constants.js";
import { concat, identity } from "../backend/kernels.js";
import { type DType, resultType } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { type Shape, broadcastShapes, normaliseDim } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { stackSpec, stacked } from "./unstacked.js";

interface Along {
  readonly dim: number;
}

type Tensors = readonly Tensor[];
type Join = ((tensors: Tensors, dim?: number) => Tensor) & Declared;

/** PyTorch's common dtype of several operands: 0-d ones count less. */
function commonDType(tensors: Tensors): DType {
  let [dtype, rank] = [tensors[0].dtype, tensors[0].ndim];
  for (const x of tensors.slice(1)) {
    dtype = resultType(dtype, rank, x.dtype, x.ndim);
    rank = Math.max(rank, x.ndim);
  }
  return dtype;
}

function expectTensors(op: string, tensors: Tensors): void {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ArgumentError(`${op}: expected an array of at least one tensor`);
  }
  tensors.forEach((x: unknown, i) => expectTensor(op, `element ${i}`, x));
}

const inOneDType = (tensors: Tensors): Tensors => {
  const dtype = commonDType(tensors);
  return tensors.map((x) => (x.dtype === dtype ? x : x.to(dtype)));
};

const shapesOf = (tensors: Tensors): string => tensors.map((x) => shapeText(x.shape)).join(", ");

const isEmptyVector = (shape: Shape): boolean => shape.length === 1 && shape[0] === 0;

/** The tensors that count: empty vectors do only among themselves. */
function counting(tensors: Tensors): Tensors {
  const kept = tensors.filter((x) => !isEmptyVector(x.shape));
  return kept.length === 0 ? tensors.slice(0, 1) : kept;
}

const catSpec: OpSpec<Along> = {
  name: "cat",
  torch: "torch.cat([a, b])",
  infer(inputs, { dim }) {
    const parts = counting(inputs);
    const [first] = parts;
    const fits = parts.every(
      (part) => part.ndim === first.ndim && part.shape.every((n, i) => i === dim || n === first.shape[i]),
    );
    if (!fits) throw new ShapeError(`cat: expected shapes that agree but for dim ${dim}, got ${shapesOf(parts)}`);
    const length = parts.reduce((n, part) => n + part.shape[dim], 0);
    return { shape: first.shape.map((n, i) => (i === dim ? length : n)), dtype: first.dtype };
  },
  forward(inputs, { dim }, _out, on) {
    const parts = counting(inputs);
    const storages = parts.map((part) => part.strided());
    const { dtype } = parts[0];
    if (parts.length === 1) return execute(identity(dtype), on, "strided", storages[0]); // the kernel wants two
    return execute(concat(dtype, parts.length), on, "strided", ...storages, intScalar(on, dim));
  },
  vjp(g, { inShapes, needs, options: { dim } }) {
    let start = 0;
    return inShapes.map((shape, i) => {
      if (isEmptyVector(shape)) return needs[i] ? g.reshape(-1).narrow(0, 0, 0) : undefined;
      const at = start;
      start += shape[dim];
      return needs[i] ? g.narrow(dim, at, shape[dim]) : undefined;
    });
  },
  saves: "nothing",
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [1, 3], seed: 1 }] },
    { in: [{ shape: [2, 3] }, { shape: [2, 2], seed: 1 }], args: [1], torch: "torch.cat([a, b], 1)" },
    { in: [{ shape: [2, 3] }], args: [-1], torch: "torch.cat([a], -1)" },
    { in: [{ shape: [0, 3] }, { shape: [2, 3], seed: 1 }] },
    { in: [{ shape: [0] }, { shape: [2, 3], seed: 1 }] },
    {
      in: [
        { shape: [2, 3], transposed: true },
        { shape: [2, 3], seed: 1 },
      ],
    },
    {
      in: [
        { values: [1, 2], dtype: "int64" },
        { shape: [2], dtype: "float32" },
      ],
    },
    {
      in: [
        { values: [1, 0], dtype: "bool" },
        { values: [3], dtype: "uint8" },
      ],
    },
    {
      in: [
        { shape: [2], dtype: "float16" },
        { shape: [2], dtype: "bfloat16" },
      ],
    },
  ],
};

/**
 * Tensors one after another along a dim, in their common dtype (torch.cat). Empty vectors count for nothing, whatever the
 * shape of the others, as in PyTorch.
 * @throws ShapeError for shapes that differ in another dim, and for 0-d tensors.
 */
export const cat: Join = declare(catSpec, (tensors: Tensors, dim = 0) => {
  expectTensors("cat", tensors);
  const scalar = tensors.findIndex((x) => x.ndim === 0);
  if (scalar >= 0)
    throw new ShapeError(`cat: expected tensors with dims, got a 0-d one as element ${scalar}; use stack`);
  const parts = inOneDType(tensors);
  return apply(catSpec, parts, { dim: normaliseDim("cat", dim, counting(parts)[0].ndim) });
});

/** Tensors of one shape along a new dim, in their common dtype (torch.stack). */
export const stack: Join = declare(stackSpec, (tensors: Tensors, dim = 0) => {
  expectTensors("stack", tensors);
  const parts = inOneDType(tensors);
  return stacked(parts, normaliseDim("stack", dim, parts[0].ndim + 1));
});

type Stack = ((tensors: Tensors) => Tensor) & Declared;

/** A tensor with at least so many dims, new ones where NumPy's atleast_2d and atleast_3d put them. */
function withDims(x: Tensor, rank: 1 | 2 | 3): Tensor {
  if (x.ndim >= rank) return x;
  if (rank === 3 && x.ndim === 2) return x.unsqueeze(2);
  if (rank === 3) return x.reshape(1, -1, 1);
  return x.reshape(rank === 2 ? [1, -1] : [1]);
}

function stacking(name: string, torch: string, rank: 1 | 2 | 3, dimOf: (rank: number) => number): Stack {
  const samples: Declared["samples"] = [
    { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }] },
    { in: [{ shape: [3] }, { shape: [3], seed: 1 }] },
    { in: [1, 2] },
    { in: [{ shape: [0] }, { shape: [0] }] },
    {
      in: [
        { shape: [2, 3, 2], transposed: true },
        { shape: [2, 3, 2], seed: 1 },
      ],
    },
    {
      in: [
        { values: [[1, 2]], dtype: "int64" },
        { values: [[1, 0]], dtype: "bool" },
      ],
    },
  ];
  const call = (tensors: Tensors): Tensor => {
    expectTensors(name, tensors);
    const parts = tensors.map((x) => withDims(x, rank));
    return cat(parts, dimOf(parts[0].ndim));
  };
  return Object.assign(call, { opName: name, torch: `torch.${torch}([a, b])`, differentiable: true, samples });
}

/** Side by side: along dim 1, or along dim 0 of vectors (torch.hstack). */
export const hstack: Stack = stacking("hstack", "hstack", 1, (rank) => (rank === 1 ? 0 : 1));
/** One below the other: along dim 0; a vector is a row (torch.vstack). */
export const vstack: Stack = stacking("vstack", "vstack", 2, () => 0);
/** One behind the other: along dim 2 (torch.dstack). */
export const dstack: Stack = stacking("dstack", "dstack", 3, () => 2);

const broadcastSamples: Declared["samples"] = [
  { in: [{ shape: [2, 1] }, { shape: [3], seed: 1 }] },
  { in: [1, { shape: [2] }] },
  { in: [{ shape: [1, 0] }, { shape: [2, 1], seed: 1 }] },
  { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }] },
  {
    in: [
      { shape: [1, 3], transposed: true },
      { shape: [2, 1], seed: 1 },
    ],
  },
  {
    in: [
      { values: [1, 2], dtype: "int64" },
      { values: [[1]], dtype: "bool" },
    ],
  },
];

/** Tensors expanded to their common shape, as views (torch.broadcast_tensors, of an array). */
export const broadcastTensors: ((tensors: Tensors) => readonly Tensor[]) & Declared = Object.assign(
  (tensors: Tensors): readonly Tensor[] => {
    expectTensors("broadcastTensors", tensors);
    const shape = tensors.reduce<Shape>((all, x) => broadcastShapes("broadcastTensors", all, x.shape), []);
    return tensors.map((x) => x.expand(shape));
  },
  {
    opName: "broadcastTensors",
    torch: "torch.broadcast_tensors(a, b)",
    differentiable: true,
    samples: broadcastSamples,
  },
);
