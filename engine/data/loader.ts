// Batches of a dataset, epoch by epoch, in an order that can be replayed. It must not know what a sample is, how a batch
// is made of samples, or what a training loop does with it.
import { ArgumentError } from "../errors.js";
import { defaultGenerator, Generator } from "../random.js";
import type { Collated } from "./collate.js";
import type { Dataset } from "./dataset.js";
import { fetchCollated, fetchWith, type Fetch } from "./fetch.js";
import { ascending, drawSeed, permutation } from "./order.js";

export interface DataLoaderOptions {
  /** Samples per batch (default 1). PyTorch: `batch_size`. */
  readonly batchSize?: number;
  /** A new random order in every epoch (default false). */
  readonly shuffle?: boolean;
  /** Leave out the last batch of an epoch when it would be smaller (default false). PyTorch: `drop_last`. */
  readonly dropLast?: boolean;
  /** Where each epoch's seed comes from; default: the default generator, so that `manualSeed` decides the order. */
  readonly generator?: Generator;
  /** Accepted for PyTorch's sake: batches are made in ordinary memory, so on the CPU it has no effect. PyTorch: `pin_memory`. */
  readonly pinMemory?: boolean;
}

/** Plain data that says which epoch was going on and how far it was: JSON keeps it. */
export interface LoaderState {
  /** Seed of the epoch's order; absent when it was not shuffled. */
  readonly seed?: number;
  /** Batches handed out so far. */
  readonly batch: number;
  readonly samples: number;
  readonly batchSize: number;
  readonly dropLast: boolean;
}

export interface IterateOptions {
  /** Goes through the epoch of this state again instead of starting a new one; nothing is drawn from a generator. */
  readonly state?: LoaderState;
  /** Batches to leave out at the start, without loading them. Default: those that `state` had handed out, else 0. */
  readonly skip?: number;
}

/** One epoch's batches, for `for` and for `for await`. It goes on where an earlier loop over it left off. */
export interface Batches<Batch> extends Iterable<Batch>, AsyncIterable<Batch> {}

/**
 * Batches of a dataset (PyTorch: `torch.utils.data.DataLoader`). Every `for` or `for await` is a new epoch; with
 * `for await`, timers and sockets get a turn between batches.
 *
 * Samples are joined by `defaultCollate` or by `collateFn`. The dataset is read in the calling thread.
 *
 * To resume in the middle of an epoch with the very same batches, keep `loader.state()` (and the generators' states)
 * with the checkpoint and go on with `loader.iterate({ state })`.
 */
export interface DataLoader<Batch> extends Batches<Batch> {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  /** Batches per epoch (PyTorch: `len(loader)`). */
  readonly length: number;
  /**
   * Starts an epoch: its order is drawn at once, its batches are loaded one by one as the loop asks for them.
   * @throws {ArgumentError} when `state` is of another dataset or other options, or `skip` is not a whole number of 0 or more.
   */
  iterate(options?: IterateOptions): Batches<Batch>;
  /** The epoch that was started last and how many of its batches were handed out; undefined before the first one. */
  state(): LoaderState | undefined;
}

interface DataLoaderConstructor {
  /** @throws {ArgumentError} for a batchSize below 1, and for an empty dataset that is to be shuffled. */
  new <Sample>(
    dataset: Dataset<Sample>,
    options?: DataLoaderOptions & { readonly collateFn?: undefined },
  ): DataLoader<Collated<Sample>>;
  /** `collateFn` makes a batch of a list of samples. PyTorch: `collate_fn`. */
  new <Sample, Batch>(
    dataset: Dataset<Sample>,
    options: DataLoaderOptions & { readonly collateFn: (samples: Sample[]) => Batch },
  ): DataLoader<Batch>;
}

class Loader<Sample, Batch> implements DataLoader<Batch> {
  readonly dataset: Dataset<Sample>;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly #generator: Generator;
  readonly #fetch: Fetch<Batch>;
  #epoch: Epoch<Batch> | undefined;

  constructor(
    dataset: Dataset<Sample>,
    options: DataLoaderOptions & { readonly collateFn?: (samples: Sample[]) => Batch } = {},
  ) {
    const { batchSize = 1, shuffle = false, dropLast = false, collateFn, generator = defaultGenerator } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`DataLoader: expected a batchSize of 1 or more, got ${batchSize}`);
    }
    if (shuffle && dataset.length === 0) {
      throw new ArgumentError("DataLoader: expected a dataset of at least 1 sample to shuffle, got 0");
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.#generator = generator;
    this.#fetch = collateFn ? fetchWith(dataset, collateFn) : (fetchCollated(dataset) as Fetch<Batch>);
  }

  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  iterate(options: IterateOptions = {}): Batches<Batch> {
    const { state } = options;
    if (state) this.#check(state);
    const skip = options.skip ?? state?.batch ?? 0;
    if (!Number.isInteger(skip) || skip < 0) {
      throw new ArgumentError(`DataLoader.iterate: expected to skip a whole number of batches, got ${skip}`);
    }
    const seed = this.shuffle ? (state?.seed ?? drawSeed(this.#generator)) : undefined;
    const samples = this.dataset.length;
    const order = seed === undefined ? ascending(samples) : permutation(samples, new Generator(seed));
    this.#epoch = new Epoch({ fetch: this.#fetch, order, seed, batchSize: this.batchSize, batches: this.length, skip });
    return this.#epoch;
  }

  state(): LoaderState | undefined {
    if (!this.#epoch) return undefined;
    const { seed, batch, samples } = this.#epoch;
    return {
      ...(seed === undefined ? {} : { seed }),
      batch,
      samples,
      batchSize: this.batchSize,
      dropLast: this.dropLast,
    };
  }

  [Symbol.iterator](): Iterator<Batch> {
    return this.iterate()[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.iterate()[Symbol.asyncIterator]();
  }

  #check(state: LoaderState): void {
    const mine = { samples: this.dataset.length, batchSize: this.batchSize, dropLast: this.dropLast };
    for (const key of ["samples", "batchSize", "dropLast"] as const) {
      if (state[key] !== mine[key]) {
        throw new ArgumentError(`DataLoader.iterate: expected a state with ${key} ${mine[key]}, got ${state[key]}`);
      }
    }
    if (state.seed !== undefined && !Number.isSafeInteger(state.seed)) {
      throw new ArgumentError(
        `DataLoader.iterate: expected a state with a whole seed, got ${JSON.stringify(state.seed)}`,
      );
    }
    if (this.shuffle !== (state.seed !== undefined)) {
      const got = state.seed === undefined ? "one that was not" : "one that was";
      throw new ArgumentError(
        `DataLoader.iterate: expected the state of an epoch with shuffle ${this.shuffle}, got ${got}`,
      );
    }
  }
}

export const DataLoader: DataLoaderConstructor = Loader;

interface EpochPlan<Batch> {
  readonly fetch: Fetch<Batch>;
  readonly order: Uint32Array;
  readonly seed: number | undefined;
  readonly batchSize: number;
  readonly batches: number;
  readonly skip: number;
}

/** One way through the dataset. */
class Epoch<Batch> implements Batches<Batch> {
  readonly #plan: EpochPlan<Batch>;
  /** Batches handed out or skipped. */
  batch: number;

  constructor(plan: EpochPlan<Batch>) {
    this.#plan = plan;
    this.batch = Math.min(plan.skip, plan.batches);
  }

  get seed(): number | undefined {
    return this.#plan.seed;
  }

  get samples(): number {
    return this.#plan.order.length;
  }

  [Symbol.iterator](): Iterator<Batch> {
    return { next: () => this.#next() };
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return {
      next: async () => {
        await turn();
        return this.#next();
      },
    };
  }

  #next(): IteratorResult<Batch> {
    const { fetch, order, batchSize, batches } = this.#plan;
    if (this.batch >= batches) return { done: true, value: undefined };
    const start = this.batch * batchSize;
    const value = fetch(order.subarray(start, start + batchSize));
    this.batch++;
    return { done: false, value };
  }
}

/** Lets everything that waits in the event loop have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
