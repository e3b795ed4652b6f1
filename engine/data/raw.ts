// Samples as typed arrays: what a dataset hands to the loader, so that a batch becomes one tensor and not hundreds.
// This file knows no tensor, no dataset and no file.
import { bytesOf, dtypeOfTypedArray, typedView, type DType, type TypedArray } from "../dtype.js";
import { ShapeError, shapeText } from "../errors.js";
import { sizeOf, type Shape } from "../shape.js";

/** A typed array with a shape: row-major elements, nothing of devices or gradients. Its contents are never written to. */
export class RawArray {
  /** @throws {ShapeError} when `shape` does not have exactly as many elements as `data`. */
  constructor(
    readonly data: TypedArray,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {
    if (data.length !== sizeOf(shape)) {
      throw new ShapeError(
        `RawArray: expected ${sizeOf(shape)} elements for the shape ${shapeText(shape)}, got ${data.length}`,
      );
    }
  }
}

/** A vector of the dtype that the typed array stands for; undefined for what is no such array. */
export function rawVector(value: unknown): RawArray | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const data = value as TypedArray;
  const dtype = dtypeOfTypedArray(data);
  return dtype && new RawArray(data, [data.length], dtype);
}

/** A zeroed array for so many elements of a dtype. */
export function allocate(dtype: DType, length: number): TypedArray {
  return typedView(dtype, new ArrayBuffer(length * bytesOf(dtype)));
}

/**
 * Joins arrays of one shape and dtype along a new first dimension: n of `[...shape]` become `[n, ...shape]`.
 * The caller has checked that there is at least one and that shapes and dtypes agree.
 */
export function stackRaw(arrays: readonly RawArray[]): RawArray {
  const { shape, dtype, data } = arrays[0];
  const out = allocate(dtype, arrays.length * data.length);
  // All are of one dtype, so `set` gets the elements that it wants.
  for (let i = 0; i < arrays.length; i++) (out as Uint8Array).set(arrays[i].data as Uint8Array, i * data.length);
  return new RawArray(out, [arrays.length, ...shape], dtype);
}
