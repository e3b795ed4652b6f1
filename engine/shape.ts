// Arithmetic of shapes: broadcasting, dims, reductions. Pure numbers; names the operation in its errors.
import { ArgumentError, ShapeError, shapeText } from "./errors.js";

export type Shape = readonly number[];

/** Sizes as one array or as arguments. */
export type Sizes = readonly [Shape] | readonly number[];
export const sizesOf = (sizes: Sizes): Shape => (Array.isArray(sizes[0]) ? (sizes[0] as Shape) : (sizes as Shape));

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** NumPy's and PyTorch's broadcasting of two shapes. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a.length - i >= 0 ? a[a.length - i] : 1;
    const y = b.length - i >= 0 ? b[b.length - i] : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: expected shapes that broadcast, got ${shapeText(a)} and ${shapeText(b)} (sizes ${x} and ${y} at dimension ${rank - i})`,
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** A dim counted from the end when negative, checked. */
export function normaliseDim(op: string, dim: number, rank: number): number {
  const limit = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -limit || dim >= limit) {
    throw new ArgumentError(`${op}: expected a dim in [${-limit}, ${limit - 1}], got ${dim}`);
  }
  return dim < 0 ? dim + limit : dim;
}

/** One dim, several, or all of them; sorted and without repeats. */
export function normaliseDims(
  op: string,
  dim: number | readonly number[] | undefined,
  rank: number,
): readonly number[] {
  const all = dim === undefined || (typeof dim === "object" && dim.length === 0); // PyTorch reads [] as all dims
  if (all) return Array.from({ length: rank }, (_, i) => i);
  const dims = (typeof dim === "number" ? [dim] : dim).map((d) => normaliseDim(op, d, rank));
  const unique = [...new Set(dims)].sort((a, b) => a - b);
  if (unique.length !== dims.length) throw new ArgumentError(`${op}: expected each dim once, got ${shapeText(dims)}`);
  return rank === 0 ? [] : unique;
}

export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): Shape {
  if (keepdim) return shape.map((n, i) => (dims.includes(i) ? 1 : n));
  return shape.filter((_, i) => !dims.includes(i));
}

/** Fills in the one -1 of a reshape and checks the sizes. */
export function resolveReshape(op: string, from: Shape, to: Shape): Shape {
  const size = sizeOf(from);
  const unknown = to.indexOf(-1);
  if (to.some((n, i) => (n < 0 && i !== unknown) || !Number.isInteger(n))) {
    throw new ArgumentError(`${op}: expected sizes >= 0 and at most one -1, got ${shapeText(to)}`);
  }
  if (unknown < 0) {
    if (sizeOf(to) !== size) throw cannot(op, from, to);
    return to;
  }
  const known = to.reduce((product, n, i) => (i === unknown ? product : product * n), 1);
  if (known === 0 || size % known !== 0) throw cannot(op, from, to);
  return to.map((n, i) => (i === unknown ? size / known : n));
}

const cannot = (op: string, from: Shape, to: Shape) =>
  new ShapeError(`${op}: expected a shape of ${sizeOf(from)} elements for ${shapeText(from)}, got ${shapeText(to)}`);
