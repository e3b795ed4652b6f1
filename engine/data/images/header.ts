// What the first bytes of an image file say: its format and size, and whether so few bytes can be so large an image.
// A decoder reserves memory by that size, so it is asked here first. It must not know how pixels are stored.
import { GradtapeError } from "../../errors.js";

export type ImageFormat = "png" | "jpeg" | "bmp" | "gif";

export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

/** What is wrong with an image. */
export type ImageProblem = "format" | "truncated" | "damaged" | "tooLarge" | "missing" | "unsupported";

/** The bytes are no image that can be read, or not a whole one. */
export class ImageError extends GradtapeError {
  static {
    this.prototype.name = "ImageError";
  }

  constructor(
    readonly problem: ImageProblem,
    /** Path of the file, or what the caller called the bytes. */
    readonly file: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`image: ${file}: ${message}`, options);
  }
}

/** Names as people write them. */
export const formatNames: Readonly<Record<ImageFormat, string>> = { png: "PNG", jpeg: "JPEG", bmp: "BMP", gif: "GIF" };

/**
 * Reads the header of a PNG, JPEG, BMP or GIF, whichever it is by its first bytes.
 * @throws {ImageError} for anything else, a header that is cut off, an empty image, and a size that the file cannot hold.
 */
export function imageHeader(bytes: Uint8Array, file: string): ImageHeader {
  const format = formatOf(bytes);
  if (format === undefined) {
    const got = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ") || "nothing";
    throw new ImageError("format", file, `expected a PNG, JPEG, BMP or GIF, got a file that begins with ${got}`);
  }
  const name = formatNames[format];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = sizes[format](view, file);
  if (size === undefined) {
    throw new ImageError(
      "truncated",
      file,
      `expected a whole ${name}, got ${bytes.length} bytes that end in its header`,
    );
  }
  const { width, height, most } = size;
  if (width < 1 || height < 1) {
    throw new ImageError("damaged", file, `expected a ${name} of at least 1 x 1, got ${width} x ${height}`);
  }
  if (width * height > most) {
    throw new ImageError(
      "tooLarge",
      file,
      `expected at most ${Math.floor(most)} pixels in a ${name} of ${bytes.length} bytes, got ${width} x ${height}`,
    );
  }
  return { format, width, height };
}

function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  const starts = (...magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (starts(0xff, 0xd8, 0xff)) return "jpeg";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "gif";
  return starts(0x42, 0x4d) ? "bmp" : undefined;
}

interface ImageSize {
  readonly width: number;
  readonly height: number;
  /** The most pixels that a file of this length can describe. */
  readonly most: number;
}

/** By format, the size that a header says; undefined when the bytes end before it. */
const sizes: Readonly<Record<ImageFormat, (view: DataView, file: string) => ImageSize | undefined>> = {
  png(view) {
    if (view.byteLength < 33) return undefined;
    const bits = (channelsOfPng[view.getUint8(25)] ?? 1) * view.getUint8(24);
    // Deflate makes at most 1032 bytes of one.
    const most = (view.byteLength * 1032 * 8) / Math.max(bits, 1);
    return { width: view.getUint32(16), height: view.getUint32(20), most };
  },

  jpeg(view) {
    for (let at = 2; at + 9 <= view.byteLength;) {
      if (view.getUint8(at) !== 0xff) return undefined;
      const marker = view.getUint8(at + 1);
      if (marker === 0xff) at++;
      else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
      else if (isStartOfFrame(marker)) {
        // An 8 x 8 block of each component takes 1 bit at least (progressive, all blocks alike); subsampled
        // components are stretched up to 4 x 4.
        const most = view.byteLength * 8 * 64 * 16;
        return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), most };
      } else at += 2 + Math.max(view.getUint16(at + 2), 2);
    }
    return undefined;
  },

  bmp(view, file) {
    if (view.byteLength < 54) return undefined;
    const compression = view.getUint32(30, true);
    if (compression !== 0) {
      throw new ImageError("unsupported", file, `expected an uncompressed BMP, got compression ${compression}`);
    }
    const width = view.getInt32(18, true);
    const height = Math.abs(view.getInt32(22, true)); // negative: the top row comes first
    const bits = view.getUint16(28, true);
    if (bits !== 8 && bits !== 24 && bits !== 32) {
      throw new ImageError("unsupported", file, `expected a BMP of 8, 24 or 32 bits a pixel, got ${bits}`);
    }
    const line = Math.ceil((width * bits) / 32) * 4;
    const pixelBytes = Math.max(view.byteLength - Math.max(view.getUint32(10, true), 54), 0);
    return { width, height, most: line > 0 ? Math.floor(pixelBytes / line) * width : 0 };
  },

  gif(view) {
    if (view.byteLength < 13) return undefined;
    // A code of 12 bits at most stands for a string of 4096 pixels at most.
    const most = (view.byteLength * 8 * 4096) / 12;
    return { width: view.getUint16(6, true), height: view.getUint16(8, true), most };
  },
};

/** By colour type. */
const channelsOfPng: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/**
 * A GIF's first picture alone, as a file of its own: a decoder would make all of them, however many there are.
 * @throws {ImageError} when the bytes end before the picture does.
 */
export function firstPicture(bytes: Uint8Array, file: string): Uint8Array {
  const cut = () => new ImageError("truncated", file, `expected a whole GIF, got ${bytes.length} bytes`);
  const tableBytes = (packed: number) => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
  const afterBlocks = (at: number): number => {
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at] + 1;
    return at + 1;
  };
  for (let at = 13 + tableBytes(bytes[10]); at < bytes.length;) {
    switch (bytes[at]) {
      case 0x21: // an extension: its kind, then blocks
        at = afterBlocks(at + 2);
        break;
      case 0x2c: {
        if (at + 10 >= bytes.length) throw cut();
        const end = afterBlocks(at + 10 + tableBytes(bytes[at + 9]) + 1);
        if (end > bytes.length) throw cut();
        const alone = new Uint8Array(end + 1);
        alone.set(bytes.subarray(0, end));
        alone[end] = 0x3b;
        return alone;
      }
      default:
        throw new ImageError("damaged", file, `expected a picture in the GIF, got a block of type ${bytes[at]}`);
    }
  }
  throw cut();
}
