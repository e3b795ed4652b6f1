// From pixels to the bytes of an image file. It must not know datasets.
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../../errors.js";
import { writeFileAtomic } from "../../io/atomicFile.js";
import type { Tensor } from "../../tensor.js";
import { encodePixels } from "./tfjs.js";

export interface PngOptions {
  /** 0 (fast) to 9 (small); default 6. PyTorch: `compression_level`. */
  readonly compressionLevel?: number;
}

export interface JpegOptions {
  /** 1 to 100; default 75. */
  readonly quality?: number;
}

/**
 * The bytes of a PNG of a uint8 image [channels, height, width] with 1 to 4 channels. PyTorch:
 * `torchvision.io.encode_png`, which gives a tensor.
 * @throws {DTypeError}, {ShapeError} for other images; {ArgumentError} for another level.
 */
export function encodePng(image: Tensor, options: PngOptions = {}): Uint8Array {
  const compression = options.compressionLevel ?? 6;
  checkWhole("encodePng", "compressionLevel", compression, 0, 9);
  const { pixels, shape } = pixelsOf("encodePng", image, [1, 2, 3, 4]);
  return encodePixels(pixels, shape, { format: "png", compression });
}

/** Writes a PNG, in place of an older file in one step. PyTorch: `torchvision.io.write_png`. @throws what `encodePng` throws, and {WriteError}. */
export function writePng(image: Tensor, path: string, options: PngOptions = {}): void {
  writeWhole(path, encodePng(image, options));
}

/**
 * The bytes of a JPEG of a uint8 image [channels, height, width] with 1 or 3 channels. PyTorch:
 * `torchvision.io.encode_jpeg`, which gives a tensor.
 * @throws {DTypeError}, {ShapeError} for other images; {ArgumentError} for another quality.
 */
export function encodeJpeg(image: Tensor, options: JpegOptions = {}): Uint8Array {
  const quality = options.quality ?? 75;
  checkWhole("encodeJpeg", "quality", quality, 1, 100);
  const { pixels, shape } = pixelsOf("encodeJpeg", image, [1, 3]);
  return encodePixels(pixels, shape, { format: "jpeg", quality });
}

/** Writes a JPEG, in place of an older file in one step. PyTorch: `torchvision.io.write_jpeg`. @throws what `encodeJpeg` throws, and {WriteError}. */
export function writeJpeg(image: Tensor, path: string, options: JpegOptions = {}): void {
  writeWhole(path, encodeJpeg(image, options));
}

const writeWhole = (path: string, bytes: Uint8Array): void => writeFileAtomic(path, [bytes], bytes.length);

function pixelsOf(op: string, image: Tensor, channels: readonly number[]) {
  const { shape, dtype } = image;
  if (dtype !== "uint8") {
    throw new DTypeError(`${op}: expected uint8, got ${dtype}; use image.mul(255).to("uint8") for values from 0 to 1`);
  }
  if (shape.length !== 3 || !channels.includes(shape[0]) || shape[1] < 1 || shape[2] < 1) {
    throw new ShapeError(
      `${op}: expected [channels, height, width] with ${channels.join(", ")} channels and no empty side, got ${shapeText(shape)}`,
    );
  }
  const [count, height, width] = shape;
  return {
    pixels: image.detach().permute(1, 2, 0).toTypedArray() as Uint8Array,
    shape: [height, width, count] as const,
  };
}

function checkWhole(op: string, name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ArgumentError(`${op}: expected a ${name} of ${least} to ${most}, got ${value}`);
  }
}
