// How many numbers come into and go out of one unit of a weight: what initial values are scaled by.
import { ShapeError, shapeText } from "../errors.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Inputs and outputs of one unit: [out, in, ...kernel]. */
export function fans(x: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  if (x.ndim < 2) throw new ShapeError(`init: expected a weight of at least 2 dimensions, got ${shapeText(x.shape)}`);
  const field = sizeOf(x.shape.slice(2));
  return { fanIn: x.shape[1] * field, fanOut: x.shape[0] * field };
}
