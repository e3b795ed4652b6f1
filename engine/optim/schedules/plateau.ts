// Lowers the learning rate when a measured value no longer gets better.
import { ArgumentError, expectOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import {
  perGroup,
  requireInteger,
  requireNumber,
  requireOptimizer,
  restoreState,
  saveState,
  type Scheduled,
  type ScheduleState,
} from "./schedule.js";

export interface ReduceLROnPlateauOptions {
  /** What is better: less ("min", the default) or more. */
  readonly mode?: "min" | "max";
  /** Default 0.1. */
  readonly factor?: number;
  /** Bad epochs that are still forgiven. Default 10. */
  readonly patience?: number;
  /** Less of a change than this is none. Default 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is a part of the best value ("rel", the default) or a difference from it. */
  readonly thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  readonly cooldown?: number;
  /** One for all groups, or one for each. Default 0. */
  readonly minLr?: number | readonly number[];
  /** Smaller reductions are not made. Default 1e-8. */
  readonly eps?: number;
}

/** Times `factor` when the value given to `step` has not become better for `patience` epochs (torch.optim.lr_scheduler.ReduceLROnPlateau). */
export class ReduceLROnPlateau {
  lastEpoch = 0;
  mode: "min" | "max";
  factor: number;
  patience: number;
  threshold: number;
  thresholdMode: "rel" | "abs";
  cooldown: number;
  minLrs: number | readonly number[];
  eps: number;
  best: number;
  numBadEpochs = 0;
  cooldownCounter = 0;
  protected lastLr: number[];

  constructor(
    readonly optimizer: Scheduled,
    options: ReduceLROnPlateauOptions = {},
  ) {
    const name = "ReduceLROnPlateau";
    expectOptions(name, options, '{ mode: "max" }');
    requireOptimizer(name, optimizer);
    const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = "rel" } = options;
    const { cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    requireNumber(name, "factor", factor);
    if (factor >= 1) throw new ArgumentError(`${name}: expected a factor < 1, got ${factor}`);
    requireInteger(name, "patience", patience, 0);
    requireInteger(name, "cooldown", cooldown, 0);
    requireNumber(name, "threshold", threshold);
    requireOneOf("mode", mode, ["min", "max"]);
    requireOneOf("thresholdMode", thresholdMode, ["rel", "abs"]);
    perGroup(name, "minLr", minLr, optimizer.paramGroups.length);
    this.mode = mode;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this.cooldown = cooldown;
    this.minLrs = minLr;
    this.eps = eps;
    this.best = mode === "min" ? Infinity : -Infinity;
    this.lastLr = optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** The learning rates after the last step, one per group (get_last_lr). */
  getLastLr(): readonly number[] {
    return this.lastLr;
  }

  /** Counts one epoch. @param metric its value, usually the validation loss */
  step(metric: number | Tensor): void {
    const current = typeof metric === "number" ? metric : metric.item();
    this.lastEpoch++;
    if (this.#isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.#reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  #isBetter(value: number): boolean {
    const { best, threshold, mode, thresholdMode } = this;
    if (mode === "min") return value < (thresholdMode === "rel" ? best * (1 - threshold) : best - threshold);
    return value > (thresholdMode === "rel" ? best * (1 + threshold) : best + threshold);
  }

  #reduce(): void {
    const { paramGroups } = this.optimizer;
    const least = perGroup("ReduceLROnPlateau", "minLr", this.minLrs, paramGroups.length);
    paramGroups.forEach((group, i) => {
      const lower = Math.max(group.lr * this.factor, least[i]);
      if (group.lr - lower > this.eps) group.lr = lower;
    });
  }

  /** Everything that this schedule holds; save it beside the optimiser's state, which holds the present rates. */
  stateDict(): ScheduleState {
    return saveState(this);
  }

  /** @throws {StateDictError} for the state of another kind of schedule; nothing is changed then. */
  loadStateDict(state: ScheduleState): void {
    restoreState(this, state);
  }
}

function requireOneOf(name: string, value: unknown, words: readonly string[]): void {
  if (!words.includes(value as string)) {
    const expected = words.map((word) => JSON.stringify(word)).join(" or ");
    throw new ArgumentError(`ReduceLROnPlateau: expected ${name} ${expected}, got ${JSON.stringify(value)}`);
  }
}
