// In which order a loader asks for samples. A sampler knows indices and seeds; it must not know samples or batches of
// them. The same seed gives the same order, so that an epoch can be gone through again from the middle.
import { ArgumentError, shapeText, expectOptions } from "../errors.js";
import { defaultGenerator, Generator } from "../random.js";
import { Tensor } from "../tensor.js";
import { ascending, drawSeed, permutation, randomBelow, randomUnit } from "./order.js";

/** What has a number of samples: a dataset, an array. */
export interface Sized {
  readonly length: number;
}

export interface SamplerOptions {
  /** Where each order's seed comes from; default: the loader's generator, else the default one. */
  readonly generator?: Generator;
}

/**
 * An order of indices, or of lists of indices for a loader's `batchSampler` (PyTorch: `torch.utils.data.Sampler`).
 * Subclasses give `length` and `order`. Iterating over a sampler draws a seed, as a loader does once an epoch.
 */
export abstract class Sampler<Item = number> implements Iterable<Item> {
  /** Where seeds come from, when it is not the loader's generator. */
  readonly generator: Generator | undefined;

  constructor(options: SamplerOptions = {}) {
    expectOptions(this.constructor.name, options, "{ generator }");
    this.generator = options.generator;
  }

  /** Items in one order (PyTorch: `len(sampler)`). */
  abstract readonly length: number;

  /** The order that belongs to a seed: always the same one, so that a loader can resume within it. */
  abstract order(seed: number): Iterable<Item>;

  /** Whether the seed makes a difference. */
  get random(): boolean {
    return true;
  }

  [Symbol.iterator](): Iterator<Item> {
    const seed = this.random ? drawSeed(this.generator ?? defaultGenerator) : 0;
    return this.order(seed)[Symbol.iterator]();
  }
}

/** 0 to `length - 1` (PyTorch: `torch.utils.data.SequentialSampler`). */
export class SequentialSampler extends Sampler {
  constructor(readonly dataSource: Sized) {
    super();
  }

  get length(): number {
    return this.dataSource.length;
  }

  override get random(): boolean {
    return false;
  }

  override order(): Uint32Array {
    return ascending(this.length);
  }
}

export interface RandomSamplerOptions extends SamplerOptions {
  /** Draw each index from all of them, so that some come twice and others never (default false). */
  readonly replacement?: boolean;
  /** Indices in one order (default: as many as samples). More than that without replacement are several permutations. */
  readonly numSamples?: number;
}

/**
 * A random permutation of 0 to `length - 1`, or draws with replacement (PyTorch: `torch.utils.data.RandomSampler`).
 * @throws {ArgumentError} for a `numSamples` that is not a whole number of 1 or more, so also for no samples at all.
 */
export class RandomSampler extends Sampler {
  readonly replacement: boolean;
  readonly #numSamples: number | undefined;

  constructor(
    readonly dataSource: Sized,
    options: RandomSamplerOptions = {},
  ) {
    super(options);
    expectOptions("RandomSampler", options, "{ replacement: true }");
    this.replacement = options.replacement ?? false;
    this.#numSamples = options.numSamples;
    checkCount("RandomSampler", this.length);
  }

  get length(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  override order(seed: number): Uint32Array {
    const source = new Generator(seed);
    const { length, dataSource } = this;
    if (!this.replacement && length === dataSource.length) return permutation(length, source);
    const order = new Uint32Array(length);
    if (dataSource.length === 0) throw new ArgumentError("RandomSampler: expected at least 1 sample, got 0");
    if (this.replacement) return order.map(() => randomBelow(source, dataSource.length));
    for (let at = 0; at < length; at += dataSource.length) {
      order.set(permutation(dataSource.length, source).subarray(0, length - at), at);
    }
    return order;
  }
}

/** A random permutation of the given indices (PyTorch: `torch.utils.data.SubsetRandomSampler`). */
export class SubsetRandomSampler extends Sampler {
  readonly indices: readonly number[];

  constructor(indices: Iterable<number>, options: SamplerOptions = {}) {
    super(options);
    this.indices = [...indices];
  }

  get length(): number {
    return this.indices.length;
  }

  override order(seed: number): readonly number[] {
    return Array.from(permutation(this.length, new Generator(seed)), (i) => this.indices[i]);
  }
}

export interface WeightedRandomSamplerOptions extends SamplerOptions {
  /** Draw each index from all of them (default true); else an index comes at most once. */
  readonly replacement?: boolean;
}

/**
 * `numSamples` indices of 0 to `weights.length - 1`, each drawn with a probability proportional to its weight; the
 * weights need not add up to 1 (PyTorch: `torch.utils.data.WeightedRandomSampler`).
 *
 * Without replacement, indices are taken by their keys log(1/u) / weight in ascending order (Efraimidis and Spirakis,
 * 2006), as PyTorch does: those of weight 0 come only when no others are left.
 * @throws {ArgumentError} for weights that are negative, not finite, all 0 or no vector, for a `numSamples` that is not a
 * whole number of 1 or more, or above the number of weights without replacement.
 */
export class WeightedRandomSampler extends Sampler {
  readonly weights: Float64Array;
  readonly replacement: boolean;

  constructor(
    weights: Iterable<number> | Tensor,
    readonly numSamples: number,
    options: WeightedRandomSamplerOptions = {},
  ) {
    super(options);
    expectOptions("WeightedRandomSampler", options, "{ replacement: false }");
    this.weights = weightVector(weights);
    this.replacement = options.replacement ?? true;
    checkCount("WeightedRandomSampler", numSamples);
    if (!this.replacement && numSamples > this.weights.length) {
      throw new ArgumentError(
        `WeightedRandomSampler: expected a numSamples of at most ${this.weights.length}, the number of weights, ` +
          `without replacement, got ${numSamples}`,
      );
    }
  }

  get length(): number {
    return this.numSamples;
  }

  override order(seed: number): Uint32Array {
    const source = new Generator(seed);
    return this.replacement ? this.#withReplacement(source) : this.#withoutReplacement(source);
  }

  #withReplacement(source: Generator): Uint32Array {
    let sum = 0;
    const sums = this.weights.map((weight) => (sum += weight));
    return new Uint32Array(this.numSamples).map(() => firstAbove(sums, randomUnit(source) * sum));
  }

  #withoutReplacement(source: Generator): Uint32Array {
    const keys = this.weights.map((weight) => -Math.log(1 - randomUnit(source)) / weight);
    // 0 / 0 for a weight of 0 is last as well.
    const key = (i: number) => (Number.isNaN(keys[i]) ? Infinity : keys[i]);
    const order = ascending(keys.length).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a - b));
    return order.subarray(0, this.numSamples);
  }
}

/** The first index whose running sum is above `value`: never one of weight 0. */
function firstAbove(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  // Rounding may leave `value` at the very end, where weights of 0 may lie.
  while (low > 0 && sums[low] === sums[low - 1]) low--;
  return low;
}

function weightVector(weights: Iterable<number> | Tensor): Float64Array {
  if (weights instanceof Tensor && weights.shape.length !== 1) {
    throw new ArgumentError(
      `WeightedRandomSampler: expected weights of 1 dimension, got the shape ${shapeText(weights.shape)}`,
    );
  }
  const values = Float64Array.from(weights instanceof Tensor ? (weights.toArray() as number[]) : weights);
  const wrong = values.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong >= 0) {
    throw new ArgumentError(
      `WeightedRandomSampler: expected finite weights of 0 or more, got ${values[wrong]} at index ${wrong}`,
    );
  }
  if (!values.some((weight) => weight > 0)) {
    throw new ArgumentError(
      `WeightedRandomSampler: expected a weight above 0, got ${values.length === 0 ? "none" : "only zeros"}`,
    );
  }
  return values;
}

export interface BatchSamplerOptions {
  readonly batchSize: number;
  /** Leave out the last batch when it would be smaller (default false). PyTorch: `drop_last`. */
  readonly dropLast?: boolean;
}

/**
 * Lists of `batchSize` indices in the order of another sampler, or of any iterable (PyTorch:
 * `torch.utils.data.BatchSampler`). @throws {ArgumentError} for a batchSize below 1.
 */
export class BatchSampler extends Sampler<readonly number[]> {
  readonly batchSize: number;
  readonly dropLast: boolean;

  constructor(
    readonly sampler: Iterable<number>,
    options: BatchSamplerOptions,
  ) {
    super({ generator: sampler instanceof Sampler ? sampler.generator : undefined });
    expectOptions("BatchSampler", options, "{ batchSize: 64 }");
    this.batchSize = options.batchSize;
    this.dropLast = options.dropLast ?? false;
    checkBatchSize("BatchSampler", this.batchSize);
  }

  /** NaN for an iterable of unknown length. */
  get length(): number {
    const batches = (lengthOf(this.sampler) ?? NaN) / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  override get random(): boolean {
    return this.sampler instanceof Sampler && this.sampler.random;
  }

  override *order(seed: number): Iterable<readonly number[]> {
    const { sampler, batchSize, dropLast } = this;
    let batch: number[] = [];
    for (const index of sampler instanceof Sampler ? (sampler as Sampler).order(seed) : sampler) {
      batch.push(index);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !dropLast) yield batch;
  }
}

/** The number of items of an array, a set or a sampler; undefined when that is only known by going through it. */
export function lengthOf(items: object): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  const count = length ?? size;
  return typeof count === "number" && !Number.isNaN(count) ? count : undefined;
}

/** @throws {ArgumentError} */
export function checkBatchSize(what: string, batchSize: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError(`${what}: expected a batchSize of 1 or more, got ${batchSize}`);
  }
}

function checkCount(what: string, numSamples: number): void {
  if (!Number.isInteger(numSamples) || numSamples < 1) {
    throw new ArgumentError(`${what}: expected a numSamples of 1 or more, got ${numSamples}`);
  }
}
