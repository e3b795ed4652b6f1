// Turns the visible part of a curve into at most four points per pixel column, keeping every spike. Pure.
import type { Series } from "./series.js";

/** Points in data units; NaN in `ys` is a gap. */
export interface Polyline {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  /** True when every point of the range is there. */
  readonly whole: boolean;
}

/** The range of positions drawn for x0..x1: what is inside, and one neighbour on either side so that lines reach the edges. */
export function visibleRange(series: Series, x0: number, x1: number): readonly [from: number, to: number] {
  const from = Math.max(0, series.lowerBound(x0) - 1);
  let to = series.lowerBound(x1);
  while (to < series.length && series.x(to) === x1) to++;
  return [from, Math.min(series.length, to + 1)];
}

export function decimate(series: Series, x0: number, x1: number, columns: number): Polyline {
  const [from, to] = visibleRange(series, x0, x1);
  const count = to - from;
  if (count <= Math.max(4, columns * 4) || !(x1 > x0)) return whole(series, from, to);
  const xs: number[] = [];
  const ys: number[] = [];
  const width = (x1 - x0) / columns;
  let start = from;
  for (let column = 0; column < columns && start < to; column++) {
    const end = column === columns - 1 ? to : Math.min(to, series.lowerBound(x0 + (column + 1) * width));
    if (end <= start) continue;
    const first = series.x(start);
    const last = series.x(end - 1);
    const { min, max } = series.extremes(start, end);
    if (min > max) {
      xs.push(first);
      ys.push(NaN);
    } else {
      const middle = (first + last) / 2;
      xs.push(first, middle, middle, last);
      ys.push(series.y(start), min, max, series.y(end - 1));
    }
    start = end;
  }
  return { xs: Float64Array.from(xs), ys: Float64Array.from(ys, finiteOrGap), whole: false };
}

function whole(series: Series, from: number, to: number): Polyline {
  const count = Math.max(0, to - from);
  const xs = new Float64Array(count);
  const ys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    xs[i] = series.x(from + i);
    ys[i] = finiteOrGap(series.y(from + i));
  }
  return { xs, ys, whole: true };
}

const finiteOrGap = (value: number): number => (Number.isFinite(value) ? value : NaN);
