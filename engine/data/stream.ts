// Batches of a dataset that is a stream. It must not know in which thread it runs.
import { ArgumentError } from "../errors.js";
import { collateRaw, type BatchMaker } from "./collate.js";
import type { RawSample } from "./dataset.js";
import type { IterableDataset } from "./iterable.js";
import { over, type Over, type Source } from "./source.js";

export interface StreamOptions<Sample, Batch> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly collateFn: ((samples: Sample[]) => Batch) | undefined;
  readonly make?: BatchMaker;
  /** Told the position of the sample that is being read; undefined when samples are joined. */
  readonly reading?: (position: number | undefined) => void;
}

/** One way through a stream. */
export class Stream<Sample, Batch> implements Source<Batch> {
  #position = 0;
  readonly #options: StreamOptions<Sample, Batch>;
  readonly #dataset: IterableDataset<Sample>;
  #iterator: Iterator<Sample> | AsyncIterator<Sample> | undefined;
  #over = false;
  /** Batches to read and drop yet. */
  #skip: number;

  constructor(dataset: IterableDataset<Sample>, options: StreamOptions<Sample, Batch>, skip = 0) {
    this.#dataset = dataset;
    this.#options = options;
    this.#skip = skip;
  }

  next(): Batch | Over {
    for (; this.#skip > 0; this.#skip--) if (!this.#read()) break;
    const samples = this.#read();
    return samples ? this.#join(samples) : over;
  }

  async nextAsync(): Promise<Batch | Over> {
    for (; this.#skip > 0; this.#skip--) if (!(await this.#readAsync())) break;
    const samples = await this.#readAsync();
    return samples ? this.#join(samples) : over;
  }

  /** Reads a batch without joining it; false when none was left. */
  async drop(): Promise<boolean> {
    return (await this.#readAsync()) !== undefined;
  }

  close(): void {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    this.#over = true;
    const closing: unknown = iterator?.return?.();
    // Nobody waits for it; a failure to close must not end the process.
    if (closing instanceof Promise) closing.catch(() => undefined);
  }

  #read(): Sample[] | undefined {
    if (this.#over) return undefined;
    if (!this.#iterator && !this.#dataset[Symbol.iterator]) {
      throw new ArgumentError(
        "DataLoader: expected a dataset with [Symbol.iterator] for `for`, got one that is only asynchronous; use `for await`",
      );
    }
    const iterator = (this.#iterator ??= this.#dataset[Symbol.iterator]!()) as Iterator<Sample>;
    const samples: Sample[] = [];
    while (samples.length < this.#options.batchSize) {
      this.#options.reading?.(this.#position++);
      const result = iterator.next();
      if (result.done) return this.#last(samples);
      samples.push(result.value);
    }
    this.#options.reading?.(undefined);
    return samples;
  }

  async #readAsync(): Promise<Sample[] | undefined> {
    // One that offers both is read by the simpler way.
    if (this.#dataset[Symbol.iterator] || !this.#dataset[Symbol.asyncIterator]) return this.#read();
    if (this.#over) return undefined;
    const iterator = (this.#iterator ??= this.#dataset[Symbol.asyncIterator]!()) as AsyncIterator<Sample>;
    const samples: Sample[] = [];
    while (samples.length < this.#options.batchSize) {
      this.#options.reading?.(this.#position++);
      const result = await iterator.next();
      if (result.done) return this.#last(samples);
      samples.push(result.value);
    }
    this.#options.reading?.(undefined);
    return samples;
  }

  /** What is left when the stream is at its end. */
  #last(samples: Sample[]): Sample[] | undefined {
    this.#over = true;
    this.#iterator = undefined;
    this.#options.reading?.(undefined);
    return samples.length === 0 || this.#options.dropLast ? undefined : samples;
  }

  #join(samples: Sample[]): Batch {
    const { collateFn, make } = this.#options;
    return collateFn
      ? collateFn(samples)
      : (collateRaw<Sample>(samples as RawSample<Sample>[], undefined, make) as unknown as Batch);
  }
}
