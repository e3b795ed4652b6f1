// What operations over the last one or two dims share: sizes in pairs, padding, missing batch dims, and NHWC order.
import { asNhwc } from "../backend/layout.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../errors.js";
import { isFloating } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";

/** One number for both, or [height, width]. */
export type Pair = number | readonly [number, number];

/** One number, or a list of one: what one-dimensional operations take. */
export type Single = number | readonly [number];

type Two = readonly [number, number];

/** Both numbers, checked. */
export function pair(op: string, name: string, value: Pair, least: number): Two {
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return [value, value];
  if (!Array.isArray(value) || value.length !== 2 || value.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ArgumentError(
      `${op}: expected ${name} as an integer >= ${least} or a pair of them, got ${JSON.stringify(value)}`,
    );
  }
  return value as unknown as Two;
}

/** The one number, checked. */
export function single(op: string, name: string, value: Single, least: number): number {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof one === "number" && Number.isInteger(one) && one >= least) return one;
  throw new ArgumentError(`${op}: expected ${name} as an integer >= ${least}, got ${JSON.stringify(value)}`);
}

/** A tensor's contents in NHWC order. */
export const nhwcOf = (x: Tensor): Storage => asNhwc(x.storage, x.shape, x.dtype, x.device);

/** Runs a batched operation on one example too: `dims` counts the dims without the batch. */
export function batched(x: Tensor, dims: number, run: (batch: Tensor) => Tensor): Tensor {
  return x.ndim === dims ? run(x.unsqueeze(0)).squeeze(0) : run(x);
}

/** Refuses all but [N, C, H, W] and [C, H, W] of a floating dtype. */
export function expectImages(op: string, x: Tensor): void {
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`${op}: expected [N, C, H, W] or [C, H, W], got ${shapeText(x.shape)}`);
  }
  if (!isFloating(x.dtype))
    throw new DTypeError(`${op}: expected a floating dtype, got ${x.dtype}; convert with .to("float32")`);
}

/** Refuses all but [N, C, L] and [C, L]. */
export function expectSequences(op: string, x: Tensor): void {
  if (x.ndim !== 2 && x.ndim !== 3) {
    throw new ShapeError(`${op}: expected [N, C, L] or [C, L], got ${shapeText(x.shape)}`);
  }
}

/** A 1-d operation as a 2-d one of height 1. */
export function asHeightOne(x: Tensor, dims: number, run: (x: Tensor) => Tensor): Tensor {
  return batched(x, dims, (batch) => run(batch.unsqueeze(2)).squeeze(2));
}

/** Sizes of [N, C, H, W] but for the first two. */
export const spatialOf = (shape: Shape): Two => [shape[2], shape[3]];
