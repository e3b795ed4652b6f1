// Resizing images. It must not know how pixels are weighed.
import { type DType, isHalf } from "../../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import type { RawArray } from "../raw.js";
import { tensorOf } from "../tensorOf.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import type { Frame } from "./frame.js";
import { sizePair, type Size } from "./geometry.js";
import { nearestIndices } from "./interpolate.js";
import { keep, onRaw, onTensor, type Plan } from "./plan.js";
import type { Transform } from "./transform.js";

/** How a new pixel comes from old ones. PyTorch: `InterpolationMode`. */
export type Interpolation = "bilinear" | "nearest";

export interface ResizeOptions {
  /** Default "bilinear". */
  readonly interpolation?: Interpolation;
  /**
   * Whether a shrinking "bilinear" takes all pixels into account (default true, torchvision's since 0.17), or only the
   * nearest four.
   */
  readonly antialias?: boolean;
  /** The most that the longer side may become; then the shorter one becomes less than `size`. Only with one number. */
  readonly maxSize?: number;
}

/**
 * An image of another size: the shorter side becomes `size` and the other keeps its proportion (rounded down), or both
 * become [height, width]. Images are uint8 [H, W] or [H, W, C], or tensors [..., C, H, W] of any dtype but bool.
 * PyTorch: `transforms.Resize`, computed as torchvision does for tensors (in float32, rounded once at the end), which
 * may differ by 1 of 255 from what it does for PIL images.
 * @throws {ArgumentError} for other sizes; when applied, {ShapeError} for an empty image and {DTypeError} for bool.
 */
export class Resize implements Transform {
  readonly interpolation: Interpolation;
  readonly antialias: boolean;
  readonly maxSize: number | undefined;

  constructor(
    readonly size: Size,
    options: ResizeOptions = {},
  ) {
    expectOptions("Resize", options, '{ interpolation: "nearest" }');
    this.interpolation = options.interpolation ?? "bilinear";
    this.antialias = options.antialias ?? true;
    this.maxSize = options.maxSize;
    sizePair("Resize", size);
    if (this.interpolation !== "bilinear" && this.interpolation !== "nearest") {
      throw new ArgumentError(
        `Resize: expected an interpolation of "bilinear" or "nearest", got ${JSON.stringify(this.interpolation)}`,
      );
    }
    if (this.maxSize !== undefined) checkMaxSize(size, this.maxSize);
  }

  forward(image: Tensor): Tensor {
    const { dtype } = image;
    if (isHalf(dtype)) return this.forward(image.to("float32")).to(dtype);
    this.#check(dtype);
    return onTensor("Resize", image, (frame) => this.#plan(frame));
  }

  raw(image: RawArray): RawArray | Tensor {
    const { dtype } = image;
    if (isHalf(dtype)) return this.forward(tensorOf(image)); // raw bits here
    this.#check(dtype);
    return onRaw("Resize", image, (frame) => this.#plan(frame));
  }

  #check(dtype: DType): void {
    if (dtype === "bool" && this.interpolation !== "nearest") {
      throw new DTypeError('Resize: expected numbers, got bool; use interpolation: "nearest"');
    }
  }

  #plan(frame: Frame): Plan {
    const { height, width } = frame;
    if (height === 0 || width === 0) {
      throw new ShapeError(`Resize: expected an image of at least 1 x 1, got ${shapeText(frame.shape)}`);
    }
    const [newHeight, newWidth] = this.#newSize(height, width);
    if (newHeight === height && newWidth === width) return keep;
    if (this.interpolation === "nearest") {
      return {
        kind: "take",
        rows: nearestIndices(height, newHeight),
        columns: nearestIndices(width, newWidth),
        fill: 0,
      };
    }
    return { kind: "bilinear", height: newHeight, width: newWidth, antialias: this.antialias };
  }

  #newSize(height: number, width: number): readonly [height: number, width: number] {
    if (typeof this.size !== "number") return this.size;
    const [short, long] = width <= height ? [width, height] : [height, width];
    let newShort = this.size;
    let newLong = Math.trunc((this.size * long) / short);
    if (this.maxSize !== undefined && newLong > this.maxSize) {
      newShort = Math.max(Math.trunc((this.maxSize * newShort) / newLong), 1);
      newLong = this.maxSize;
    }
    return width <= height ? [newLong, newShort] : [newShort, newLong];
  }

  [constructorArguments](): readonly Argument[] {
    const { size, interpolation, antialias, maxSize } = this;
    return Object.entries({ size, options: { interpolation, antialias, maxSize } });
  }
}

function checkMaxSize(size: Size, maxSize: number): void {
  if (typeof size !== "number" || !Number.isSafeInteger(maxSize) || maxSize <= size) {
    throw new ArgumentError(
      `Resize: expected a maxSize only with one number as size, and greater than it, got ${maxSize} with ${JSON.stringify(size)}`,
    );
  }
}
