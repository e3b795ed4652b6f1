// Datasets that are streams: samples come one after the other and nobody knows how many. It must not know loaders.

/**
 * Samples one after the other (PyTorch: `torch.utils.data.IterableDataset`). Subclasses give `[Symbol.iterator]`, or
 * `[Symbol.asyncIterator]` when samples have to be waited for (then loops over the loader are `for await`; with worker
 * threads `for` does as well). Each epoch asks for a new iterator.
 *
 * With `numWorkers`, every worker has a copy of the dataset and goes through all of it: give each its own part by
 * `getWorkerInfo()`, else samples come once for each worker.
 * ```ts
 * class Lines extends data.IterableDataset<string> {
 *   static readonly module = import.meta.url;
 *   override *[Symbol.iterator]() {
 *     const { id, numWorkers } = data.getWorkerInfo() ?? { id: 0, numWorkers: 1 };
 *     for (let i = id; i < this.lines.length; i += numWorkers) yield this.lines[i];
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- a subclass may have its length as a field or as a getter
export abstract class IterableDataset<Sample> {
  [Symbol.iterator]?(): Iterator<Sample>;

  [Symbol.asyncIterator]?(): AsyncIterator<Sample>;
}

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the names have to be the class's
export interface IterableDataset<Sample> {
  /** The number of samples of one epoch, where it is known: the loader's `length` then is too. */
  readonly length?: number;
}
