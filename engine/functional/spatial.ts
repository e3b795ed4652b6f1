// What operations over the last two dims share: sizes in pairs, and NHWC order.
import { asNhwc } from "../backend/layout.js";
import { ArgumentError } from "../errors.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";

/** One number for both, or [height, width]. */
export type Pair = number | readonly [number, number];

/** Both numbers, checked. */
export function pair(op: string, name: string, value: Pair, least: number): readonly [number, number] {
  const both: readonly [number, number] = typeof value === "number" ? [value, value] : value;
  if (!Array.isArray(both) || both.length !== 2 || both.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ArgumentError(
      `${op}: expected ${name} as an integer >= ${least} or a pair of them, got ${JSON.stringify(value)}`,
    );
  }
  return both;
}

/** A tensor's contents in NHWC order. */
export const nhwcOf = (x: Tensor): Storage => asNhwc(x.storage, x.shape, x.dtype, x.device);
