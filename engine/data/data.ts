// `data`: the names of torch.utils.data.
export { defaultCollate, type Collated } from "./collate.js";
export { Dataset, RawDataset, type RawSample } from "./dataset.js";
export { IdxError, parseIdx, readIdxFile, type IdxProblem } from "./idx.js";
export { DataLoader, type Batches, type DataLoaderOptions, type IterateOptions, type LoaderState } from "./loader.js";
export { RawArray } from "./raw.js";
export { randomSplit, Subset } from "./subset.js";
export { TensorDataset } from "./tensorDataset.js";
