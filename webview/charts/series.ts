// Points of one curve, growing at the end, with a pyramid of extremes so that a million of them can be drawn in a
// fraction of a frame. Knows numbers, not messages or pixels.

const fan = 16;

export interface Extremes {
  /** Infinity and -Infinity when the range holds no finite value. */
  readonly min: number;
  readonly max: number;
}

export interface Series {
  readonly length: number;
  readonly x: (at: number) => number;
  readonly y: (at: number) => number;
  /** Adds points; they may come out of order, and are kept by x. */
  readonly append: (xs: ArrayLike<number>, ys: ArrayLike<number>) => void;
  /** First position whose x is >= `x`. */
  readonly lowerBound: (x: number) => number;
  /** Extremes of the finite values at positions from..to-1. */
  readonly extremes: (from: number, to: number) => Extremes;
  /** Positions of the first values that are not finite, at most `most`, only starts of a stretch. */
  readonly breaks: (most: number) => readonly number[];
}

interface Level {
  mins: Float64Array;
  maxs: Float64Array;
}

export function createSeries(): Series {
  let length = 0;
  let xs = new Float64Array(1024);
  let ys = new Float64Array(1024);
  const levels: Level[] = [];
  const breakStarts: number[] = [];

  const lowerBound = (x: number): number => {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (xs[middle] < x) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /** Recomputes what depends on positions from `from` on. */
  const index = (from: number): void => {
    while (breakStarts.length > 0 && breakStarts[breakStarts.length - 1] >= from) breakStarts.pop();
    for (let at = from; at < length; at++) {
      if (!Number.isFinite(ys[at]) && (at === 0 || Number.isFinite(ys[at - 1]))) breakStarts.push(at);
    }
    let below: Level | undefined;
    let count = length;
    let first = from;
    for (let depth = 0; count > fan; depth++) {
      const blocks = Math.ceil(count / fan);
      let level = levels[depth];
      first = level ? Math.floor(first / fan) : 0; // a level that is new lacks all blocks, not only those that changed
      level ??= levels[depth] = { mins: new Float64Array(64), maxs: new Float64Array(64) };
      if (level.mins.length < blocks) {
        level.mins = grown(level.mins, blocks);
        level.maxs = grown(level.maxs, blocks);
      }
      for (let block = first; block < blocks; block++) {
        let min = Infinity;
        let max = -Infinity;
        const end = Math.min(count, (block + 1) * fan);
        for (let at = block * fan; at < end; at++) {
          const low = below ? below.mins[at] : finiteOr(ys[at], Infinity);
          const high = below ? below.maxs[at] : finiteOr(ys[at], -Infinity);
          if (low < min) min = low;
          if (high > max) max = high;
        }
        level.mins[block] = min;
        level.maxs[block] = max;
      }
      below = level;
      count = blocks;
    }
  };

  return {
    get length() {
      return length;
    },
    x: (at) => xs[at],
    y: (at) => ys[at],
    lowerBound,
    append: (newXs, newYs) => {
      const from = length;
      const total = from + newXs.length;
      if (xs.length < total) {
        xs = grown(xs, total);
        ys = grown(ys, total);
      }
      let sorted = true;
      for (let i = 0; i < newXs.length; i++) {
        xs[from + i] = newXs[i];
        ys[from + i] = newYs[i];
        if (from + i > 0 && newXs[i] < xs[from + i - 1]) sorted = false;
      }
      length = total;
      if (!sorted) {
        // A resumed or hand-numbered run: rare enough to sort all of it, stably.
        const order = Array.from({ length: total }, (_, at) => at).sort((a, b) => xs[a] - xs[b]);
        xs = Float64Array.from(order, (at) => xs[at]);
        ys = Float64Array.from(order, (at) => ys[at]);
      }
      index(sorted ? from : 0);
    },
    extremes: (from, to) => {
      let min = Infinity;
      let max = -Infinity;
      let depth = -1;
      let start = Math.max(0, from);
      let end = Math.min(length, to);
      const take = (at: number): void => {
        const low = depth < 0 ? finiteOr(ys[at], Infinity) : levels[depth].mins[at];
        const high = depth < 0 ? finiteOr(ys[at], -Infinity) : levels[depth].maxs[at];
        if (low < min) min = low;
        if (high > max) max = high;
      };
      // The ragged ends at this level, then the whole blocks between them one level up.
      while (start < end) {
        if (end - start <= 2 * fan || depth + 1 >= levels.length) {
          while (start < end) take(start++);
          break;
        }
        while (start % fan !== 0) take(start++);
        while (end % fan !== 0) take(--end);
        start /= fan;
        end /= fan;
        depth++;
      }
      return { min, max };
    },
    breaks: (most) => breakStarts.slice(0, most),
  };
}

/** Exponential moving average with its start corrected, in step with a series that grows: `weight` 0 copies, 0.99 is very smooth. */
export interface Smoothed {
  /** The smoothed curve, brought up to date. */
  readonly series: (weight: number) => Series;
}

export function createSmoothed(source: Series): Smoothed {
  let series = createSeries();
  let current = -1;
  let average = 0;
  let correction = 0;
  let lastX = -Infinity;
  return {
    series: (weight) => {
      const sourceMoved = series.length > 0 && source.x(series.length - 1) !== lastX;
      if (weight !== current || sourceMoved) {
        series = createSeries();
        current = weight;
        average = 0;
        correction = 0;
      }
      const from = series.length;
      const count = source.length - from;
      if (count <= 0) return series;
      const xs = new Float64Array(count);
      const ys = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        const value = source.y(from + i);
        xs[i] = source.x(from + i);
        if (Number.isFinite(value)) {
          average = weight * average + (1 - weight) * value;
          correction = weight * correction + (1 - weight);
        }
        // A gap in the curve stays a gap; the average goes on behind it.
        ys[i] = Number.isFinite(value) ? average / correction : NaN;
      }
      series.append(xs, ys);
      lastX = xs[count - 1];
      return series;
    },
  };
}

function grown(array: Float64Array, needed: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(needed, array.length * 2));
  larger.set(array);
  return larger;
}

const finiteOr = (value: number, other: number): number => (Number.isFinite(value) ? value : other);
