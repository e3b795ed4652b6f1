// Every operation that is a Tensor method. A new family file adds its line here.
export * from "./elementwise.js";
export * from "./compare.js";
export * from "./reduce.js";
export * from "./movement.js";
export { narrow, select } from "./slice.js";
export { matmul } from "./matmul.js";
export * from "./convert.js";
export * from "./inplace.js";
export * from "./softmax.js";
