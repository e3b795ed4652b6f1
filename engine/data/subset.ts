// Parts of datasets. It must not know what a sample is.
import { ArgumentError, shapeText, expectOptions } from "../errors.js";
import { defaultGenerator, type Generator } from "../random.js";
import { checkIndex, Dataset } from "./dataset.js";
import { permutation } from "./order.js";
import { constructorArguments, type Argument } from "./workers/portable.js";

/** The samples of `dataset` at `indices`, in that order (PyTorch: `torch.utils.data.Subset`). */
export class Subset<Sample> extends Dataset<Sample> {
  readonly #indices: Uint32Array;

  /** @throws {ArgumentError} when an index is outside the dataset. */
  constructor(
    readonly dataset: Dataset<Sample>,
    indices: ArrayLike<number>,
  ) {
    super();
    const { length } = dataset;
    for (let i = 0; i < indices.length; i++) checkIndex("Subset", indices[i], length);
    this.#indices = Uint32Array.from(indices);
  }

  get length(): number {
    return this.#indices.length;
  }

  /** Which sample of `dataset` is this part's sample at `index`. @throws {ArgumentError} */
  indexOf(index: number): number {
    checkIndex("Subset", index, this.length);
    return this.#indices[index];
  }

  override get(index: number): Sample {
    return this.dataset.get(this.indexOf(index));
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ dataset: this.dataset, indices: this.#indices });
  }
}

/** The dataset that the samples come from, and their indices there: nested parts are looked through. */
export function throughSubsets<Sample>(dataset: Dataset<Sample>): {
  readonly dataset: Dataset<Sample>;
  readonly indexOf: (index: number) => number;
} {
  if (!isPlainSubset(dataset)) return { dataset, indexOf: (index) => index };
  const inner = throughSubsets(dataset.dataset);
  return { dataset: inner.dataset, indexOf: (index) => inner.indexOf(dataset.indexOf(index)) };
}

/** Whether it is a `Subset` whose samples are those of its dataset: a subclass with its own `get` is obeyed. */
function isPlainSubset<Sample>(dataset: Dataset<Sample>): dataset is Subset<Sample> {
  return dataset instanceof Subset && dataset.get === Subset.prototype.get;
}

/**
 * Splits a dataset into random parts that share no sample (PyTorch: `random_split`).
 *
 * `lengths` are either whole numbers that add up to the dataset's length, or fractions that add up to 1; samples left
 * over by rounding fractions down go to the parts one by one, from the first. The split is drawn from `generator`, else
 * from the default generator: `new Generator(42)` gives the same parts every time.
 * @throws {ArgumentError} when the lengths do not fit.
 */
export function randomSplit<Sample>(
  dataset: Dataset<Sample>,
  lengths: readonly number[],
  options: { readonly generator?: Generator } = {},
): Subset<Sample>[] {
  expectOptions("randomSplit", options, "{ generator }");
  const counts = partCounts(lengths, dataset.length);
  const order = permutation(dataset.length, options.generator ?? defaultGenerator);
  let start = 0;
  return counts.map((count) => new Subset(dataset, order.subarray(start, (start += count))));
}

function partCounts(lengths: readonly number[], total: number): readonly number[] {
  const sum = lengths.reduce((a, b) => a + b, 0);
  if (lengths.some((length) => !(length >= 0))) {
    throw new ArgumentError(`randomSplit: expected lengths of 0 or more, got ${shapeText(lengths)}`);
  }
  const whole = lengths.every(Number.isInteger);
  if (whole && sum === total) return lengths;
  if (Math.abs(sum - 1) > 1e-6 || lengths.length === 0) {
    throw new ArgumentError(
      `randomSplit: expected whole lengths that add up to ${total} or fractions that add up to 1, ` +
        `got ${shapeText(lengths)}, which add up to ${sum}`,
    );
  }
  const counts = lengths.map((fraction) => Math.floor(fraction * total));
  const left = total - counts.reduce((a, b) => a + b, 0);
  for (let i = 0; i < left; i++) counts[i % counts.length]++;
  return counts;
}
