// From indices to a batch by the shortest way that a dataset offers. It must not know in which order indices come.
import { collateRaw, type Collated } from "./collate.js";
import { isRaw, type Dataset, type RawSample } from "./dataset.js";
import { throughSubsets } from "./subset.js";

export type Fetch<Batch> = (indices: Uint32Array) => Batch;

/** Batches made by the user's own function, which sees tensors. */
export function fetchWith<Sample, Batch>(
  dataset: Dataset<Sample>,
  collateFn: (samples: Sample[]) => Batch,
): Fetch<Batch> {
  return (indices) => collateFn(Array.from(indices, (index) => dataset.get(index)));
}

/** Batches of `defaultCollate`: of typed arrays when the dataset has them, else of tensors. */
export function fetchCollated<Sample>(whole: Dataset<Sample>): Fetch<Collated<Sample>> {
  const { dataset, indexOf } = throughSubsets(whole);
  const sampleAt = isRaw(dataset)
    ? (index: number) => dataset.raw(index)
    : (index: number) => dataset.get(index) as RawSample<Sample>;
  return (indices) => {
    const own = Array.from(indices, indexOf);
    return collateRaw<Sample>(own.map(sampleAt), own);
  };
}
