// Elements turned around, rolled, repeated, or a triangle of them: copies. Every export is a Tensor method.
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import { intVector } from "../backend/constants.js";
import { arange, tensor } from "../create.js";
import { chosen } from "../functional/where.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { type Shape, type Sizes, normaliseDim, sizesOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import { oneValue } from "./filled.js";
import { inPlace } from "../inPlace.js";

const square = { shape: [2, 3, 4] } as const;
const turned = { ...square, transposed: true } as const;

// ---- flip

const reverse = perDType((dtype) => kernel("ReverseV2", [typeAttr("T", dtype), typeAttr("Tidx", "int32")], 2));

const flipSpec: OpSpec<readonly number[]> = {
  name: "flip",
  torch: "torch.flip(a, (0, 2))",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], dims, _out, on) => execute(reverse(x.dtype), on, "strided", x.strided(), intVector(on, dims)),
  vjp: (g, { options: dims }) => [apply(flipSpec, [g], dims)],
  saves: "nothing",
  samples: [
    { in: [square], args: [0, 2] },
    { in: [square], args: [[-1]], torch: "torch.flip(a, (-1,))" },
    { in: [square], args: [[]], torch: "torch.flip(a, ())" },
    { in: [{ shape: [0, 2] }], args: [1], torch: "torch.flip(a, (1,))" },
    { in: [2], args: [0], torch: "torch.flip(a, (0,))" },
    { in: [turned], args: [0, 1], torch: "torch.flip(a, (0, 1))" },
    { in: [{ values: [1, 0, 0], dtype: "bool" }], args: [0], torch: "torch.flip(a, (0,))" },
    { in: [{ shape: [3], dtype: "bfloat16" }], args: [0], torch: "torch.flip(a, (0,))" },
  ],
};

type Flip = ((x: Tensor, ...dims: Sizes) => Tensor) & Declared;

/** The elements in reverse along some dims, copied (torch.flip). */
export const flip: Flip = declare(flipSpec, (x: Tensor, ...dims: Sizes) => {
  expectTensor("flip", "input", x);
  const at = sizesOf(dims).map((d) => normaliseDim("flip", d, x.ndim));
  if (new Set(at).size !== at.length) {
    throw new ArgumentError(`flip: expected each dim once, got ${shapeText(sizesOf(dims))}`);
  }
  return apply(flipSpec, [x], x.ndim === 0 ? [] : at);
});

// ---- roll

interface Roll {
  readonly shifts: readonly number[];
  readonly dims: readonly number[];
}

const rollKernel = perDType((dtype) =>
  kernel("Roll", [typeAttr("T", dtype), typeAttr("Tshift", "int32"), typeAttr("Taxis", "int32")], 3),
);

const rollSpec: OpSpec<Roll> = {
  name: "roll",
  torch: "torch.roll(a, 1, 0)",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], { shifts, dims }, _out, on) =>
    execute(rollKernel(x.dtype), on, "strided", x.strided(), intVector(on, shifts), intVector(on, dims)),
  vjp: (g, { options: { shifts, dims } }) => [apply(rollSpec, [g], { shifts: shifts.map((n) => -n), dims })],
  saves: "nothing",
  samples: [
    { in: [square], args: [1, 0] },
    {
      in: [square],
      args: [
        [1, -2],
        [0, -1],
      ],
      torch: "torch.roll(a, (1, -2), (0, -1))",
    },
    { in: [{ shape: [2, 3] }], args: [2], torch: "torch.roll(a, 2)" },
    { in: [{ shape: [3] }], args: [-7, 0], torch: "torch.roll(a, -7, 0)" },
    { in: [{ shape: [0, 2] }], args: [1, 1], torch: "torch.roll(a, 1, 1)" },
    { in: [turned], args: [1, 2], torch: "torch.roll(a, 1, 2)" },
    { in: [{ values: [1, 2, 3], dtype: "int64" }], args: [1], torch: "torch.roll(a, 1)" },
  ],
};

type RollOp = ((x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]) => Tensor) & Declared;

/** The elements moved along some dims, those that leave coming in again; without dims, of the flattened tensor (torch.roll). */
export const roll: RollOp = declare(
  rollSpec,
  (x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor => {
    expectTensor("roll", "input", x);
    if (dims === undefined) {
      if (typeof shifts !== "number") throw new ArgumentError("roll: expected one shift where no dims are given");
      return x.reshape(-1).roll(shifts, 0).reshape(x.shape);
    }
    const listed = (value: number | readonly number[]) => (typeof value === "number" ? [value] : value);
    const [by, at] = [listed(shifts), listed(dims)];
    if (by.length !== at.length || by.length === 0 || !by.every(Number.isInteger)) {
      throw new ArgumentError(`roll: expected a whole shift for every dim, got ${shapeText(by)} for ${shapeText(at)}`);
    }
    const places = at.map((d) => normaliseDim("roll", d, x.ndim));
    if (x.numel() === 0 || x.ndim === 0) return x.clone();
    return apply(rollSpec, [x], { shifts: by, dims: places });
  },
);

// ---- repeat

const tileKernel = perDType((dtype) => kernel("Tile", [typeAttr("T", dtype), typeAttr("Tmultiples", "int32")], 2));

const repeatSpec: OpSpec<Shape> = {
  name: "repeat",
  torch: "a.repeat(2, 3)",
  infer: ([x], times) => ({ shape: x.shape.map((n, i) => n * times[i]), dtype: x.dtype }),
  forward: ([x], times, _out, on) => execute(tileKernel(x.dtype), on, "strided", x.strided(), intVector(on, times)),
  // Each dim as [times, size]: the gradients of the copies add up.
  vjp: (g, { inShapes: [shape], options: times }) => [
    shape.length === 0 ? g : g.reshape(shape.flatMap((n, i) => [times[i], n])).sum(shape.map((_, i) => 2 * i)),
  ],
  saves: "nothing",
  samples: [
    { in: [{ shape: [2, 3] }], args: [2, 3] },
    { in: [{ shape: [2] }], args: [[3, 1, 2]], torch: "a.repeat(3, 1, 2)" },
    { in: [2], args: [2, 2], torch: "a.repeat(2, 2)" },
    { in: [{ shape: [2, 3] }], args: [0, 1], torch: "a.repeat(0, 1)" },
    { in: [{ shape: [0, 2] }], args: [2, 2], torch: "a.repeat(2, 2)" },
    { in: [{ shape: [2, 3], transposed: true }], args: [1, 2], torch: "a.repeat(1, 2)" },
    { in: [{ values: [1, 0], dtype: "bool" }], args: [2], torch: "a.repeat(2)" },
    { in: [{ shape: [2], dtype: "float16" }], args: [2], torch: "a.repeat(2)" },
  ],
};

type Repeat = ((x: Tensor, ...times: Sizes) => Tensor) & Declared;

function repeated(op: string, x: Tensor, times: Shape): Tensor {
  if (times.length < x.ndim || times.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(`${op}: expected at least ${x.ndim} whole numbers >= 0, got ${shapeText(times)}`);
  }
  const added = times.length - x.ndim;
  return apply(repeatSpec, [added === 0 ? x : x.reshape([...Array<number>(added).fill(1), ...x.shape])], times);
}

/** The tensor so many times along each dim, copied; further dims come first (torch.Tensor.repeat). */
export const repeat: Repeat = declare(repeatSpec, (x: Tensor, ...times: Sizes) => {
  expectTensor("repeat", "input", x);
  return repeated("repeat", x, sizesOf(times));
});

/** `repeat` where missing numbers are ones in front (torch.tile). */
export const tile: Repeat = Object.assign(
  (x: Tensor, ...times: Sizes): Tensor => {
    expectTensor("tile", "input", x);
    const given = sizesOf(times);
    return repeated("tile", x, [...Array<number>(Math.max(0, x.ndim - given.length)).fill(1), ...given]);
  },
  {
    opName: "tile",
    torch: "torch.tile(a, (2,))",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3] }], args: [2] },
      { in: [{ shape: [2] }], args: [[3, 1, 2]], torch: "torch.tile(a, (3, 1, 2))" },
      { in: [2], args: [2], torch: "torch.tile(a, (2,))" },
      { in: [{ shape: [0, 2] }], args: [2, 1], torch: "torch.tile(a, (2, 1))" },
      { in: [{ shape: [2, 3], transposed: true }], args: [2, 1], torch: "torch.tile(a, (2, 1))" },
      { in: [{ values: [1, 2], dtype: "int8" }], args: [2], torch: "torch.tile(a, (2,))" },
    ],
  } satisfies Declared,
);

type RepeatInterleave = ((x: Tensor, repeats: number | readonly number[] | Tensor, dim?: number) => Tensor) & Declared;

/**
 * Each slice of a dim so many times one after another, the same for all or a number for each, in an array or a tensor;
 * without a dim, of the flattened tensor (torch.repeat_interleave).
 */
export const repeatInterleave: RepeatInterleave = Object.assign(
  (x: Tensor, repeats: number | readonly number[] | Tensor, dim?: number): Tensor => {
    expectTensor("repeatInterleave", "input", x);
    const input = dim === undefined ? x.reshape(-1) : x;
    const d = normaliseDim("repeatInterleave", dim ?? 0, input.ndim);
    const size = input.shape[d] ?? 1;
    const given = repeats instanceof Tensor ? (repeats.reshape(-1).toArray() as number[]) : repeats;
    const times = typeof given === "number" ? Array<number>(size).fill(given) : given;
    if (times.some((n) => !Number.isInteger(n) || n < 0) || (times.length !== size && times.length !== 1)) {
      throw new ArgumentError(`repeatInterleave: expected ${size} whole numbers >= 0, got ${JSON.stringify(given)}`);
    }
    const places = Array.from({ length: size }, (_, i) =>
      Array<bigint>(times[times.length === 1 ? 0 : i]).fill(BigInt(i)),
    );
    return input.indexSelect(d, tensor(places.flat(), { dtype: "int64", device: x.device }));
  },
  {
    opName: "repeatInterleave",
    torch: "torch.repeat_interleave(a, 2)",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3] }], args: [2] },
      {
        in: [{ shape: [2, 3] }],
        args: [[1, 0, 2], 1],
        torch: "torch.repeat_interleave(a, torch.tensor([1, 0, 2]), 1)",
      },
      { in: [{ shape: [2, 3] }], args: [2, -2], torch: "torch.repeat_interleave(a, 2, -2)" },
      { in: [{ shape: [0, 2] }], args: [3, 0], torch: "torch.repeat_interleave(a, 3, 0)" },
      { in: [2], args: [3], torch: "torch.repeat_interleave(a, 3)" },
      { in: [{ shape: [2, 3], transposed: true }], args: [0], torch: "torch.repeat_interleave(a, 0)" },
      { in: [{ values: [1, 0], dtype: "bool" }], args: [2], torch: "torch.repeat_interleave(a, 2)" },
    ],
  } satisfies Declared,
);

// ---- triangles

type TriangleOp = ((x: Tensor, diagonal?: number) => Tensor) & Declared;

/** What is beyond the diagonal becomes zero: chosen by row and column, so that no NaN comes through. */
function triangle(name: "tril" | "triu"): TriangleOp {
  const call = (x: Tensor, diagonal = 0): Tensor => {
    expectTensor(name, "input", x);
    if (x.ndim < 2) throw new ShapeError(`${name}: expected at least 2 dims, got ${shapeText(x.shape)}`);
    if (!Number.isInteger(diagonal)) throw new ArgumentError(`${name}: expected a whole diagonal, got ${diagonal}`);
    const [rows, columns] = x.shape.slice(-2);
    const { device } = x;
    const last = arange(0, rows, 1, { device }).reshape(rows, 1).add(diagonal);
    const column = arange(0, columns, 1, { device });
    const kept = name === "tril" ? column.le(last) : column.ge(last);
    return chosen(name, kept, x, oneValue(name, x, 0));
  };
  return Object.assign(call, {
    opName: name,
    torch: `torch.${name}(a)`,
    differentiable: true,
    samples: [
      { in: [{ shape: [3, 4] }] },
      { in: [{ shape: [2, 3, 3] }], args: [1], torch: `torch.${name}(a, 1)` },
      { in: [{ shape: [4, 3] }], args: [-1], torch: `torch.${name}(a, -1)` },
      { in: [{ shape: [3, 3] }], args: [-9], torch: `torch.${name}(a, -9)` },
      { in: [{ shape: [3, 3] }], args: [9], torch: `torch.${name}(a, 9)` },
      { in: [{ shape: [0, 3] }] },
      { in: [{ shape: [3, 4], transposed: true }] },
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
      {
        in: [
          {
            values: [
              [NaN, Infinity],
              [1, -0],
            ],
            dtype: "float32",
          },
        ],
      },
    ],
  } satisfies Declared);
}

/** On and below a diagonal of the last two dims; zeros above it (torch.tril). */
export const tril: TriangleOp = triangle("tril");
/** On and above a diagonal of the last two dims; zeros below it (torch.triu). */
export const triu: TriangleOp = triangle("triu");

/** torch.Tensor.tril_. */
export const tril_ = inPlace("tril_", tril);
/** torch.Tensor.triu_. */
export const triu_ = inPlace("triu_", triu);
