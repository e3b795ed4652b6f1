// From the bytes of an image file to pixels. It must not know datasets.
import { readFileSync } from "node:fs";
import { fromTypedArray } from "../../create.js";
import type { Tensor } from "../../tensor.js";
import { RawArray } from "../raw.js";
import { bmpPalette, throughPalette } from "./bmpPalette.js";
import { firstPicture, formatNames, ImageError, imageHeader } from "./header.js";
import { checkMode, convertChannels, wantedChannels, type ImageMode } from "./modes.js";
import { decodePixels, TfjsMissingError } from "./tfjs.js";

export interface ReadImageOptions {
  /** Default "unchanged": the channels that the file has. */
  readonly mode?: ImageMode;
}

/**
 * Reads a PNG, JPEG, BMP or GIF: uint8 [channels, height, width]. Of an animation it is the first picture; 16-bit
 * channels become 8. PyTorch: `torchvision.io.read_image`.
 * @throws {ImageError} naming the file when it is missing, damaged or no image.
 */
export function readImage(path: string, options: ReadImageOptions = {}): Tensor {
  return planes(decode("readImage", fileBytes(path), path, options));
}

/**
 * The same from the bytes of a file. PyTorch: `torchvision.io.decode_image`.
 * @throws {ImageError} when they are damaged or no image.
 */
export function decodeImage(bytes: Uint8Array, options: ReadImageOptions & { readonly name?: string } = {}): Tensor {
  return planes(decode("decodeImage", bytes, options.name ?? "bytes", options));
}

/**
 * Reads an image as datasets have them: uint8 [height, width, channels], no tensor.
 * @throws {ImageError} naming the file.
 */
export function readRawImage(path: string, options: ReadImageOptions = {}): RawArray {
  const { pixels, shape } = decode("readImage", fileBytes(path), path, options);
  return new RawArray(pixels instanceof Uint8Array ? pixels : pixels.toTypedArray(), shape, "uint8");
}

interface Decoded {
  /** On the decoder's own memory where nothing had to be changed. */
  readonly pixels: Tensor | Uint8Array;
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number];
}

function decode(op: string, bytes: Uint8Array, file: string, options: ReadImageOptions): Decoded {
  const mode = options.mode ?? "unchanged";
  checkMode(op, mode);
  const { format } = imageHeader(bytes, file);
  const alone = format === "gif" ? firstPicture(bytes, file) : bytes;
  let image: Tensor;
  try {
    image = decodePixels(alone, format, mode === "gray" || mode === "grayAlpha");
  } catch (error) {
    if (error instanceof TfjsMissingError) throw error;
    throw new ImageError(
      "damaged",
      file,
      `expected a whole ${formatNames[format]}, got a damaged one (${firstLine(error)})`,
      { cause: error },
    );
  }
  const [height, width, held] = image.shape;
  const palette = format === "bmp" && held === 1 ? bmpPalette(bytes) : undefined;
  const has = palette ? 3 : held;
  const channels = wantedChannels(mode, has);
  const shape = [height, width, channels] as const;
  if (channels === held && !palette) return { pixels: image, shape };
  const own = image.toTypedArray() as Uint8Array;
  return { pixels: convertChannels(palette ? throughPalette(own, palette) : own, has, channels), shape };
}

/** Channels first, as torchvision has them. */
function planes({ pixels, shape }: Decoded): Tensor {
  return (pixels instanceof Uint8Array ? fromTypedArray(pixels, shape) : pixels).permute(2, 0, 1);
}

function fileBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ImageError("missing", path, `expected a file that can be read, got ${code ?? message}`, { cause: error });
  }
}

/** TensorFlow adds the node and its place on further lines. */
const firstLine = (error: unknown): string => (error as Error).message.split("\n", 1)[0];
