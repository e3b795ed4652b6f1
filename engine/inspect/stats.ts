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
  const { min, max, sum, ...counts } = firstPass(raw, count);
  const finite = count - counts.nan - counts.posInf - counts.negInf;
  if (finite === 0) return { count, min: NaN, max: NaN, mean: NaN, std: NaN, ...counts };
  const scale = scaleFor(Math.max(-min, max));
  const mean = scale === 1 ? sum / finite : scaledSum(raw, count, scale) / finite / scale;
  const std = secondPass(raw, count, finite, { min, max, mean, scale }, histogram);
  return { count, min, max, mean, std, ...counts };
}

/** What a pass gathers. Loops count in local variables and add up here once a run: far faster than in a closure. */
interface Counts {
  min: number;
  max: number;
  sum: number;
  zeros: number;
  nan: number;
  posInf: number;
  negInf: number;
}

function firstPass(raw: RawTensor, count: number): Counts {
  const counts = { min: Infinity, max: -Infinity, sum: 0, zeros: 0, nan: 0, posInf: 0, negInf: 0 };
  eachRun(raw, count, (values, length) => countRun(values, length, counts));
  return counts;
}

function countRun(values: Float64Array, length: number, counts: Counts): void {
  let { min, max, sum, zeros } = counts;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (value - value === 0) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
      if (value === 0) zeros++;
    } else if (value === Infinity) counts.posInf++;
    else if (value === -Infinity) counts.negInf++;
    else counts.nan++;
  }
  counts.min = min;
  counts.max = max;
  counts.sum = sum;
  counts.zeros = zeros;
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
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly scale: number;
}

/** Where a value falls in the histogram, and what the values deviate; all of it scaled. */
interface Spread {
  readonly min: number;
  readonly mean: number;
  readonly scale: number;
  readonly binsPerUnit: number;
  /** The bin of `min`. */
  readonly firstBin: number;
  readonly lastBin: number;
  readonly histogram: Float64Array;
  deviations: number;
  squares: number;
}

/** Fills the histogram and returns the sample deviation. The sum of deviations corrects the rounding of the mean. */
function secondPass(raw: RawTensor, count: number, finite: number, range: Range, histogram: Float64Array): number {
  const { scale } = range;
  const min = range.min * scale;
  const width = range.max * scale - min;
  const bins = histogram.length;
  const spread: Spread = {
    min,
    mean: range.mean * scale,
    scale,
    // Without a histogram, or with all values equal, everything falls into one bin.
    binsPerUnit: width > 0 ? bins / width : 0,
    firstBin: width > 0 ? 0 : Math.floor(bins / 2),
    lastBin: Math.max(bins - 1, 0),
    histogram: bins > 0 ? histogram : new Float64Array(1),
    deviations: 0,
    squares: 0,
  };
  eachRun(raw, count, (values, length) => spreadRun(values, length, spread));
  const { deviations, squares } = spread;
  return Math.sqrt(Math.max(squares - (deviations * deviations) / finite, 0) / (finite - 1)) / scale;
}

function spreadRun(values: Float64Array, length: number, spread: Spread): void {
  const { min, mean, scale, binsPerUnit, firstBin, lastBin, histogram } = spread;
  let { deviations, squares } = spread;
  for (let i = 0; i < length; i++) {
    const value = values[i] * scale;
    if (value - value !== 0) continue;
    const deviation = value - mean;
    deviations += deviation;
    squares += deviation * deviation;
    const bin = firstBin + (((value - min) * binsPerUnit) | 0);
    histogram[bin > lastBin ? lastBin : bin]++;
  }
  spread.deviations = deviations;
  spread.squares = squares;
}

function eachRun(raw: RawTensor, count: number, visit: (values: Float64Array, length: number) => void): void {
  const decode = runDecoder(raw.dtype, raw.data);
  const values = new Float64Array(Math.min(count, runLength));
  for (let start = 0; start < count; start += runLength) {
    const length = Math.min(runLength, count - start);
    decode(start, length, values);
    visit(values, length);
  }
}
