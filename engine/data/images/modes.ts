// Numbers of channels: what a mode asks for, made of what a file holds. It must not know files.
import { ArgumentError } from "../../errors.js";

/** PyTorch: `torchvision.io.ImageReadMode`, UNCHANGED, GRAY, GRAY_ALPHA, RGB and RGB_ALPHA. */
export type ImageMode = "unchanged" | "gray" | "grayAlpha" | "rgb" | "rgbAlpha";

const channelsOf: Readonly<Record<ImageMode, number>> = { unchanged: 0, gray: 1, grayAlpha: 2, rgb: 3, rgbAlpha: 4 };

/** @throws {ArgumentError} for any other word. */
export function checkMode(op: string, mode: ImageMode): void {
  if (!Object.hasOwn(channelsOf, mode)) {
    throw new ArgumentError(
      `${op}: expected a mode of ${Object.keys(channelsOf).join(", ")}, got ${JSON.stringify(mode)}`,
    );
  }
}

/** The channels of a picture with `has` channels in this mode. */
export const wantedChannels = (mode: ImageMode, has: number): number => channelsOf[mode] || has;

/**
 * Pixels of 1 to 4 channels (grey, grey and alpha, RGB, RGB and alpha) with another number of them. Colours become grey
 * as Pillow does it; alpha is dropped, or opaque where there was none.
 */
export function convertChannels(pixels: Uint8Array, has: number, wanted: number): Uint8Array {
  if (has === wanted) return pixels;
  const count = pixels.length / has;
  const out = new Uint8Array(count * wanted);
  for (let i = 0, from = 0, to = 0; i < count; i++, from += has, to += wanted) {
    const r = pixels[from];
    const g = has < 3 ? r : pixels[from + 1];
    const b = has < 3 ? r : pixels[from + 2];
    const alpha = has % 2 === 0 ? pixels[from + has - 1] : 255;
    if (wanted < 3) {
      // 0.299, 0.587 and 0.114 in 16 bits, rounded; of a grey pixel exactly itself.
      out[to] = has < 3 ? r : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
      if (wanted === 2) out[to + 1] = alpha;
    } else {
      out[to] = r;
      out[to + 1] = g;
      out[to + 2] = b;
      if (wanted === 4) out[to + 3] = alpha;
    }
  }
  return out;
}
