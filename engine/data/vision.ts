// `vision`: torchvision's parts that are here.
export * as datasets from "./datasets/index.js";
export * as io from "./images/index.js";
export * as transforms from "./transforms/index.js";
