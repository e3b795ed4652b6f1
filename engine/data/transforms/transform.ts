// What a transform of images is. It must not know any one of them.
import type { Tensor } from "../../tensor.js";
import { hasFastPath } from "../fastPath.js";
import { RawArray } from "../raw.js";
import { tensorOf } from "../tensorOf.js";

/**
 * A step from image to image. `forward` is the meaning; the other two are faster ways to the same values, and a subclass
 * that overrides `forward` alone switches the inherited ones off.
 */
export interface Transform {
  forward(image: Tensor): Tensor;

  /** The same on a typed array, without making a tensor. */
  raw?(image: RawArray): RawArray | Tensor;

  /**
   * For a step that changes each float32 value of a [C, H, W] image by itself: the new value, in float32's precision,
   * given the channel and the number of channels. `Compose` folds such steps after `ToTensor` into one table of 256 values.
   */
  pixel?(value: number, channel: number, channels: number): number;
}

/** A transform, or any function from image to image. */
export type TransformLike = Transform | ((image: Tensor) => Tensor);

/** Applies a transform or function to a tensor. */
export function applyTo(image: Tensor, transform: TransformLike): Tensor {
  return typeof transform === "function" ? transform(image) : transform.forward(image);
}

/** A transform made ready for typed arrays. */
export type RawStep = (image: RawArray | Tensor) => RawArray | Tensor;

/** The transform as a function that stays with typed arrays where it can. */
export function rawStep(transform: TransformLike): RawStep {
  return hasFastPath(transform, "forward", "raw")
    ? (image) => (image instanceof RawArray ? (transform as RawTransform).raw(image) : applyTo(image, transform))
    : (image) => applyTo(tensorOf(image), transform);
}

type RawTransform = Transform & { raw(image: RawArray): RawArray | Tensor };
