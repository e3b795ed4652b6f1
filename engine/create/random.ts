// Tensors of random numbers, from the device's generator or one that is given.
import { type DType, isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, expectOptions } from "../errors.js";
import { type Generator, generatorOf, randomStorage } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type TensorOptions, checkedShape, leaf } from "./leaf.js";

export interface RandomOptions extends TensorOptions {
  /** Default: the device's generator, which `manualSeed` governs. */
  readonly generator?: Generator;
}

function random(op: string, kind: "uniform" | "normal", shape: Shape, given?: RandomOptions): Tensor {
  const size = checkedShape(op, shape);
  const options = expectOptions(op, given, '{ dtype: "float64" }');
  const dtype = options.dtype ?? "float32";
  if (!isFloating(dtype)) throw new DTypeError(`${op}: expected a floating dtype, got ${dtype}`);
  return leaf(op, size, dtype, options, (on) =>
    randomStorage(kind, size, dtype, on, options.generator ?? generatorOf(on)),
  );
}

/** Uniform in [0, 1) (torch.rand). */
export const rand = (shape: Shape, options?: RandomOptions): Tensor => random("rand", "uniform", shape, options);
/** Standard normal (torch.randn). */
export const randn = (shape: Shape, options?: RandomOptions): Tensor => random("randn", "normal", shape, options);

/**
 * Whole numbers in [low, high), as `randint(high, shape)` or `randint(low, high, shape)`, then options; int64 unless
 * `dtype` says otherwise (torch.randint).
 */
export function randint(high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(low: number, high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(
  first: number,
  second: number | Shape,
  third?: Shape | RandomOptions,
  fourth?: RandomOptions,
): Tensor {
  const [low, high, shape, options] =
    typeof second === "number"
      ? [first, second, third as Shape, fourth]
      : [0, first, second, third as RandomOptions | undefined];
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || low >= high) {
    throw new ArgumentError(`randint: expected integers low < high, got ${low} and ${high}`);
  }
  const size = checkedShape("randint", shape, "randint(low, high, [2, 3])");
  const { dtype = "int64", requiresGrad = false, ...rest } = expectOptions("randint", options, '{ dtype: "int32" }');
  // A float64 has 53 random bits: every number of a range of safe integers can come.
  const whole = rand(size, { ...rest, dtype: "float64" })
    .mul(high - low)
    .floor()
    .add(low);
  return whole.to(dtype).requiresGrad_(requiresGrad);
}

/** The whole numbers below n in random order, int64 unless `dtype` says otherwise (torch.randperm). */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  expectOptions("randperm", options, '{ dtype: "int32" }');
  const { dtype = "int64", requiresGrad = false, ...rest } = options;
  const [size] = checkedShape("randperm", [n]);
  const order = rand([size], { ...rest, dtype: "float64" satisfies DType }).argsort();
  return order.to(dtype).requiresGrad_(requiresGrad);
}
