// Samples as typed arrays: what a dataset hands to the loader, so that a batch becomes one tensor and not hundreds.
// This file knows no tensor, no dataset and no file.
import { bytesOf, dtypeOfTypedArray, typedView, type DType, type TypedArray } from "../dtype.js";
import { ShapeError, shapeText } from "../errors.js";
import { sizeOf, type Shape } from "../shape.js";
import { constructorArguments, type Argument } from "./workers/portable.js";

/** Writes all elements of an array into `target`, from the position `at` on. */
export type Fill<Target extends TypedArray = TypedArray> = (target: Target, at: number) => void;

/** A typed array with a shape: row-major elements, nothing of devices or gradients. Its contents are never written to. */
export class RawArray {
  readonly #fill: Fill | undefined;
  #data: TypedArray | undefined;

  /** @throws {ShapeError} when `shape` does not have exactly as many elements as `data`. */
  constructor(
    data: TypedArray | Fill,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {
    if (typeof data === "function") {
      this.#fill = data;
      return;
    }
    this.#data = data;
    if (data.length !== sizeOf(shape)) {
      throw new ShapeError(
        `RawArray: expected ${sizeOf(shape)} elements for the shape ${shapeText(shape)}, got ${data.length}`,
      );
    }
  }

  /**
   * An array whose elements are computed when they are wanted: in a batch, straight into the batch's own memory.
   * `fill` writes elements of `dtype`, gets an array of that dtype, and gives the same each time.
   */
  static lazy(shape: Shape, dtype: "float32", fill: Fill<Float32Array>): RawArray;
  static lazy(shape: Shape, dtype: DType, fill: Fill): RawArray;
  static lazy(shape: Shape, dtype: DType, fill: Fill<never>): RawArray {
    return new RawArray(fill as Fill, shape, dtype);
  }

  /** The elements. float16 and bfloat16 are their 16 raw bits. */
  get data(): TypedArray {
    if (this.#data === undefined) {
      this.#data = allocate(this.dtype, sizeOf(this.shape));
      this.#fill!(this.#data, 0);
    }
    return this.#data;
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ data: this.data, shape: this.shape, dtype: this.dtype });
  }

  /** Writes the elements into an array of the same dtype, from the position `at` on. */
  copyTo(target: TypedArray, at: number): void {
    if (this.#fill !== undefined && this.#data === undefined) this.#fill(target, at);
    // Both are of one dtype, so `set` gets the elements that it wants.
    else (target as Uint8Array).set(this.data as Uint8Array, at);
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
