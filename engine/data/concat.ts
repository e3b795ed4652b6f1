// Datasets one after the other. It must not know what a sample is.
import { ArgumentError } from "../errors.js";
import { checkIndex, Dataset, isRaw, type RawSample } from "./dataset.js";
import { constructorArguments, type Argument } from "./workers/portable.js";

/**
 * The samples of several datasets, one dataset after the other (PyTorch: `torch.utils.data.ConcatDataset`).
 * @throws {ArgumentError} for no datasets.
 */
export class ConcatDataset<Sample> extends Dataset<Sample> {
  readonly datasets: readonly Dataset<Sample>[];
  /** For each dataset, the number of samples up to its end. PyTorch: `cumulative_sizes`. */
  readonly cumulativeSizes: readonly number[];
  readonly #readers: readonly ((index: number) => RawSample<Sample>)[];

  constructor(datasets: Iterable<Dataset<Sample>>) {
    super();
    this.datasets = [...datasets];
    if (this.datasets.length === 0) throw new ArgumentError("ConcatDataset: expected at least 1 dataset, got none");
    const stream = this.datasets.findIndex((dataset) => !(dataset instanceof Dataset));
    if (stream >= 0) {
      throw new ArgumentError(
        `ConcatDataset: expected datasets with samples by index, got ${this.datasets[stream]?.constructor.name} at ${stream}`,
      );
    }
    let end = 0;
    this.cumulativeSizes = this.datasets.map(({ length }) => (end += length));
    this.#readers = this.datasets.map((dataset) =>
      isRaw(dataset) ? (index) => dataset.raw(index) : (index) => dataset.get(index) as RawSample<Sample>,
    );
  }

  get length(): number {
    return this.cumulativeSizes.at(-1)!;
  }

  override get(index: number): Sample {
    const [dataset, inner] = this.#find(index);
    return this.datasets[dataset].get(inner);
  }

  override raw(index: number): RawSample<Sample> {
    const [dataset, inner] = this.#find(index);
    return this.#readers[dataset](inner);
  }

  [constructorArguments](): readonly Argument[] {
    return [["datasets", this.datasets]];
  }

  /** Which dataset has the sample, and its index there. */
  #find(index: number): readonly [dataset: number, index: number] {
    checkIndex("ConcatDataset", index, this.length);
    const dataset = this.cumulativeSizes.findIndex((end) => index < end);
    return [dataset, index - (dataset === 0 ? 0 : this.cumulativeSizes[dataset - 1])];
  }
}
