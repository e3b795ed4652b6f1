// How a view comes from its base, and how what is written to it goes back. TensorFlow's buffers are immutable, so a view
// is a chain of steps from its base: `take` along it when the base has changed, `put` back along it when the view has.
// Works on storages and shapes; knows tensors by type only, and no gradient.
import { execute } from "./backend/native.js";
import { scatterUpdate } from "./backend/kernels.js";
import { reshaped } from "./backend/layout.js";
import { wholeRange } from "./backend/wholeRange.js";
import type { Device } from "./device.js";
import type { DType } from "./dtype.js";
import { type Shape, sizeOf } from "./shape.js";
import type { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** Distances in elements between neighbours along each dim, as they are in PyTorch's memory. */
export type Strides = readonly number[];

/** One step from a tensor to a view of it. */
export interface ViewMaking<O = unknown> {
  readonly kind: ViewKind<O>;
  readonly from: Shape;
  readonly to: Shape;
  readonly options: O;
}

/** What a step of a view operation does, both ways. All storages are strided. */
export interface ViewKind<O> {
  /** The view's contents from the base's. */
  take(base: Storage, how: ViewMaking<O>, dtype: DType, on: Device): Storage;
  /** The base's contents with the view's part replaced. */
  put(base: Storage, part: Storage, how: ViewMaking<O>, dtype: DType, on: Device): Storage;
  /** The view's strides from the base's. */
  strides(base: Strides, how: ViewMaking<O>): Strides;
  /** The whole operation on a tensor: what a view is of once its base has another history. */
  again(base: Tensor, how: ViewMaking<O>): Tensor;
  /** Several elements of the view may be one of the base: nothing can be put back by this step alone. */
  readonly stretches?: boolean;
}

/** The contents at the end of a chain. */
export function takeAll(base: Storage, makings: readonly ViewMaking[], dtype: DType, on: Device): Storage {
  let contents = base;
  for (const making of makings) contents = making.kind.take(contents, making, dtype, on);
  return contents;
}

/** The base's contents with what stands at the end of a chain replaced. */
export function putAll(
  base: Storage,
  part: Storage,
  makings: readonly ViewMaking[],
  dtype: DType,
  on: Device,
): Storage {
  if (makings.some(({ kind }) => kind.stretches)) return scattered(base, part, makings, dtype, on);
  const last = makings.length - 1;
  const bases = [base];
  for (let i = 0; i < last; i++) bases.push(makings[i].kind.take(bases[i], makings[i], dtype, on));
  let contents = part;
  for (let i = last; i >= 0; i--) contents = makings[i].kind.put(bases[i], contents, makings[i], dtype, on);
  return contents;
}

/** Through a stretched tensor: each element goes to where a chain of positions says that it lies. */
function scattered(base: Storage, part: Storage, makings: readonly ViewMaking[], dtype: DType, on: Device): Storage {
  const shape = makings[0].from;
  const places = reshaped(wholeRange(0, sizeOf(shape), 1, on), shape, "int64", on);
  const result = execute(
    scatterUpdate(dtype),
    on,
    "strided",
    reshaped(base, [-1], dtype, on),
    reshaped(takeAll(places, makings, "int64", on), [-1, 1], "int64", on),
    reshaped(part, [-1], dtype, on),
  );
  return reshaped(result, shape, dtype, on);
}

/** The strides of a tensor whose elements lie in the order of its dims. */
export function contiguousStrides(shape: Shape): Strides {
  const strides = new Array<number>(shape.length);
  let next = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = next;
    next *= Math.max(shape[i], 1);
  }
  return strides;
}

/** Whether elements with these strides lie in the order of their dims. */
export function isInOrder(shape: Shape, strides: Strides): boolean {
  if (sizeOf(shape) === 0) return true;
  let next = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== next) return false;
    next *= shape[i];
  }
  return true;
}

/**
 * The strides of the same memory under another shape of as many elements; undefined where the elements would not lie in
 * equal distances. Each run of dims that lie seamlessly in memory has to be a run of the new dims too.
 */
export function stridesUnder(shape: Shape, strides: Strides, to: Shape): Strides | undefined {
  if (sizeOf(to) === 0) return contiguousStrides(to);
  const out = new Array<number>(to.length).fill(1);
  let at = to.length - 1;
  let end = shape.length - 1;
  while (end >= 0) {
    let start = end;
    let run = shape[end];
    while (
      start > 0 &&
      (shape[start - 1] === 1 || run === 1 || strides[start - 1] === run * stepOf(shape, strides, start, end))
    ) {
      start--;
      run *= shape[start];
    }
    let step = stepOf(shape, strides, start, end);
    let filled = 1;
    while (at >= 0 && (filled < run || to[at] === 1)) {
      out[at] = step;
      step *= to[at];
      filled *= to[at];
      at--;
    }
    if (filled !== run) return undefined;
    end = start - 1;
  }
  return out;
}

/** The distance of neighbours in a seamless run of dims: that of its last dim with more than one element. */
function stepOf(shape: Shape, strides: Strides, start: number, end: number): number {
  for (let i = end; i >= start; i--) if (shape[i] !== 1) return strides[i];
  return strides[end];
}
