// torch.nn.functional: operations that are functions of several tensors, and the methods that PyTorch also has here.
export { conv1d, conv2d, type Conv1dOptions, type Conv2dOptions } from "./conv.js";
export {
  convTranspose1d,
  convTranspose2d,
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
} from "./convTranspose.js";
export type { Pair, Single } from "./spatial.js";
export { maxPool1d, maxPool2d, type MaxPool1dOptions, type MaxPool2dOptions, type WithIndices } from "./maxPool.js";
export { avgPool1d, avgPool2d, type AvgPool1dOptions, type AvgPool2dOptions } from "./avgPool.js";
export { adaptiveAvgPool2d, adaptiveMaxPool2d, type OutputSize } from "./adaptivePool.js";
export { batchNorm, type BatchNormOptions } from "./batchNorm.js";
export { groupNorm, layerNorm, type NormOptions } from "./norm.js";
export { linear } from "./linear.js";
export { bilinear } from "./bilinear.js";
export type { LossOptions, Reduction } from "./reduction.js";
export { nllLoss } from "./nllLoss.js";
export type { ClassLossOptions } from "./classTargets.js";
export { crossEntropy, type CrossEntropyOptions } from "./crossEntropy.js";
export {
  huberLoss,
  l1Loss,
  mseLoss,
  smoothL1Loss,
  type HuberLossOptions,
  type SmoothL1LossOptions,
  type WeightedLossOptions,
} from "./regressionLoss.js";
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
} from "./binaryLoss.js";
export { klDiv, type KlDivOptions } from "./klDiv.js";
export {
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  type Dropout,
  type DropoutOptions,
} from "./dropout.js";
export { embedding, type EmbeddingOptions } from "./embedding.js";
export {
  celu,
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  mish,
  selu,
  silu,
  softplus,
  type GeluOptions,
  type SoftplusOptions,
} from "./activation.js";
export { prelu } from "./prelu.js";
export { hardsigmoid, hardswish, hardtanh, relu6, softsign } from "./hardActivation.js";
export { normalize, type NormalizeOptions } from "./normalize.js";
export { relu, sigmoid } from "../ops/activation.js";
export { tanh } from "../ops/trigonometric.js";
export { logSoftmax, softmax, type SoftmaxOptions } from "../ops/softmax.js";
export { gumbelSoftmax, softmin, type GumbelSoftmaxOptions } from "./softmax.js";
export { oneHot } from "./oneHot.js";
