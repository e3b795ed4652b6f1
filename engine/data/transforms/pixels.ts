// Loops over the bytes of images. It must not know transforms.
import { ShapeError, shapeText } from "../../errors.js";
import { allocate, RawArray } from "../raw.js";
import type { TypedArray } from "../../dtype.js";

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
  const bytes = image.data;
  const plane = height * width;
  const out = new Float32Array(channels * plane);
  if (channels === 1) {
    for (let i = 0; i < plane; i++) out[i] = table[bytes[i] as number];
  } else {
    for (let c = 0, o = 0; c < channels; c++) {
      for (let i = c; i < bytes.length; i += channels) out[o++] = table[c * 256 + (bytes[i] as number)];
    }
  }
  return new RawArray(out, [channels, height, width], "float32");
}

/** An image [H, W] or [H, W, C] of any dtype as [C, H, W]. */
export function channelsFirst(op: string, image: RawArray): RawArray {
  const { height, width, channels } = imageSize(op, image.shape);
  const shape = [channels, height, width];
  if (channels === 1) return new RawArray(image.data, shape, image.dtype);
  const from = image.data;
  const out: TypedArray = allocate(image.dtype, from.length);
  for (let c = 0, o = 0; c < channels; c++) for (let i = c; i < from.length; i += channels) out[o++] = from[i];
  return new RawArray(out, shape, image.dtype);
}
