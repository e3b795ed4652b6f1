// torch.nn.
export { Module, type ForwardHook, type StateDict } from "./module.js";
export { Parameter } from "./parameter.js";
export { Conv2d, Linear, type Conv2dLayerOptions, type LayerOptions } from "./layers.js";
export * from "./parameterless.js";
export * from "./containers.js";
export * as init from "./init.js";
