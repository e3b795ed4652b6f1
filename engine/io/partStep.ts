// How a tensor is a part of its memory, as data: steps that a file can hold and that are checked when they come from one.
// It must not know tensors, only shapes.
import { sizeOf } from "../shape.js";

/** From a tensor to a view of it: the same elements under another shape, dims in another order, or a box. */
export type PartStep =
  | { readonly shape: readonly number[] }
  | { readonly permute: readonly number[] }
  | {
      readonly box: {
        readonly begin: readonly number[];
        readonly end: readonly number[];
        readonly step: readonly number[];
        /** Bit i: dim i has one place, and is dropped. */
        readonly drop: number;
      };
    };

/** Views copy their elements here: all parts of a memory together may be so many times as large as it is. */
const mostTimes = 8;
/** Views of views of views. */
const mostSteps = 16;
/** What a bit mask of dims can say. */
const mostDims = 30;

const isNaturals = (value: unknown, length?: number): value is readonly number[] =>
  Array.isArray(value) &&
  (length === undefined ? value.length <= mostDims : value.length === length) &&
  value.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 31); // kernels read sizes as int32

/** The shape after a step; undefined for what is no step from this shape. */
function shapeAfter(shape: readonly number[], step: unknown): readonly number[] | undefined {
  if (typeof step !== "object" || step === null || shape.length > mostDims) return undefined;
  const { shape: to, permute, box } = step as Readonly<Record<string, unknown>>;
  if (to !== undefined) return isNaturals(to) && sizeOf(to) === sizeOf(shape) ? to : undefined;
  if (permute !== undefined) {
    const fits = isNaturals(permute, shape.length) && new Set(permute).size === shape.length;
    return fits && permute.every((axis) => axis < shape.length) ? permute.map((axis) => shape[axis]) : undefined;
  }
  const { begin, end, step: by, drop } = (box ?? {}) as Readonly<Record<string, unknown>>;
  if (!isNaturals(begin, shape.length) || !isNaturals(end, shape.length) || !isNaturals(by, shape.length))
    return undefined;
  if (!Number.isSafeInteger(drop) || (drop as number) < 0 || (drop as number) >= 2 ** shape.length) return undefined;
  const sizes = shape.map((n, i) =>
    begin[i] <= end[i] && end[i] <= n && by[i] > 0 ? Math.ceil((end[i] - begin[i]) / by[i]) : -1,
  );
  const dropped = (i: number) => ((drop as number) & (1 << i)) !== 0;
  if (sizes.some((n, i) => n < 0 || (dropped(i) && n !== 1))) return undefined;
  return sizes.filter((_, i) => !dropped(i));
}

/** Elements that the steps of a part copy on the way from its memory; undefined for what are no such steps. */
function elementsOf(memory: readonly number[], steps: unknown): number | undefined {
  if (!Array.isArray(steps) || steps.length > mostSteps) return undefined;
  let [shape, elements]: [readonly number[] | undefined, number] = [memory, 0];
  for (const step of steps as readonly unknown[]) {
    shape = shapeAfter(shape, step);
    if (!shape) return undefined;
    if (!Object.hasOwn(step as object, "shape")) elements += sizeOf(shape);
  }
  return elements;
}

/** Whether all of these are parts of a memory of this shape, and together not much larger than it. */
export function fitsMemory(
  memory: readonly number[],
  parts: readonly unknown[],
): parts is readonly (readonly PartStep[])[] {
  let elements = 0;
  for (const steps of parts) {
    const own = elementsOf(memory, steps);
    if (own === undefined) return false;
    elements += own;
  }
  return elements <= mostTimes * sizeOf(memory);
}
