// `vision.datasets`: torchvision's names.
export { defaultRoot } from "./folders.js";
export { DatasetError, type DatasetDownloadOptions, type DatasetFile, type DatasetProgress } from "./idxFiles.js";
export { MNIST, type MNISTOptions } from "./mnist.js";
