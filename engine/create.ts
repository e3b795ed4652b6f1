// Tensors from values, constants, ranges and random numbers.
export type { TensorOptions } from "./create/leaf.js";
export { type TensorData, fromBytes, fromTypedArray, tensor } from "./create/values.js";
export { empty, eye, full, ones, zeros } from "./create/constants.js";
export { type RangeOptions, arange, linspace, logspace } from "./create/ranges.js";
export { type RandomOptions, rand, randint, randn, randperm } from "./create/random.js";
