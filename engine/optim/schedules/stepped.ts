// Schedules that multiply the learning rate: at every so many epochs, at given ones, at each, by a line, by a function.
import { ArgumentError, expectOptions } from "../../errors.js";
import {
  LRScheduler,
  requireInteger,
  requireNumber,
  type Scheduled,
  type ScheduledGroup,
  type ScheduleOptions,
} from "./schedule.js";

export interface StepLROptions extends ScheduleOptions {
  readonly stepSize: number;
  /** Default 0.1. */
  readonly gamma?: number;
}

/** Times `gamma` every `stepSize` epochs (torch.optim.lr_scheduler.StepLR). */
export class StepLR extends LRScheduler {
  stepSize: number;
  gamma: number;

  constructor(optimizer: Scheduled, given: StepLROptions) {
    const { stepSize, gamma = 0.1, ...options } = expectOptions("StepLR", given, "{ stepSize: 30 }");
    requireInteger("StepLR", "stepSize", stepSize, 1);
    requireNumber("StepLR", "gamma", gamma);
    super(optimizer, options);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.begin();
  }

  protected override rate({ lr }: ScheduledGroup): number {
    return this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0 ? lr : lr * this.gamma;
  }
}

export interface MultiStepLROptions extends ScheduleOptions {
  /** Epochs; one that is named twice counts twice. */
  readonly milestones: readonly number[];
  /** Default 0.1. */
  readonly gamma?: number;
}

/** Times `gamma` at each of the milestones (torch.optim.lr_scheduler.MultiStepLR). */
export class MultiStepLR extends LRScheduler {
  milestones: readonly number[];
  gamma: number;

  constructor(optimizer: Scheduled, given: MultiStepLROptions) {
    const { milestones, gamma = 0.1, ...options } = expectOptions("MultiStepLR", given, "{ milestones: [30, 80] }");
    if (!Array.isArray(milestones)) {
      throw new ArgumentError(`MultiStepLR: expected milestones as an array of epochs, got ${typeof milestones}`);
    }
    for (const milestone of milestones) requireInteger("MultiStepLR", "a milestone", milestone, 0);
    requireNumber("MultiStepLR", "gamma", gamma);
    super(optimizer, options);
    this.milestones = [...(milestones as readonly number[])];
    this.gamma = gamma;
    this.begin();
  }

  protected override rate({ lr }: ScheduledGroup): number {
    const here = this.milestones.filter((milestone) => milestone === this.lastEpoch).length;
    return here === 0 ? lr : lr * this.gamma ** here;
  }
}

export interface ExponentialLROptions extends ScheduleOptions {
  readonly gamma: number;
}

/** Times `gamma` at every epoch (torch.optim.lr_scheduler.ExponentialLR). */
export class ExponentialLR extends LRScheduler {
  gamma: number;

  constructor(optimizer: Scheduled, given: ExponentialLROptions) {
    const { gamma, ...options } = expectOptions("ExponentialLR", given, "{ gamma: 0.9 }");
    requireNumber("ExponentialLR", "gamma", gamma);
    super(optimizer, options);
    this.gamma = gamma;
    this.begin();
  }

  protected override rate({ lr }: ScheduledGroup, _index: number, initial: boolean): number {
    return initial ? lr : lr * this.gamma;
  }
}

export interface ConstantLROptions extends ScheduleOptions {
  /** Default 1/3. */
  readonly factor?: number;
  /** Epochs with the factor. Default 5. */
  readonly totalIters?: number;
}

/** Times `factor` for the first epochs (torch.optim.lr_scheduler.ConstantLR). */
export class ConstantLR extends LRScheduler {
  factor: number;
  totalIters: number;

  constructor(optimizer: Scheduled, given?: ConstantLROptions) {
    const { factor = 1 / 3, totalIters = 5, ...options } = expectOptions("ConstantLR", given, "{ factor: 0.5 }");
    requireNumber("ConstantLR", "factor", factor, [0, 1]);
    requireInteger("ConstantLR", "totalIters", totalIters, 0);
    super(optimizer, options);
    this.factor = factor;
    this.totalIters = totalIters;
    this.begin();
  }

  protected override rate({ lr }: ScheduledGroup): number {
    if (this.lastEpoch === 0) return lr * this.factor;
    return this.lastEpoch === this.totalIters ? lr * (1 / this.factor) : lr;
  }
}

export interface LinearLROptions extends ScheduleOptions {
  /** Default 1/3. */
  readonly startFactor?: number;
  /** Default 1. */
  readonly endFactor?: number;
  /** Epochs from one factor to the other. Default 5. */
  readonly totalIters?: number;
}

/** Times a factor that grows from `startFactor` to `endFactor` (torch.optim.lr_scheduler.LinearLR): a warm-up. */
export class LinearLR extends LRScheduler {
  startFactor: number;
  endFactor: number;
  totalIters: number;

  constructor(optimizer: Scheduled, given?: LinearLROptions) {
    const {
      startFactor = 1 / 3,
      endFactor = 1,
      totalIters = 5,
      ...options
    } = expectOptions("LinearLR", given, "{ startFactor: 0.5 }");
    requireNumber("LinearLR", "startFactor", startFactor, [Number.MIN_VALUE, 1]);
    requireNumber("LinearLR", "endFactor", endFactor, [0, 1]);
    requireInteger("LinearLR", "totalIters", totalIters, 1);
    super(optimizer, options);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.begin();
  }

  protected override rate({ lr }: ScheduledGroup, _index: number, initial: boolean): number {
    const { lastEpoch, startFactor, endFactor, totalIters } = this;
    if (lastEpoch === 0) return lr * startFactor;
    if (initial || lastEpoch > totalIters) return lr;
    const growth = endFactor - startFactor;
    return lr * (1 + growth / (totalIters * startFactor + (lastEpoch - 1) * growth));
  }
}

type Factor = (epoch: number) => number;

export interface LambdaLROptions extends ScheduleOptions {
  /** The factor of the initial learning rate at an epoch; one for all groups, or one for each. */
  readonly lrLambda: Factor | readonly Factor[];
}

/** The initial learning rate times a function of the epoch, which is not saved (torch.optim.lr_scheduler.LambdaLR). */
export class LambdaLR extends LRScheduler {
  readonly #factors: readonly Factor[];

  constructor(optimizer: Scheduled, given: LambdaLROptions) {
    const { lrLambda, ...options } = expectOptions("LambdaLR", given, "{ lrLambda }");
    super(optimizer, options);
    const groups = optimizer.paramGroups.length;
    const factors = typeof lrLambda === "function" ? new Array<Factor>(groups).fill(lrLambda) : lrLambda;
    if (!Array.isArray(factors) || factors.length !== groups || factors.some((f) => typeof f !== "function")) {
      throw new ArgumentError(`LambdaLR: expected lrLambda as a function or ${groups} of them (one per group)`);
    }
    this.#factors = factors;
    this.begin();
  }

  protected override rate(_group: ScheduledGroup, index: number): number {
    return this.baseLrs[index] * this.#factors[index](this.lastEpoch);
  }
}
