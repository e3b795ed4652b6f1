// Half a cosine from the initial learning rate down (Loshchilov and Hutter, 2017).
import { expectOptions } from "../../errors.js";
import {
  LRScheduler,
  requireInteger,
  requireNumber,
  type Scheduled,
  type ScheduledGroup,
  type ScheduleOptions,
} from "./schedule.js";

export interface CosineAnnealingLROptions extends ScheduleOptions {
  /** Epochs from the top to the bottom. */
  readonly tMax: number;
  /** The bottom. Default 0. */
  readonly etaMin?: number;
}

/**
 * η = etaMin + (initial - etaMin) (1 + cos(π epoch / tMax)) / 2, written as a step from one epoch to the next, so that
 * other schedules may act too (torch.optim.lr_scheduler.CosineAnnealingLR). After tMax it rises again.
 */
export class CosineAnnealingLR extends LRScheduler {
  tMax: number;
  etaMin: number;

  constructor(optimizer: Scheduled, given: CosineAnnealingLROptions) {
    const { tMax, etaMin = 0, ...options } = expectOptions("CosineAnnealingLR", given, "{ tMax: 50 }");
    requireInteger("CosineAnnealingLR", "tMax", tMax, 1);
    requireNumber("CosineAnnealingLR", "etaMin", etaMin);
    super(optimizer, options);
    this.tMax = tMax;
    this.etaMin = etaMin;
    this.begin();
  }

  protected override rate({ lr }: ScheduledGroup, index: number, initial: boolean): number {
    const { lastEpoch, tMax, etaMin } = this;
    if (initial) return lr;
    const height = (epoch: number) => 1 + Math.cos((Math.PI * epoch) / tMax);
    // At the bottom nothing is left to scale: the first step up starts from the height itself.
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      return lr + ((this.baseLrs[index] - etaMin) * (1 - Math.cos(Math.PI / tMax))) / 2;
    }
    return (height(lastEpoch) / height(lastEpoch - 1)) * (lr - etaMin) + etaMin;
  }
}
