// A value that an operation puts into a tensor: a number, or a tensor with one element. No method.
import { ShapeError, shapeText } from "../errors.js";
import { numberLike } from "../families.js";
import { expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { fullLike } from "./like.js";

/**
 * A number or a 0-d tensor (then differentiable) as a 0-d tensor of the dtype and on the device of another.
 * @throws ShapeError for a value with dims.
 */
export function oneValue(op: string, like: Tensor, value: number | Tensor): Tensor {
  if (typeof value === "number") return numberLike(value, like.dtype, like.device);
  expectTensor(op, "value", value);
  if (value.ndim !== 0) {
    throw new ShapeError(`${op}: expected a number or a 0-d tensor as value, got ${shapeText(value.shape)}`);
  }
  return value.to({ device: like.device, dtype: like.dtype });
}

/** The same value in the shape of the other tensor too. */
export const filled = (op: string, like: Tensor, value: number | Tensor): Tensor =>
  typeof value === "number" ? fullLike(like, value) : oneValue(op, like, value).expand(like.shape);
