// What stands between the brackets of x[…] in Python, as data: integers, slices, "...", null, indices, masks. Reads and
// checks it against a shape, and says which box of the tensor it means and what remains to be picked. Pure; knows tensors
// by shape and dtype only.
import { ArgumentError, DTypeError, ShapeError, shapeText } from "./errors.js";
import { outOfBounds } from "./indexBounds.js";
import type { Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Nested numbers (indices) or booleans (a mask). */
export type IndexList = readonly (number | boolean | IndexList)[];

/**
 * One index: an integer (negative from the end), a slice as in Python ("1:", "::2", ":"), "..." for all dims that are
 * left, null for a new dim, true or false for a new dim of one or no place, a tensor of integers or bools, or such an array.
 */
export type Index = number | string | null | boolean | Tensor | IndexList;

/** A range of one dim, or one place of it. */
export interface Range {
  readonly begin: number;
  readonly end: number;
  readonly step: number;
  readonly one: boolean;
}

/** What to do with the dims of the box, in their order. */
export type Place =
  /** A dim of the box stays. */
  | { readonly kind: "kept" }
  /** A new dim of size 1. */
  | { readonly kind: "new" }
  /** A dim of the box is picked from. */
  | { readonly kind: "picked"; readonly by: Tensor | IndexList; readonly dim: number }
  /** As many dims of the box as the mask has are picked from. */
  | { readonly kind: "masked"; readonly by: Tensor | IndexList; readonly dims: number; readonly dim: number }
  /** A new dim, picked from once or not at all. */
  | { readonly kind: "flag"; readonly value: boolean };

export interface Plan {
  /** Per dim of the tensor. */
  readonly ranges: readonly Range[];
  readonly places: readonly Place[];
}

const slicePattern = /^\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*)?$/;

/** Python's rules for the bounds of a slice with a positive step. */
export function parseSlice(op: string, text: string, size: number): Range {
  const match = slicePattern.exec(text);
  if (!match) {
    throw new ArgumentError(
      `${op}: expected a slice such as "1:", ":-1" or "::2", or "...", got ${JSON.stringify(text)}`,
    );
  }
  const [start, stop, by] = match
    .slice(1)
    .map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  const step = by ?? 1;
  if (step <= 0) {
    throw new ArgumentError(`${op}: expected a step > 0, got ${JSON.stringify(text)}; use flip to turn a dim around`);
  }
  const within = (i: number) => Math.min(Math.max(i < 0 ? i + size : i, 0), size);
  const begin = within(start ?? 0);
  const end = Math.max(begin, within(stop ?? size));
  return { begin, end, step: Math.min(step, Math.max(size, 1)), one: false };
}

const isTensor = (index: unknown): index is Tensor => typeof index === "object" && index !== null && "dtype" in index;

/** Depth of the nesting, and whether booleans stand at its bottom. */
function listFacts(op: string, list: IndexList): { readonly depth: number; readonly mask: boolean } {
  const [first] = list;
  if (Array.isArray(first)) {
    const inner = listFacts(op, first as IndexList);
    return { depth: inner.depth + 1, mask: inner.mask };
  }
  if (first !== undefined && typeof first !== "number" && typeof first !== "boolean") {
    throw new ArgumentError(`${op}: expected integers or booleans in an index array, got ${describe(first)}`);
  }
  return { depth: 1, mask: typeof first === "boolean" };
}

const describe = (value: unknown): string =>
  typeof value === "number" || typeof value === "string" ? `${typeof value} ${value}` : typeof value;

/** How many dims of the tensor an index takes; undefined for "...", which takes those that are left. */
function takes(op: string, index: Index): number | undefined {
  if (index === "...") return undefined;
  if (index === null || typeof index === "boolean") return 0;
  if (typeof index === "number" || typeof index === "string") return 1;
  if (isTensor(index)) return index.dtype === "bool" ? index.ndim : 1;
  if (!Array.isArray(index)) throw new ArgumentError(`${op}: expected an index, got ${describe(index)}`);
  const { depth, mask } = listFacts(op, index);
  return mask ? depth : 1;
}

/** Reads indices against a shape. @throws ArgumentError naming the index, the dim and the shape. */
export function planIndex(op: string, shape: Shape, indices: readonly Index[]): Plan {
  const taken = indices.map((index) => takes(op, index));
  const used = taken.reduce<number>((sum, n) => sum + (n ?? 0), 0);
  const ellipses = taken.filter((n) => n === undefined).length;
  if (used > shape.length || ellipses > 1) {
    throw new ArgumentError(
      ellipses > 1
        ? `${op}: expected "..." at most once, got it ${ellipses} times`
        : `${op}: expected at most ${shape.length} indices for ${shapeText(shape)}, got ${used}`,
    );
  }
  const ranges: Range[] = [];
  const places: Place[] = [];
  const whole = (count: number) => {
    for (let i = 0; i < count; i++) {
      ranges.push({ begin: 0, end: shape[ranges.length], step: 1, one: false });
    }
  };
  const keep = (count: number) => {
    whole(count);
    for (let i = 0; i < count; i++) places.push({ kind: "kept" });
  };
  indices.forEach((index, i) => {
    const dim = ranges.length;
    if (index === "...") keep(shape.length - used);
    else if (index === null) places.push({ kind: "new" });
    else if (typeof index === "boolean") places.push({ kind: "flag", value: index });
    else if (typeof index === "number") ranges.push(placeOf(op, index, dim, shape));
    else if (typeof index === "string") {
      ranges.push(parseSlice(op, index, shape[dim]));
      places.push({ kind: "kept" });
    } else {
      const dims = taken[i] as number;
      whole(dims);
      const mask = isTensor(index) ? index.dtype === "bool" : listFacts(op, index).mask;
      if (isTensor(index)) expectIndexTensor(op, index, dim, shape);
      places.push(mask ? { kind: "masked", by: index, dims, dim } : { kind: "picked", by: index, dim });
    }
  });
  keep(shape.length - ranges.length);
  return { ranges, places };
}

function placeOf(op: string, index: number, dim: number, shape: Shape): Range {
  const size = shape[dim];
  if (!Number.isInteger(index))
    throw new ArgumentError(`${op}: expected an integer as index of dim ${dim}, got ${index}`);
  if (index < -size || index >= size) throw outOfBounds({ op, shape, dim }, index);
  const begin = index < 0 ? index + size : index;
  return { begin, end: begin + 1, step: 1, one: true };
}

function expectIndexTensor(op: string, index: Tensor, dim: number, shape: Shape): void {
  if (index.dtype === "bool") {
    const wanted = shape.slice(dim, dim + index.ndim);
    if (index.shape.some((n, i) => n !== wanted[i])) {
      throw new ShapeError(
        `${op}: expected a mask of ${shapeText(wanted)} for dim ${dim} of ${shapeText(shape)}, got ${shapeText(index.shape)}`,
      );
    }
    return;
  }
  if (index.dtype !== "int64" && index.dtype !== "int32") {
    const remedy = index.dtype === "uint8" ? 'convert with .to("bool") or .to("int64")' : 'convert with .to("int64")';
    throw new DTypeError(`${op}: expected int64 indices or a bool mask, got ${index.dtype}; ${remedy}`);
  }
}
