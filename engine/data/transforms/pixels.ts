// Loops over the bytes of images. It must not know transforms.
import type { TypedArray } from "../../dtype.js";
import { ShapeError, shapeText } from "../../errors.js";
import { RawArray } from "../raw.js";

/** Height, width and channels of a [H, W] or [H, W, C] image. @throws {ShapeError} */
export function imageSize(op: string, shape: readonly number[]): { height: number; width: number; channels: number } {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new ShapeError(
      `${op}: expected an image of shape [height, width] or [height, width, channels], got ${shapeText(shape)}`,
    );
  }
  const [height, width, channels = 1] = shape;
  return { height, width, channels };
}

/** For each channel, the value that each of the 256 bytes becomes. */
export function pixelTable(channels: number, pixel: (byte: number, channel: number) => number): Float32Array {
  const table = new Float32Array(256 * channels);
  for (let c = 0; c < channels; c++) for (let byte = 0; byte < 256; byte++) table[c * 256 + byte] = pixel(byte, c);
  return table;
}

/** A uint8 image [H, W] or [H, W, C] as float32 [C, H, W], each byte looked up in the table. */
export function lookUp(op: string, image: RawArray, tableOf: (channels: number) => Float32Array): RawArray {
  const { height, width, channels } = imageSize(op, image.shape);
  const table = tableOf(channels);
  return RawArray.lazy([channels, height, width], "float32", (target, at) => {
    const bytes = image.data as Uint8Array;
    if (channels === 1) lookUpPlane(bytes, table, target, at);
    else lookUpPlanes(bytes, table, channels, target, at);
  });
}

// Functions of their own, so that the compiler sees the arrays as locals: twice as fast as in the closure above.
function lookUpPlane(bytes: Uint8Array, table: Float32Array, target: Float32Array, at: number): void {
  const { length } = bytes;
  for (let i = 0; i < length; i++) target[at + i] = table[bytes[i]];
}

function lookUpPlanes(
  bytes: Uint8Array,
  table: Float32Array,
  channels: number,
  target: Float32Array,
  at: number,
): void {
  const { length } = bytes;
  for (let c = 0, o = at; c < channels; c++) {
    for (let i = c; i < length; i += channels) target[o++] = table[c * 256 + bytes[i]];
  }
}

/** An image [H, W] or [H, W, C] of any dtype as [C, H, W]. */
export function channelsFirst(op: string, image: RawArray): RawArray {
  const { height, width, channels } = imageSize(op, image.shape);
  const shape = [channels, height, width];
  if (channels === 1) return new RawArray(image.data, shape, image.dtype);
  return RawArray.lazy(shape, image.dtype, (target: TypedArray, at: number) => {
    const from = image.data;
    for (let c = 0, o = at; c < channels; c++) for (let i = c; i < from.length; i += channels) target[o++] = from[i];
  });
}
