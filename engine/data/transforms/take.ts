// An image made of rows and columns of another one: cropping, flipping, padding and nearest resizing are all this.
// It must not know which of them it is.
import { encodeNumbers } from "../../backend/encode.js";
import type { TypedArray } from "../../dtype.js";
import { ArgumentError } from "../../errors.js";
import { RawArray } from "../raw.js";
import { resized, type Frame } from "./frame.js";

/** For each new row or column, the old one; `outside` for one that is filled. */
export type Indices = Int32Array;

export const outside = -1;

/** What stands where nothing of the image is: one value, or one for each channel. */
export type FillValue = number | readonly number[];

/**
 * The image's `rows` and `columns`, in that order; computed when it is wanted.
 * @throws {ArgumentError} when `fill` has neither 1 value nor one for each channel.
 */
export function take(
  op: string,
  image: RawArray,
  frame: Frame,
  rows: Indices,
  columns: Indices,
  fill: FillValue,
): RawArray {
  const { dtype } = image;
  const filling = encodeNumbers(dtype, fillValues(op, frame, fill));
  const run = runOf(columns);
  return RawArray.lazy(resized(frame, rows.length, columns.length), dtype, (target: TypedArray, at: number) => {
    // One dtype, so one kind of array: numbers or bigints, whichever it is.
    const to = target as Uint8Array;
    const from = image.data as Uint8Array;
    const { outer, height, width, inner, channels } = frame;
    const line = columns.length * inner;
    for (let o = 0, start = at; o < outer; o++) {
      const own = filling.length === 1 || inner > 1 ? filling : filling.subarray(o % channels, (o % channels) + 1);
      for (let y = 0; y < rows.length; y++, start += line) {
        if (rows[y] === outside) fillPixels(to, start, columns.length, own as Uint8Array, inner);
        else {
          const row = (o * height + rows[y]) * width * inner;
          if (run === undefined) pickPixels(from, row, to, start, columns, own as Uint8Array, inner);
          else {
            const { before, first, length, after } = run;
            const begin = start + before * inner;
            fillPixels(to, start, before, own as Uint8Array, inner);
            to.set(from.subarray(row + first * inner, row + (first + length) * inner), begin);
            fillPixels(to, begin + length * inner, after, own as Uint8Array, inner);
          }
        }
      }
    }
  });
}

/** 1 value, or one for each channel. @throws {ArgumentError} for another number of them. */
export function fillValues(op: string, { channels }: Frame, fill: FillValue): readonly number[] {
  const values = typeof fill === "number" ? [fill] : fill;
  if (values.length !== 1 && values.length !== channels) {
    throw new ArgumentError(`${op}: expected 1 fill value or ${channels}, one a channel, got ${values.length}`);
  }
  return values;
}

/** Indices that are neighbours in a row, between filled ones: then whole runs can be copied. */
interface Run {
  readonly before: number;
  readonly first: number;
  readonly length: number;
  readonly after: number;
}

function runOf(indices: Indices): Run | undefined {
  let before = 0;
  while (before < indices.length && indices[before] === outside) before++;
  let end = before;
  while (end < indices.length && indices[end] === indices[before] + (end - before)) end++;
  for (let i = end; i < indices.length; i++) if (indices[i] !== outside) return undefined;
  const length = end - before;
  return { before, first: length === 0 ? 0 : indices[before], length, after: indices.length - end };
}

function fillPixels(to: Uint8Array, at: number, count: number, fill: Uint8Array, inner: number): void {
  if (fill.length === 1) to.fill(fill[0], at, at + count * inner);
  else for (let i = 0; i < count; i++) to.set(fill, at + i * inner);
}

function pickPixels(
  from: Uint8Array,
  row: number,
  to: Uint8Array,
  at: number,
  columns: Indices,
  fill: Uint8Array,
  inner: number,
): void {
  const one = fill.length === 1;
  for (let x = 0, o = at; x < columns.length; x++) {
    const column = columns[x];
    for (let i = 0; i < inner; i++) {
      to[o++] = column === outside ? fill[one ? 0 : i] : from[row + column * inner + i];
    }
  }
}

/** 0 to `length - 1`. */
export const allOf = (length: number): Indices => Int32Array.from({ length }, (_, i) => i);
