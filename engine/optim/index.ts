// torch.optim.
export { Adam, AdamW, type AdamOptions } from "./adam.js";
export { Optimizer, type GroupToAdd, type OptimizerState, type ParameterGroup } from "./optimizer.js";
export { RMSprop, type RMSpropOptions } from "./rmsprop.js";
export { SGD, type SGDOptions } from "./sgd.js";
export * as lrScheduler from "./schedules/index.js";
