// What a dataset is: samples by index. It knows tensors; it must not know files, loaders or images.
import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { hasFastPath } from "./fastPath.js";
import type { RawArray } from "./raw.js";
import { withTensors } from "./tensorOf.js";

/** A sample in which any tensor may also be a typed array that has not become a tensor yet. */
export type RawSample<Sample> = Sample extends Tensor
  ? Tensor | RawArray
  : Sample extends object
    ? { [Key in keyof Sample]: RawSample<Sample[Key]> }
    : Sample;

/**
 * Samples by index (PyTorch: `torch.utils.data.Dataset`). Subclasses give `length` and `get`; a sample is usually a
 * tuple such as `[image, label]`. `for (const sample of dataset)` goes through all of them in order.
 *
 * The optional `raw` lets a `DataLoader` make its batches faster. It must agree with `get`; a subclass that overrides
 * `get` alone switches an inherited `raw` off.
 */
export abstract class Dataset<Sample> implements Iterable<Sample> {
  /** The number of samples (PyTorch: `len(dataset)`). */
  abstract readonly length: number;

  /** The sample at `index`, 0 to `length - 1` (PyTorch: `dataset[index]`). @throws {ArgumentError} for any other index. */
  abstract get(index: number): Sample;

  /** The same sample with typed arrays where `get` has tensors: a batch then becomes one tensor without one per sample. */
  raw?(index: number): RawSample<Sample>;

  *[Symbol.iterator](): Generator<Sample, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }
}

/** A dataset that holds no tensors: subclasses give `length` and `raw`, and `get` makes the tensors. */
export abstract class RawDataset<Sample> extends Dataset<Sample> {
  abstract override raw(index: number): RawSample<Sample>;

  override get(index: number): Sample {
    return withTensors(this.raw(index)) as Sample;
  }
}

/** Whether batches may be made of `dataset.raw`. */
export function isRaw<Sample>(
  dataset: Dataset<Sample>,
): dataset is Dataset<Sample> & { raw(index: number): RawSample<Sample> } {
  return hasFastPath(dataset, "get", "raw");
}

/** @throws {ArgumentError} naming `what` unless `index` is an integer in [0, length). */
export function checkIndex(what: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new ArgumentError(`${what}: expected an index from 0 to ${length - 1}, got ${index}`);
  }
}
