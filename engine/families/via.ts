// Dtypes for which TensorFlow has no kernel are computed in a wider one and brought back. What an operation does for each
// dtype is decided when its first tensor of that dtype comes, and looked up from then on.
import { cast } from "../backend/kernels.js";
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import type { KernelAttr, KernelId } from "../native/binding.js";
import type { Layout, Storage } from "../storage.js";

/** The dtype to compute in, for those that the kernel lacks. */
export type Via = Readonly<Partial<Record<DType, DType>>>;

/** TensorFlow's kernels know bool only where they are about truth: elsewhere it counts as 0 and 1. */
export const boolAsBytes: Via = { bool: "uint8" };

/** Half precisions are added up in float32, as PyTorch does: their own sums overflow. */
export const halvesAsFloats: Via = { ...boolAsBytes, float16: "float32", bfloat16: "float32" };

/** How a family of kernels, one for each dtype, is run on tensors of one dtype. */
export interface Kernels {
  readonly of: (dtype: DType) => KernelId;
  /** Undefined where the kernel takes the dtype itself. */
  readonly via: (dtype: DType) => DType | undefined;
}

/** Kernels of a TensorFlow operation with the attribute T. */
export function kernelsOf(
  tf: string,
  inputs: number,
  attrs: readonly KernelAttr[] = [],
  via: Via = boolAsBytes,
): Kernels {
  return { of: perDType((dtype) => kernel(tf, [typeAttr("T", dtype), ...attrs], inputs)), via: (dtype) => via[dtype] };
}

/** Bytes in one dtype as another. */
export const converted = (storage: Storage, from: DType, to: DType, on: Device): Storage =>
  execute(cast(from, to), on, storage.layout, storage);

/**
 * Runs the kernel of `dtype` on one storage of that dtype.
 * @param back whether the result has the input's dtype, so that it must come back too; false for tests.
 */
export function run1(kernels: Kernels, dtype: DType, back: boolean, on: Device, layout: Layout, x: Storage): Storage {
  const wide = kernels.via(dtype);
  if (wide === undefined) return execute(kernels.of(dtype), on, layout, x);
  const out = execute(kernels.of(wide), on, layout, converted(x, dtype, wide, on));
  return back ? converted(out, wide, dtype, on) : out;
}

/** The same on two storages of one dtype. */
export function run2(
  kernels: Kernels,
  dtype: DType,
  back: boolean,
  on: Device,
  layout: Layout,
  x: Storage,
  y: Storage,
): Storage {
  const wide = kernels.via(dtype);
  if (wide === undefined) return execute(kernels.of(dtype), on, layout, x, y);
  const out = execute(kernels.of(wide), on, layout, converted(x, dtype, wide, on), converted(y, dtype, wide, on));
  return back ? converted(out, wide, dtype, on) : out;
}

/** The same on a storage and an int32 argument: axes, an axis. */
export function runAlong(
  kernels: Kernels,
  dtype: DType,
  on: Device,
  layout: Layout,
  x: Storage,
  axes: Storage,
): Storage {
  const wide = kernels.via(dtype);
  if (wide === undefined) return execute(kernels.of(dtype), on, layout, x, axes);
  return converted(execute(kernels.of(wide), on, layout, converted(x, dtype, wide, on), axes), wide, dtype, on);
}
