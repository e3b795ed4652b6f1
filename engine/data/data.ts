// `data`: the names of torch.utils.data.
export { defaultCollate, type Collated } from "./collate.js";
export { ConcatDataset } from "./concat.js";
export { Dataset, RawDataset, type RawSample } from "./dataset.js";
export type { Batches } from "./epoch.js";
export { IdxError, parseIdx, readIdxFile, type IdxProblem } from "./idx.js";
export { IterableDataset } from "./iterable.js";
export { DataLoader } from "./loader.js";
export type { DataLoaderOptions, IterateOptions, LoaderState } from "./loaderOptions.js";
export { RawArray } from "./raw.js";
export {
  BatchSampler,
  RandomSampler,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type BatchSamplerOptions,
  type RandomSamplerOptions,
  type SamplerOptions,
  type WeightedRandomSamplerOptions,
} from "./sampler.js";
export { randomSplit, Subset } from "./subset.js";
export { TensorDataset } from "./tensorDataset.js";
export { constructorArguments, type Argument, type Portable } from "./workers/portable.js";
export { DataLoaderError } from "./workers/workerError.js";
export { getWorkerInfo, type WorkerInfo } from "./workers/workerInfo.js";
