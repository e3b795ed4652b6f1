// torch.optim.
export { Optimizer, type OptimizerState, type ParameterGroup } from "./optimizer.js";
export { SGD, type SGDOptions } from "./sgd.js";
