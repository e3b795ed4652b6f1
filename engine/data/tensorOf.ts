// Where typed arrays of this folder become tensors. Nothing else here makes one.
import { fromTypedArray } from "../create.js";
import { bytesOf, typedView, type DType, type TypedArray } from "../dtype.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { RawArray } from "./raw.js";

/** The array as a tensor of the default device; a tensor is returned as it is. */
export function tensorOf(value: RawArray | Tensor): Tensor {
  return value instanceof RawArray ? fromTypedArray(value.data, value.shape, { dtype: value.dtype }) : value;
}

/**
 * Arrays of one shape and dtype as one tensor with a new first dimension: n of `[...shape]` become `[n, ...shape]`.
 * The caller has checked that there is at least one and that shapes and dtypes agree.
 */
export function stackedTensor(arrays: readonly RawArray[]): Tensor {
  const { shape, dtype } = arrays[0];
  const size = sizeOf(shape);
  const batch = borrow(dtype, arrays.length * size);
  for (let i = 0; i < arrays.length; i++) arrays[i].copyTo(batch, i * size);
  return fromTypedArray(batch, [arrays.length, ...shape], { dtype });
}

/** The sample with tensors in place of its typed arrays, in tuples and plain objects at any depth. */
export function withTensors(sample: unknown): unknown {
  if (sample instanceof RawArray) return tensorOf(sample);
  if (Array.isArray(sample)) return sample.map(withTensors);
  if (isPlainObject(sample)) {
    return Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, withTensors(value)]));
  }
  return sample;
}

/** Whether the value is an object literal, or one made without a prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const maxKeptBytes = 1 << 24;
let kept = new ArrayBuffer(0);

/**
 * Memory for one batch, good until the next call: making a tensor copies it. Fresh memory for each batch would cost more
 * than filling it, since the system hands out its pages one by one.
 */
function borrow(dtype: DType, length: number): TypedArray {
  const bytes = Math.ceil((length * bytesOf(dtype)) / 8) * 8;
  let buffer = kept;
  if (bytes > kept.byteLength) {
    buffer = new ArrayBuffer(bytes);
    if (bytes <= maxKeptBytes) kept = buffer;
  }
  return typedView(dtype, buffer).subarray(0, length);
}
