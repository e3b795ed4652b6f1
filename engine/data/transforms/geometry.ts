// Sizes, paddings and the rows that they select. It must not know images.
import { ArgumentError, shapeText } from "../../errors.js";
import { allOf, outside, type Indices } from "./take.js";

/** A height and width, or one number for both. */
export type Size = number | readonly [height: number, width: number];

/** @throws {ArgumentError} unless both are whole and at least 1. */
export function sizePair(op: string, size: Size): readonly [height: number, width: number] {
  const pair = typeof size === "number" ? ([size, size] as const) : size;
  if (pair.length !== 2 || pair.some((side) => !Number.isSafeInteger(side) || side < 1)) {
    throw new ArgumentError(
      `${op}: expected a size of a whole number of at least 1 or [height, width], got ${textOf(size)}`,
    );
  }
  return pair;
}

/** All sides, or [left and right, top and bottom], or [left, top, right, bottom]. */
export type Padding =
  | number
  | readonly [leftRight: number, topBottom: number]
  | readonly [left: number, top: number, right: number, bottom: number];

/**
 * What lies beside the image: one value ("constant"), its last pixel again ("edge"), or its mirror image without
 * ("reflect") or with ("symmetric") the last pixel.
 */
export type PaddingMode = "constant" | "edge" | "reflect" | "symmetric";

export interface Sides {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** @throws {ArgumentError} unless all are whole and at least 0. */
export function paddingSides(op: string, padding: Padding): Sides {
  const all = typeof padding === "number" ? [padding, padding] : padding;
  const [left, top, right = left, bottom = top] = all;
  const sides = { left, top, right, bottom };
  const fits = (all.length === 2 || all.length === 4) && Object.values(sides).every((side) => isCount(side));
  if (!fits) {
    throw new ArgumentError(
      `${op}: expected a padding of whole numbers of at least 0 (one, [left and right, top and bottom] or ` +
        `[left, top, right, bottom]), got ${textOf(padding)}`,
    );
  }
  return sides;
}

const modes: readonly string[] = ["constant", "edge", "reflect", "symmetric"] satisfies readonly PaddingMode[];

/** @throws {ArgumentError} for anything else. */
export function checkPaddingMode(op: string, mode: PaddingMode): void {
  if (!modes.includes(mode)) {
    throw new ArgumentError(`${op}: expected a paddingMode of ${modes.join(", ")}, got ${String(mode)}`);
  }
}

/**
 * The indices of `length` rows with so many more before and after.
 * @throws {ArgumentError} when there are fewer rows than a mirror image needs, or none to repeat.
 */
export function padded(op: string, length: number, before: number, after: number, mode: PaddingMode): Indices {
  const most = Math.max(before, after);
  const limit = { constant: Infinity, edge: length === 0 ? 0 : Infinity, reflect: length - 1, symmetric: length }[mode];
  if (most > Math.max(limit, 0)) {
    throw new ArgumentError(`${op}: expected a padding of at most ${limit} for ${mode}, got ${most}`);
  }
  return Int32Array.from({ length: before + length + after }, (_, i) => {
    const at = i - before;
    if (at >= 0 && at < length) return at;
    switch (mode) {
      case "constant":
        return outside;
      case "edge":
        return at < 0 ? 0 : length - 1;
      case "reflect":
        return at < 0 ? -at : 2 * (length - 1) - at;
      case "symmetric":
        return at < 0 ? -at - 1 : 2 * length - 1 - at;
    }
    mode satisfies never;
    return outside;
  });
}

/** What `inner` selects of what `rows` selected. */
export const through = (rows: Indices, inner: Indices): Indices =>
  inner.map((index) => (index === outside ? outside : rows[index]));

/** `length` rows from the last to the first. */
export const reversed = (length: number): Indices => allOf(length).reverse();

/** The nearest whole number, the even one of two: Python's and PyTorch's `round`. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** @throws {ArgumentError} unless 0 <= p <= 1. */
export function checkProbability(op: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${op}: expected a probability from 0 to 1, got ${p}`);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const textOf = (value: number | readonly number[]): string =>
  typeof value === "number" ? `${value}` : shapeText(value);
