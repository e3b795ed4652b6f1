// A tensor as bytes in memory: what inspection reads, whether the bytes come from a running process, from a paused one
// or from a file. It must not know where they came from.
import { bytesOf, type DType } from "../dtype.js";
import { ArgumentError, shapeText } from "../errors.js";
import { sizeOf } from "../shape.js";

export interface RawTensor {
  /** The elements in physical order, little-endian; half precisions as their 16 bits, bool as one byte. */
  readonly data: ArrayBuffer;
  readonly dtype: DType;
  /** Logical shape (NCHW). */
  readonly shape: readonly number[];
  /** "strided": row-major. "nhwc": the bytes of this NCHW shape lie in NHWC order. */
  readonly layout: "strided" | "nhwc";
}

/** @throws {ArgumentError} when the bytes are not as many as the shape needs, or the layout has no meaning for it. */
export function requireWhole(op: string, { data, dtype, shape, layout }: RawTensor): void {
  const bytes = sizeOf(shape) * bytesOf(dtype);
  if (data.byteLength !== bytes) {
    throw new ArgumentError(`${op}: expected ${bytes} bytes for ${dtype} ${shapeText(shape)}, got ${data.byteLength}`);
  }
  if (layout === "nhwc" && shape.length !== 4) {
    throw new ArgumentError(`${op}: expected 4 dimensions for layout nhwc, got ${shapeText(shape)}`);
  }
}

/** How many elements lie between neighbours along each logical axis. */
export function stridesOf({ shape, layout }: RawTensor): readonly number[] {
  if (layout === "nhwc") {
    const [, channels, height, width] = shape;
    return [height * width * channels, 1, width * channels, channels];
  }
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}
