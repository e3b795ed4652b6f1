// `vision.datasets`: torchvision's names.
export { CIFAR10, type CIFAR10Options } from "./cifar10.js";
export { FashionMNIST, type FashionMNISTOptions } from "./fashionMnist.js";
export { DatasetError, type DatasetDownloadOptions, type DatasetFile, type DatasetProgress } from "./files.js";
export { defaultRoot } from "./folders.js";
export { ImageFolder, type ImageFolderOptions } from "./imageFolder.js";
export { MNIST, type MNISTOptions } from "./mnist.js";
export { Synthetic, type SyntheticOptions } from "./synthetic.js";
export { VisionDataset, type VisionOptions } from "./visionDataset.js";
