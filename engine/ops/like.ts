// New tensors after the likeness of one: its shape, dtype and device, or some of them. Every export is a Tensor method.
import { intVector, scalar } from "../backend/constants.js";
import { fill } from "../backend/kernels.js";
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import {
  type TensorData,
  type TensorOptions,
  empty,
  full,
  ones,
  rand,
  randint,
  randn,
  tensor,
  zeros,
} from "../create.js";
import { constant } from "../create/constants.js";
import { checkedShape } from "../create/leaf.js";
import type { RandomOptions } from "../create.js";
import { expectOptions } from "../errors.js";
import { type Declared, type OpSpec, type Sample, type SampleInput, apply, declare, expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

type Like = ((x: Tensor, options?: TensorOptions) => Tensor) & Declared;

const inputs: readonly SampleInput[] = [
  { shape: [2, 3] },
  { shape: [0, 3] },
  3,
  { shape: [3, 2], transposed: true },
  { values: [1, 0], dtype: "bool" },
  { values: [1, 2], dtype: "int64" },
  { shape: [2], dtype: "bfloat16" },
];

const samplesOf = (torch: string, args: readonly unknown[] = []): readonly Sample[] => [
  ...inputs.map((input) => ({ in: [input], args, torch: `torch.${torch})` })),
  {
    in: [{ shape: [2, 3] }],
    args: [...args, { dtype: "int32" }],
    torch: `torch.${torch}, dtype=torch.int32)`,
  },
];

/** The dtype and device of `x` unless the options name others. */
const likeness = <O extends TensorOptions>(op: string, x: Tensor, options: O | undefined): O & TensorOptions => ({
  dtype: x.dtype,
  device: x.device,
  ...expectOptions(op, options, '{ dtype: "float64" }'),
});

/** A constant: one kernel that needs nothing but the tensor, unless there are options. */
function constantLike(name: string, torch: string, tf: string, other: typeof zeros): Like {
  const kernelOf = perDType((dtype) => kernel(tf, [typeAttr("T", dtype)], 1));
  const spec: OpSpec<undefined> = {
    name,
    torch: `torch.${torch}(a)`,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    forward: ([{ storage, dtype }], _, _out, on) => execute(kernelOf(dtype), on, storage.layout, storage),
    vjp: "none",
    saves: "nothing",
    samples: samplesOf(`${torch}(a`),
  };
  return declare(spec, (x: Tensor, options?: TensorOptions) => {
    expectTensor(name, "input", x);
    return options === undefined ? apply(spec, [x], undefined) : other(x.shape, likeness(name, x, options));
  });
}

/** Ones of the same shape, dtype and device (torch.ones_like). */
export const onesLike: Like = constantLike("onesLike", "ones_like", "OnesLike", ones);
/** Zeros of the same shape, dtype and device (torch.zeros_like). */
export const zerosLike: Like = constantLike("zerosLike", "zeros_like", "ZerosLike", zeros);

/** As `zerosLike`: TensorFlow gives no memory without contents (torch.empty_like). */
export const emptyLike: (x: Tensor, options?: TensorOptions) => Tensor = (x, options) => {
  expectTensor("emptyLike", "input", x);
  return empty(x.shape, likeness("emptyLike", x, options));
};

interface Filled {
  readonly value: number;
}

const fullLikeSpec: OpSpec<Filled> = {
  name: "fullLike",
  torch: "torch.full_like(a, 1)",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], { value }, _out, on) =>
    execute(fill(x.dtype), on, "strided", intVector(on, x.shape), scalar(on, x.dtype, value)),
  vjp: "none",
  saves: "nothing",
  samples: samplesOf("full_like(a, 1", [1]),
};

type FullLike = ((x: Tensor, value: number, options?: TensorOptions) => Tensor) & Declared;

/** One value in the same shape, dtype and device (torch.full_like). */
export const fullLike: FullLike = declare(fullLikeSpec, (x: Tensor, value: number, options?: TensorOptions) => {
  expectTensor("fullLike", "input", x);
  return options === undefined
    ? apply(fullLikeSpec, [x], { value })
    : full(x.shape, value, likeness("fullLike", x, options));
});

type RandomLike = (x: Tensor, options?: RandomOptions) => Tensor;

/** Uniform in [0, 1), in the same shape, dtype and device (torch.rand_like). */
export const randLike: RandomLike = (x, options) => {
  expectTensor("randLike", "input", x);
  return rand(x.shape, likeness("randLike", x, options));
};
/** Standard normal, in the same shape, dtype and device (torch.randn_like). */
export const randnLike: RandomLike = (x, options) => {
  expectTensor("randnLike", "input", x);
  return randn(x.shape, likeness("randnLike", x, options));
};
/** Whole numbers in [low, high), in the same shape, dtype and device (torch.randint_like). */
export const randintLike: (x: Tensor, low: number, high: number, options?: RandomOptions) => Tensor = (
  x,
  low,
  high,
  options,
) => {
  expectTensor("randintLike", "input", x);
  return randint(low, high, x.shape, likeness("randintLike", x, options));
};

/** The shape is looked at first: whoever lists the sizes has one in the options' place. */
function newConstant(
  op: string,
  x: Tensor,
  shape: Shape,
  value: number,
  options: TensorOptions | undefined,
  call?: string,
): Tensor {
  expectTensor(op, "input", x);
  return constant(op, checkedShape(op, shape, call), value, likeness(op, x, options));
}

type New<Arguments extends readonly unknown[]> = (x: Tensor, ...rest: Arguments) => Tensor;

/** Zeros of another shape, in the same dtype and device (torch.Tensor.new_zeros). */
export const newZeros: New<[shape: Shape, options?: TensorOptions]> = (x, shape, options) =>
  newConstant("newZeros", x, shape, 0, options);
/** Ones of another shape, in the same dtype and device (torch.Tensor.new_ones). */
export const newOnes: New<[shape: Shape, options?: TensorOptions]> = (x, shape, options) =>
  newConstant("newOnes", x, shape, 1, options);
/** As `newZeros` (torch.Tensor.new_empty). */
export const newEmpty: New<[shape: Shape, options?: TensorOptions]> = (x, shape, options) =>
  newConstant("newEmpty", x, shape, 0, options);
/** One value in another shape, in the same dtype and device (torch.Tensor.new_full). */
export const newFull: New<[shape: Shape, value: number, options?: TensorOptions]> = (x, shape, value, options) =>
  newConstant("newFull", x, shape, value, options, "newFull([2, 3], value)");
/** Other values, in the same dtype and device (torch.Tensor.new_tensor). */
export const newTensor: New<[data: TensorData, options?: TensorOptions]> = (x, data, options) =>
  tensor(data, likeness("newTensor", x, options));
