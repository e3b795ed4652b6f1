// Cutting a part of fixed size out of images: the middle, or any. It must not know resizing.
import { ArgumentError, expectOptions } from "../../errors.js";
import { defaultGenerator } from "../../random.js";
import type { Tensor } from "../../tensor.js";
import { randomBelow } from "../order.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import type { Frame } from "./frame.js";
import {
  checkPaddingMode,
  padded,
  paddingSides,
  roundHalfEven,
  sizePair,
  through,
  type Padding,
  type Sides,
  type Size,
} from "./geometry.js";
import type { PadOptions } from "./pad.js";
import { onRaw, onTensor, type Plan } from "./plan.js";
import type { FillValue, Indices } from "./take.js";
import type { Transform } from "./transform.js";

/**
 * The middle `size` (one number for a square, or [height, width]) of an image; a smaller image is surrounded by zeros
 * first. Images are uint8 [H, W] or [H, W, C], or tensors [..., C, H, W]. PyTorch: `transforms.CenterCrop`.
 * @throws {ArgumentError} for a size that is not whole or below 1.
 */
export class CenterCrop implements Transform {
  readonly #size: readonly [height: number, width: number];

  constructor(readonly size: Size) {
    this.#size = sizePair("CenterCrop", size);
  }

  forward(image: Tensor): Tensor {
    return onTensor("CenterCrop", image, (frame) => this.#plan(frame));
  }

  raw(image: RawArray): RawArray {
    return onRaw("CenterCrop", image, (frame) => this.#plan(frame));
  }

  #plan(frame: Frame): Plan {
    const [height, width] = this.#size;
    return { kind: "take", rows: middle(frame.height, height), columns: middle(frame.width, width), fill: 0 };
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ size: this.size });
  }
}

export interface RandomCropOptions extends PadOptions {
  /** Added around the image before it is cropped (default none). */
  readonly padding?: Padding;
  /** Whether an image that is too small even then is padded further (default false: an error). PyTorch: `pad_if_needed`. */
  readonly padIfNeeded?: boolean;
}

/**
 * A part of `size` (one number for a square, or [height, width]) at a random place of an image. Drawn from the default
 * generator, which `manualSeed` governs. Images are uint8 [H, W] or [H, W, C], or tensors [..., C, H, W]. PyTorch:
 * `transforms.RandomCrop`.
 * @throws {ArgumentError} for other sizes, paddings and modes, and when applied, for an image that is too small.
 */
export class RandomCrop implements Transform {
  readonly padding: Padding;
  readonly padIfNeeded: boolean;
  readonly fill: FillValue;
  readonly paddingMode: NonNullable<PadOptions["paddingMode"]>;
  readonly #size: readonly [height: number, width: number];
  readonly #sides: Sides;

  constructor(
    readonly size: Size,
    options: RandomCropOptions = {},
  ) {
    expectOptions("RandomCrop", options, "{ padding: 4 }");
    this.padding = options.padding ?? 0;
    this.padIfNeeded = options.padIfNeeded ?? false;
    this.fill = options.fill ?? 0;
    this.paddingMode = options.paddingMode ?? "constant";
    this.#size = sizePair("RandomCrop", size);
    this.#sides = paddingSides("RandomCrop", this.padding);
    checkPaddingMode("RandomCrop", this.paddingMode);
  }

  forward(image: Tensor): Tensor {
    return onTensor("RandomCrop", image, (frame) => this.#plan(frame));
  }

  raw(image: RawArray): RawArray {
    return onRaw("RandomCrop", image, (frame) => this.#plan(frame));
  }

  #plan(frame: Frame): Plan {
    const { left, top, right, bottom } = this.#sides;
    const [height, width] = this.#size;
    const rows = this.#padded(frame.height, top, bottom, height);
    const columns = this.#padded(frame.width, left, right, width);
    if (rows.length < height || columns.length < width) {
      throw new ArgumentError(
        `RandomCrop: expected an image of at least ${height} x ${width}, got ${rows.length} x ${columns.length} with its padding; ` +
          "use padIfNeeded, a larger padding or Resize",
      );
    }
    // As in torchvision, an image of the very size takes no random numbers; else rows are drawn first.
    const fits = rows.length === height && columns.length === width;
    const [y, x] = fits
      ? [0, 0]
      : [
          randomBelow(defaultGenerator, rows.length - height + 1),
          randomBelow(defaultGenerator, columns.length - width + 1),
        ];
    return {
      kind: "take",
      rows: rows.subarray(y, y + height),
      columns: columns.subarray(x, x + width),
      fill: this.fill,
    };
  }

  #padded(length: number, before: number, after: number, wanted: number): Indices {
    const once = padded("RandomCrop", length, before, after, this.paddingMode);
    const missing = this.padIfNeeded ? wanted - once.length : 0;
    return missing <= 0 ? once : through(once, padded("RandomCrop", once.length, missing, missing, this.paddingMode));
  }

  [constructorArguments](): readonly Argument[] {
    const { size, padding, padIfNeeded, fill, paddingMode } = this;
    return Object.entries({ size, options: { padding, padIfNeeded, fill, paddingMode } });
  }
}

/** The middle `wanted` of `length` rows, with rows outside around too few. */
function middle(length: number, wanted: number): Indices {
  const missing = Math.max(wanted - length, 0);
  const rows = padded("CenterCrop", length, Math.floor(missing / 2), Math.ceil(missing / 2), "constant");
  const start = roundHalfEven((rows.length - wanted) / 2);
  return rows.subarray(start, start + wanted);
}
