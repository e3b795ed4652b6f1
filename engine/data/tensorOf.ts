// Where typed arrays of this folder become tensors. Nothing else here makes one.
import { fromTypedArray } from "../create.js";
import type { Tensor } from "../tensor.js";
import { RawArray } from "./raw.js";

/** The array as a tensor of the default device; a tensor is returned as it is. */
export function tensorOf(value: RawArray | Tensor): Tensor {
  return value instanceof RawArray ? fromTypedArray(value.data, value.shape, { dtype: value.dtype }) : value;
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
