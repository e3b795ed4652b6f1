// Batches of a dataset, epoch by epoch, in an order that can be replayed. It must not know what a sample is, how a batch
// is made of samples, in which thread that happens, or what a training loop does with it.
import { ArgumentError } from "../errors.js";
import { defaultGenerator, Generator } from "../random.js";
import type { Dataset } from "./dataset.js";
import { Epoch, type Batches } from "./epoch.js";
import { fetchFrom } from "./fetch.js";
import { IterableDataset } from "./iterable.js";
import {
  checkedOptions,
  checkState,
  type DataLoaderConstructor,
  type LoaderOptions,
  type DataLoader as LoaderType,
  type IterateOptions,
  type LoaderState,
} from "./loaderOptions.js";
import { drawSeed } from "./order.js";
import { BatchSampler, lengthOf, RandomSampler, Sampler, SequentialSampler } from "./sampler.js";
import { localSource, type Source } from "./source.js";
import { Stream } from "./stream.js";
import type { GeneratorStates } from "./workers/messages.js";
import { closeWith, WorkerPool } from "./workers/pool.js";
import { WorkerSource } from "./workers/workerSource.js";

class Loader<Sample, Batch> implements LoaderType<Batch, number | undefined> {
  readonly dataset: Dataset<Sample> | IterableDataset<Sample>;
  readonly batchSize: number | undefined;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly numWorkers: number;
  readonly prefetchFactor: number;
  readonly persistentWorkers: boolean;
  readonly timeout: number;
  readonly #collateFn: ((samples: Sample[]) => Batch) | undefined;
  readonly #workerInitFn: ((id: number) => unknown) | undefined;
  readonly #generator: Generator;
  /** Lists of indices; undefined for a stream. */
  readonly #batches: Iterable<ArrayLike<number>> | undefined;
  #pool: WorkerPool | undefined;
  #epoch: RunningEpoch<Batch> | undefined;
  #epochs = 0;

  constructor(dataset: Dataset<Sample> | IterableDataset<Sample>, options: LoaderOptions<Sample, Batch> = {}) {
    const checked = checkedOptions(options, dataset);
    const { batchSize, dropLast, sampler, batchSampler } = checked;
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = checked.shuffle;
    this.dropLast = dropLast;
    this.numWorkers = checked.numWorkers;
    this.prefetchFactor = checked.prefetchFactor;
    this.persistentWorkers = checked.persistentWorkers;
    this.timeout = checked.timeout;
    this.#collateFn = options.collateFn;
    this.#workerInitFn = options.workerInitFn;
    this.#generator = options.generator ?? defaultGenerator;
    if (dataset instanceof IterableDataset) return;
    const order = sampler ?? (this.shuffle ? new RandomSampler(dataset) : new SequentialSampler(dataset));
    this.#batches = batchSampler ?? new BatchSampler(order, { batchSize: batchSize!, dropLast });
  }

  get length(): number | undefined {
    if (this.#batches) return lengthOf(this.#batches);
    const samples = this.#samples();
    if (samples === undefined) return undefined;
    return (this.dropLast ? Math.floor : Math.ceil)(samples / this.batchSize!);
  }

  iterate(options: IterateOptions = {}): Batches<Batch> {
    const { state } = options;
    const mine = { samples: this.#samples(), batchSize: this.batchSize, dropLast: this.dropLast };
    if (state) checkState(state, mine, this.#isRandom());
    const skip = options.skip ?? state?.batch ?? 0;
    if (!Number.isInteger(skip) || skip < 0) {
      throw new ArgumentError(`DataLoader.iterate: expected to skip a whole number of batches, got ${skip}`);
    }
    this.#epochs = (state?.workers?.epoch ?? this.#epochs) + (state ? 0 : 1);
    const drawn =
      state?.seed ?? state?.workers?.seed ?? (this.#isRandom() ? drawSeed(this.#generator) : this.#quietSeed());
    const own = this.#batches instanceof Sampler ? this.#batches.generator : undefined;
    const order = state?.seed ?? (own && this.#isRandom() ? drawSeed(own) : drawn);
    const sameWorkers = state?.workers?.generators.length === this.numWorkers;
    const plan: EpochPlan = {
      order,
      workerSeed: state?.workers?.seed ?? workerSeed(drawn),
      generators: sameWorkers ? [...state.workers.generators] : Array.from({ length: this.numWorkers }, () => ({})),
    };
    const first = Math.min(skip, this.length ?? Infinity);
    const epoch = new Epoch(first, (from) => this.#open(plan, from));
    this.#epoch = { epoch, plan };
    return epoch;
  }

  state(): LoaderState | undefined {
    if (!this.#epoch) return undefined;
    const { epoch, plan } = this.#epoch;
    const samples = this.#samples();
    return {
      ...(this.#isRandom() ? { seed: plan.order } : {}),
      batch: epoch.batch,
      ...(samples === undefined ? {} : { samples }),
      ...(this.batchSize === undefined ? {} : { batchSize: this.batchSize }),
      dropLast: this.dropLast,
      ...(this.numWorkers === 0
        ? {}
        : { workers: { seed: plan.workerSeed, generators: [...plan.generators], epoch: this.#epochs } }),
    };
  }

  [Symbol.iterator](): Iterator<Batch> {
    return this.iterate()[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.iterate()[Symbol.asyncIterator]();
  }

  /**
   * For an order that needs no seed nothing is drawn, unlike PyTorch: a test between two epochs, with workers or without,
   * changes nothing for the second, and a run that was resumed behind it ends bit-equal. Its workers' seed follows from
   * where the generator stands and from how many epochs there were.
   */
  #quietSeed(): number {
    const copy = new Generator(0);
    copy.setState(this.#generator.state());
    return Math.floor(drawSeed(copy) / 2) + this.#epochs;
  }

  /** Whether the order of samples depends on a seed. */
  #isRandom(): boolean {
    return this.#batches instanceof Sampler && this.#batches.random;
  }

  #samples(): number | undefined {
    return this.dataset.length;
  }

  #open({ order, workerSeed: seed, generators }: EpochPlan, skip: number): Source<Batch> {
    const { dataset, batchSize, dropLast, numWorkers } = this;
    const batches = this.#batches && skipped(inOrder(this.#batches, order), skip);
    if (numWorkers > 0) {
      const pool = this.#workers();
      const { prefetchFactor, timeout, persistentWorkers: keep } = this;
      return new WorkerSource({
        pool,
        seed,
        generators,
        batches,
        skip,
        prefetchFactor,
        timeoutMs: timeout * 1000,
        keep,
      });
    }
    if (!(dataset instanceof IterableDataset)) return localSource(fetchFrom(dataset, this.#collateFn), batches!);
    return new Stream<Sample, Batch>(dataset, { batchSize: batchSize!, dropLast, collateFn: this.#collateFn }, skip);
  }

  /** The threads: those of the epoch before when they are kept, else new ones. */
  #workers(): WorkerPool {
    if (this.#pool && !this.#pool.closed) return this.#pool;
    const { dataset, dropLast } = this;
    const job = {
      dataset,
      collateFn: this.#collateFn as ((samples: unknown[]) => unknown) | undefined,
      workerInitFn: this.#workerInitFn,
      batchSize: this.batchSize ?? 1,
      dropLast,
    };
    const pool = new WorkerPool(job, this.numWorkers);
    if (this.persistentWorkers) {
      this.#pool = pool;
      closeWith(this, pool);
    }
    return pool;
  }
}

/** The class is generic in what its users never write; this constructor has their types. */
export const DataLoader: DataLoaderConstructor = Loader as never;
export type DataLoader<Batch, Length extends number | undefined = number> = LoaderType<Batch, Length>;

interface EpochPlan {
  /** Seed of the order. */
  readonly order: number;
  /** Worker w has this plus w. */
  readonly workerSeed: number;
  /** Where each worker's generators were after its last batch that was handed out. */
  readonly generators: GeneratorStates[];
}

interface RunningEpoch<Batch> {
  readonly epoch: Epoch<Batch>;
  readonly plan: EpochPlan;
}

/** Apart from the stream that the order is drawn from; with a worker's number added it is still exact. */
const workerSeed = (drawn: number): number => Math.floor(drawSeed(new Generator(drawn)) / 2);

function inOrder<Item>(batches: Iterable<Item>, seed: number): Iterator<Item> {
  const order = batches instanceof Sampler ? (batches as Sampler<Item>).order(seed) : batches;
  return order[Symbol.iterator]();
}

function skipped<Item>(items: Iterator<Item>, count: number): Iterator<Item> {
  while (count-- > 0 && !items.next().done);
  return items;
}
