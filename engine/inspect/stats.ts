// Statistics of a tensor's values: one pass for extremes, counts and mean, one for deviations and the histogram.
// All in float64, in runs that stay in the processor's cache. It must not know who asks.
import type { TensorStats } from "../protocol.js";
import { ArgumentError } from "../errors.js";
import { sizeOf } from "../shape.js";
import { runDecoder } from "./decode.js";
import { requireWhole, type RawTensor } from "./rawTensor.js";

/** Statistics without the histogram. */
export type Moments = Omit<TensorStats, "histogram">;

/** Elements decoded at once: 64 KiB of float64. */
const runLength = 8192;

const mostBins = 65_536;

/**
 * Counts, extremes, mean, deviation and histogram. `nan`, `posInf` and `negInf` count what is not finite; `min`, `max`,
 * `mean` and `std` are those of the finite values, and NaN where there are none. `std` is the sample deviation
 * (`x.std()`, divided by n - 1), so NaN for a single value. With all values equal, the middle bin holds them.
 * @param bins of the histogram, 0 to 65536
 * @throws {ArgumentError}
 */
export function statsOf(raw: RawTensor, bins: number): TensorStats {
  if (!Number.isInteger(bins) || bins < 0 || bins > mostBins) {
    throw new ArgumentError(`tensor.stats: expected 0 to ${mostBins} bins, got ${bins}`);
  }
  const histogram = new Float64Array(bins);
  return { ...compute(raw, histogram), histogram };
}

/** The same without a histogram. */
export const momentsOf = (raw: RawTensor): Moments => compute(raw, new Float64Array(0));

function compute(raw: RawTensor, histogram: Float64Array): Moments {
  requireWhole("tensor.stats", raw);
  const count = sizeOf(raw.shape);
  const { min, max, sum, finite, ...counts } = countsOf(raw, count);
  if (finite === 0) return { count, min: NaN, max: NaN, mean: NaN, std: NaN, ...counts };
  const scale = scaleFor(Math.max(-min, max));
  const mean = scale === 1 ? sum / finite : scaledSum(raw, count, scale) / finite / scale;
  const std = spreadOf(raw, count, { finite, min, max, mean, scale }, histogram);
  return { count, min, max, mean, std, ...counts };
}

// The loops below keep their numbers in local variables and take several elements at a time, so that one sum, or one
// bin, does not wait for the other: a quarter of the time of the obvious loop.

interface Counts {
  min: number;
  max: number;
  sum: number;
  finite: number;
  zeros: number;
  nan: number;
  posInf: number;
  negInf: number;
}

function countsOf(raw: RawTensor, count: number): Counts {
  const counts = { min: Infinity, max: -Infinity, sum: 0, finite: 0, zeros: 0, nan: 0, posInf: 0, negInf: 0 };
  eachRun(raw, count, (values, length) => {
    if (countRun(values, length, counts, false)) return;
    countRun(values, keepFinite(values, length, counts), counts, true);
  });
  return counts;
}

/** Counts a run of finite values. Unless they are known to be, it may find that they are not: then nothing is counted. */
function countRun(values: Float64Array, length: number, counts: Counts, areFinite: boolean): boolean {
  let { min, max, zeros } = counts;
  let even = 0;
  let odd = 0;
  // The last of an odd number is taken twice by all but the sum and the zeros.
  if (length % 2 === 1) {
    values[length] = values[length - 1];
    odd -= values[length];
    if (values[length] === 0) zeros--;
  }
  for (let i = 0; i < length; i += 2) {
    const a = values[i];
    const b = values[i + 1];
    even += a;
    odd += b;
    if (a < min) min = a;
    if (a > max) max = a;
    if (a === 0) zeros++;
    if (b < min) min = b;
    if (b > max) max = b;
    if (b === 0) zeros++;
  }
  const sum = even + odd;
  if (!areFinite && !Number.isFinite(sum)) return false;
  counts.min = min;
  counts.max = max;
  counts.zeros = zeros;
  counts.sum += sum;
  counts.finite += length;
  return true;
}

/** Moves the finite values to the front, counting the others; returns how many they are. */
function keepFinite(values: Float64Array, length: number, counts: Pick<Counts, "nan" | "posInf" | "negInf">): number {
  let kept = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (value - value === 0) values[kept++] = value;
    else if (value === Infinity) counts.posInf++;
    else if (value === -Infinity) counts.negInf++;
    else counts.nan++;
  }
  return kept;
}

/** Sums and squares of float64 extremes would overflow, or vanish: such values are scaled by a power of two. */
function scaleFor(largest: number): number {
  if (largest === 0 || (largest > 1e-100 && largest < 1e100)) return 1;
  return largest > 1 ? 2 ** -600 : 2 ** 600;
}

function scaledSum(raw: RawTensor, count: number, scale: number): number {
  let sum = 0;
  eachRun(raw, count, (values, length) => {
    for (let i = 0; i < length; i++) if (Number.isFinite(values[i])) sum += values[i] * scale;
  });
  return sum;
}

interface Range {
  readonly finite: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly scale: number;
}

/** How the values lie around the mean; scaled. */
interface Deviations {
  readonly mean: number;
  sum: number;
  squares: number;
}

/** Where values fall; scaled. Four counters for each bin, and one bin more than asked for: the greatest value's. */
interface Bins {
  readonly min: number;
  readonly perUnit: number;
  /** The bin of `min`. */
  readonly first: number;
  readonly counters: Float64Array;
}

/** Fills the histogram and returns the sample deviation. The sum of deviations corrects the rounding of the mean. */
function spreadOf(raw: RawTensor, count: number, range: Range, histogram: Float64Array): number {
  const { finite, scale } = range;
  const size = histogram.length;
  const min = range.min * scale;
  const width = range.max * scale - min;
  const bins: Bins = {
    min,
    // With all values equal, everything falls into the middle bin.
    perUnit: width > 0 ? size / width : 0,
    first: width > 0 ? 0 : Math.floor(size / 2),
    counters: new Float64Array(4 * (size + 1)),
  };
  const deviations = { mean: range.mean * scale, sum: 0, squares: 0 };
  const ignored = { nan: 0, posInf: 0, negInf: 0 };
  eachRun(raw, count, (values, length) => {
    const kept = finite === count ? length : keepFinite(values, length, ignored);
    if (scale !== 1) for (let i = 0; i < kept; i++) values[i] *= scale;
    addDeviations(values, kept, deviations);
    if (size > 0) addToBins(values, kept, bins);
  });
  if (size > 0) bins.counters.forEach((value, i) => (histogram[Math.min(i % (size + 1), size - 1)] += value));
  const { sum, squares } = deviations;
  return Math.sqrt(Math.max(squares - (sum * sum) / finite, 0) / (finite - 1)) / scale;
}

function addDeviations(values: Float64Array, length: number, deviations: Deviations): void {
  const { mean } = deviations;
  let { sum, squares } = deviations;
  for (let i = 0; i < length; i++) {
    const deviation = values[i] - mean;
    sum += deviation;
    squares += deviation * deviation;
  }
  deviations.sum = sum;
  deviations.squares = squares;
}

function addToBins(values: Float64Array, length: number, { min, perUnit, first, counters }: Bins): void {
  const lane = counters.length / 4;
  const second = first + lane;
  const third = second + lane;
  const fourth = third + lane;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = ((values[i] - min) * perUnit) | 0;
    const b = ((values[i + 1] - min) * perUnit) | 0;
    const c = ((values[i + 2] - min) * perUnit) | 0;
    const d = ((values[i + 3] - min) * perUnit) | 0;
    counters[first + a]++;
    counters[second + b]++;
    counters[third + c]++;
    counters[fourth + d]++;
  }
  for (; i < length; i++) counters[first + (((values[i] - min) * perUnit) | 0)]++;
}

function eachRun(raw: RawTensor, count: number, visit: (values: Float64Array, length: number) => void): void {
  const decode = runDecoder(raw.dtype, raw.data);
  const values = new Float64Array(Math.min(count, runLength) + 1);
  for (let start = 0; start < count; start += runLength) {
    const length = Math.min(runLength, count - start);
    decode(start, length, values);
    visit(values, length);
  }
}
