// What a DataLoader is told and what it promises: options and their checks, the state of an epoch, the types. It must
// not know how batches are made.
import { ArgumentError, expectOptions } from "../errors.js";
import type { Generator } from "../random.js";
import type { Collated } from "./collate.js";
import type { Dataset } from "./dataset.js";
import type { Batches } from "./epoch.js";
import { IterableDataset } from "./iterable.js";
import { checkBatchSize } from "./sampler.js";
import type { GeneratorStates } from "./workers/messages.js";

export interface DataLoaderOptions {
  /** Samples per batch (default 1). PyTorch: `batch_size`. */
  readonly batchSize?: number;
  /** A new random order in every epoch (default false). */
  readonly shuffle?: boolean;
  /**
   * The order of samples, in place of `shuffle`: a `Sampler`, or any iterable of indices, gone through once an epoch. An
   * epoch resumes exactly with a `Sampler`, and with an iterable that gives the same each time.
   */
  readonly sampler?: Iterable<number>;
  /** Lists of indices, one for each batch, in place of `batchSize`, `shuffle`, `sampler` and `dropLast`. PyTorch: `batch_sampler`. */
  readonly batchSampler?: Iterable<readonly number[]>;
  /** Leave out the last batch of an epoch when it would be smaller (default false); of a stream, each worker's. PyTorch: `drop_last`. */
  readonly dropLast?: boolean;
  /** Where each epoch's seed comes from; default: the default generator, so that `manualSeed` decides the order. */
  readonly generator?: Generator;
  /** Accepted for PyTorch's sake: batches are made in ordinary memory, so on the CPU it has no effect. PyTorch: `pin_memory`. */
  readonly pinMemory?: boolean;
  /**
   * Threads that load batches ahead of the loop; 0 (default) loads them in the calling thread. PyTorch: `num_workers`.
   *
   * The dataset is copied to each: plain values, tensors and Gradtape's own classes as they are, large typed arrays shared
   * and not copied; your own classes and functions are imported there, so they are exported by the program (a file with
   * `train` or `test`, whose top level then runs in each worker too), or by a module of their own and marked with
   * `static readonly module = import.meta.url`. What a worker prints appears when the main thread's event loop turns.
   */
  readonly numWorkers?: number;
  /** Batches that each worker loads ahead (default 2). PyTorch: `prefetch_factor`. */
  readonly prefetchFactor?: number;
  /** Keep the workers, with their copies of the dataset, from epoch to epoch (default false). PyTorch: `persistent_workers`. */
  readonly persistentWorkers?: boolean;
  /** Called in each worker when it has started, with its number, once its generators are seeded. PyTorch: `worker_init_fn`. */
  readonly workerInitFn?: (id: number) => unknown;
  /** Seconds to wait for a batch of a worker before that is an error; 0 (default) for no limit. */
  readonly timeout?: number;
}

export interface LoaderOptions<Sample, Batch> extends DataLoaderOptions {
  readonly collateFn?: ((samples: Sample[]) => Batch) | undefined;
}

/** Plain data that says which epoch was going on and how far it was: JSON keeps it. */
export interface LoaderState {
  /** Seed of the epoch's order; absent when none was drawn for it. */
  readonly seed?: number;
  /** Batches handed out so far. */
  readonly batch: number;
  /** Absent for a stream of unknown length. */
  readonly samples?: number;
  /** Absent with a `batchSampler`. */
  readonly batchSize?: number;
  readonly dropLast: boolean;
  /** With worker threads: worker w was seeded with `seed + w`, and where its generators were after its last batch. */
  readonly workers?: {
    readonly seed: number;
    readonly generators: readonly GeneratorStates[];
    /** Epochs that this loader had begun. */
    readonly epoch?: number;
  };
}

export interface IterateOptions {
  /** Goes through the epoch of this state again instead of starting a new one; nothing is drawn from a generator. */
  readonly state?: LoaderState;
  /** Batches to leave out at the start, without loading them (a stream is read and dropped). Default: those that `state` had handed out, else 0. */
  readonly skip?: number;
}

/**
 * Batches of a dataset (PyTorch: `torch.utils.data.DataLoader`). Every `for` or `for await` is a new epoch; with
 * `for await`, timers and sockets get a turn between batches.
 *
 * Samples are joined by `defaultCollate` or by `collateFn`, in the calling thread or by `numWorkers` threads ahead of it;
 * the batches and their order are the same. An error of a worker is a `DataLoaderError` at the line of the loop.
 *
 * To resume in the middle of an epoch with the very same batches, keep `loader.state()` (and the generators' states)
 * with the checkpoint and go on with `loader.iterate({ state })`.
 */
export interface DataLoader<Batch, Length extends number | undefined = number> extends Batches<Batch> {
  /** Undefined with a `batchSampler`. */
  readonly batchSize: number | undefined;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly numWorkers: number;
  readonly prefetchFactor: number;
  readonly persistentWorkers: boolean;
  /** Seconds. */
  readonly timeout: number;
  /** Batches per epoch (PyTorch: `len(loader)`); undefined where that is only known by going through them. */
  readonly length: Length;
  /**
   * Starts an epoch: its order is drawn at once, its batches are loaded as the loop asks for them.
   * @throws {ArgumentError} when `state` is of another dataset or other options, or `skip` is not a whole number of 0 or more.
   */
  iterate(options?: IterateOptions): Batches<Batch>;
  /** The epoch that was started last and how many of its batches were handed out; undefined before the first one. */
  state(): LoaderState | undefined;
}

type Default = DataLoaderOptions & { readonly collateFn?: undefined };
type WithCollate<Sample, Batch> = DataLoaderOptions & { readonly collateFn: (samples: Sample[]) => Batch };

/** `collateFn` makes a batch of a list of samples. PyTorch: `collate_fn`. */
export interface DataLoaderConstructor {
  /** @throws {ArgumentError} for options that are out of range or exclude each other, and for an empty dataset that is to be shuffled. */
  new <Sample>(dataset: Dataset<Sample>, options?: Default): DataLoader<Collated<Sample>>;
  new <Sample, Batch>(dataset: Dataset<Sample>, options: WithCollate<Sample, Batch>): DataLoader<Batch>;
  new <Sample>(dataset: IterableDataset<Sample>, options?: Default): DataLoader<Collated<Sample>, number | undefined>;
  new <Sample, Batch>(
    dataset: IterableDataset<Sample>,
    options: WithCollate<Sample, Batch>,
  ): DataLoader<Batch, number | undefined>;
}

/** Options with their defaults. @throws {ArgumentError} */
export function checkedOptions(options: LoaderOptions<never, unknown>, dataset: { readonly length?: number }) {
  expectOptions("DataLoader", options, "{ batchSize: 64 }");
  const { shuffle = false, dropLast = false, sampler, batchSampler } = options;
  const { numWorkers = 0, prefetchFactor, persistentWorkers = false, timeout = 0 } = options;
  const given = (...names: readonly (keyof DataLoaderOptions)[]) =>
    names.find((name) => options[name] !== undefined && options[name] !== false);
  if (dataset instanceof IterableDataset) {
    const other = given("shuffle", "sampler", "batchSampler");
    if (other)
      throw new ArgumentError(`DataLoader: expected no ${other} for an IterableDataset, which has its own order`);
  }
  if (batchSampler) {
    const other = given("batchSize", "shuffle", "sampler", "dropLast");
    if (other) throw new ArgumentError(`DataLoader: expected no ${other} beside a batchSampler, got both`);
  }
  if (sampler && shuffle) throw new ArgumentError("DataLoader: expected no shuffle beside a sampler, got both");
  const batchSize = batchSampler ? undefined : (options.batchSize ?? 1);
  if (batchSize !== undefined) checkBatchSize("DataLoader", batchSize);
  if (shuffle && dataset.length === 0) {
    throw new ArgumentError("DataLoader: expected a dataset of at least 1 sample to shuffle, got 0");
  }
  checkWhole("numWorkers", numWorkers, 0);
  checkWhole("prefetchFactor", prefetchFactor ?? 2, 1);
  if (!(timeout >= 0 && timeout < Infinity)) {
    throw new ArgumentError(`DataLoader: expected a timeout of 0 or more seconds, got ${timeout}`);
  }
  const forWorkers =
    numWorkers === 0 && given("prefetchFactor", "persistentWorkers", ...(timeout > 0 ? ["timeout" as const] : []));
  if (forWorkers) {
    throw new ArgumentError(`DataLoader: expected numWorkers of 1 or more for ${forWorkers}, got ${numWorkers}`);
  }
  return {
    batchSize,
    shuffle,
    dropLast,
    sampler,
    batchSampler,
    numWorkers,
    prefetchFactor: prefetchFactor ?? 2,
    persistentWorkers,
    timeout,
  };
}

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`DataLoader: expected ${name} of ${least} or more, got ${value}`);
  }
}

/** @throws {ArgumentError} when the state is of another dataset, of other options, or no state. */
export function checkState(
  state: LoaderState,
  mine: Pick<LoaderState, "samples" | "batchSize" | "dropLast">,
  random: boolean,
): void {
  for (const key of ["samples", "batchSize", "dropLast"] as const) {
    if (state[key] !== mine[key]) {
      throw new ArgumentError(`DataLoader.iterate: expected a state with ${key} ${mine[key]}, got ${state[key]}`);
    }
  }
  const { seed, workers } = state;
  for (const value of [seed, workers?.seed]) {
    if (value !== undefined && !Number.isSafeInteger(value)) {
      throw new ArgumentError(`DataLoader.iterate: expected a state with a whole seed, got ${JSON.stringify(value)}`);
    }
  }
  if (workers && !Array.isArray(workers.generators)) {
    throw new ArgumentError("DataLoader.iterate: expected a state with the generators of its workers, got none");
  }
  if (random !== (seed !== undefined)) {
    const got = seed === undefined ? "one that was not" : "one that was";
    throw new ArgumentError(`DataLoader.iterate: expected the state of an epoch with shuffle ${random}, got ${got}`);
  }
}
