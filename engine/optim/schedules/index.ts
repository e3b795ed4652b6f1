// torch.optim.lr_scheduler.
export { CosineAnnealingLR, type CosineAnnealingLROptions } from "./cosine.js";
export { OneCycleLR, type OneCycleLROptions } from "./oneCycle.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.js";
export { LRScheduler, type ScheduleOptions, type ScheduleState } from "./schedule.js";
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiStepLR,
  StepLR,
  type ConstantLROptions,
  type ExponentialLROptions,
  type LambdaLROptions,
  type LinearLROptions,
  type MultiStepLROptions,
  type StepLROptions,
} from "./stepped.js";
