// torch.autograd.
export { backward, grad, type BackwardInto, type BackwardOptions, type GradOptions } from "../backward.js";
export { CustomFunction as Function, FunctionContext, type FunctionClass } from "./function.js";
export { detectAnomaly, isAnomalyEnabled, setDetectAnomaly } from "./anomaly.js";
export { gradcheck, gradgradcheck, type Checked, type GradcheckOptions } from "./gradcheck.js";
