// From indices to a batch by the shortest way that a dataset offers. It must not know in which order indices come.
import { collateRaw, type BatchMaker, type Collated } from "./collate.js";
import { isRaw, type Dataset, type RawSample } from "./dataset.js";
import { throughSubsets } from "./subset.js";

export type Fetch<Batch> = (indices: ArrayLike<number>) => Batch;

/** What a worker thread wants otherwise. */
export interface FetchOptions {
  /** What makes the batch's tensors, when it is `defaultCollate`'s. */
  readonly make?: BatchMaker;
  /** Told which sample is being read; undefined when they are joined. */
  readonly reading?: (index: number | undefined) => void;
}

/** Batches of a dataset, joined by the user's own function or else by `defaultCollate`. */
export function fetchFrom<Sample, Batch>(
  dataset: Dataset<Sample>,
  collateFn: ((samples: Sample[]) => Batch) | undefined,
  options: FetchOptions = {},
): Fetch<Batch> {
  return collateFn
    ? fetchWith(dataset, collateFn, options)
    : (fetchCollated(dataset, options) as Fetch<unknown> as Fetch<Batch>);
}

/** Batches made by the user's own function, which sees tensors. */
function fetchWith<Sample, Batch>(
  dataset: Dataset<Sample>,
  collateFn: (samples: Sample[]) => Batch,
  { reading }: FetchOptions,
): Fetch<Batch> {
  return (indices) => {
    const samples = Array.from(indices, (index) => {
      reading?.(index);
      return dataset.get(index);
    });
    reading?.(undefined);
    return collateFn(samples);
  };
}

/** Batches of `defaultCollate`: of typed arrays when the dataset has them, else of tensors. */
function fetchCollated<Sample>(whole: Dataset<Sample>, { make, reading }: FetchOptions): Fetch<Collated<Sample>> {
  const { dataset, indexOf } = throughSubsets(whole);
  const sampleAt = isRaw(dataset)
    ? (index: number) => dataset.raw(index)
    : (index: number) => dataset.get(index) as RawSample<Sample>;
  return (indices) => {
    const own: number[] = [];
    const samples = Array.from(indices, (index) => {
      reading?.(index);
      own.push(indexOf(index));
      return sampleAt(own[own.length - 1]);
    });
    reading?.(undefined);
    return collateRaw<Sample>(samples, own, make);
  };
}
