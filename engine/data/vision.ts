// `vision`: torchvision's two parts that are here.
export * as datasets from "./datasets/index.js";
export * as transforms from "./transforms/index.js";
