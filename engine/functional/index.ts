// torch.nn.functional: operations that are functions of several tensors, and the methods that PyTorch also has here.
export { conv2d, type Conv2dOptions } from "./conv.js";
export type { Pair } from "./spatial.js";
export { maxPool2d, type Pool2dOptions } from "./pool.js";
export { linear } from "./linear.js";
export { crossEntropy, mseLoss, nllLoss, type ClassLossOptions, type LossOptions, type Reduction } from "./loss.js";
export { dropout, dropout2d, type DropoutOptions } from "./dropout.js";
export { relu, sigmoid, tanh } from "../ops/elementwise.js";
export { logSoftmax, softmax } from "../ops/softmax.js";
