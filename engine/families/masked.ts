// Gradients that flow at some places only. A product with a mask would turn an infinite gradient into NaN at the others.
import { where } from "../functional/where.js";
import type { Tensor } from "../tensor.js";
import { numberLike } from "./binary.js";

/** `x` where the mask holds, else 0. */
export const onlyWhere = (mask: Tensor, x: Tensor): Tensor => where(mask, x, numberLike(0, x.dtype, x.device));
/** 0 where the mask holds, else `x`. */
export const zeroWhere = (mask: Tensor, x: Tensor): Tensor => where(mask, numberLike(0, x.dtype, x.device), x);
/** A number where the mask holds, else `x`. */
export const numberWhere = (mask: Tensor, value: number, x: Tensor): Tensor =>
  where(mask, numberLike(value, x.dtype, x.device), x);
