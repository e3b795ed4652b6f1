// One cycle up and down, for the learning rate and against it for the momentum (Smith and Topin, 2018). Counts batches.
import { ArgumentError, expectOptions } from "../../errors.js";
import {
  LRScheduler,
  perGroup,
  requireInteger,
  requireNumber,
  type Scheduled,
  type ScheduledGroup,
  type ScheduleOptions,
} from "./schedule.js";

export interface OneCycleLROptions extends ScheduleOptions {
  /** The top; one for all groups, or one for each. */
  readonly maxLr: number | readonly number[];
  /** Steps of the whole cycle; or `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  /** The part of the cycle that goes up. Default 0.3. */
  readonly pctStart?: number;
  /** Default "cos". */
  readonly annealStrategy?: "cos" | "linear";
  /** Move the momentum (or the first beta) against the learning rate. Default true. */
  readonly cycleMomentum?: boolean;
  /** Momentum at the top. Default 0.85. */
  readonly baseMomentum?: number | readonly number[];
  /** Momentum at both ends. Default 0.95. */
  readonly maxMomentum?: number | readonly number[];
  /** The first learning rate is `maxLr / divFactor`. Default 25. */
  readonly divFactor?: number;
  /** The last one is the first divided by this. Default 10,000. */
  readonly finalDivFactor?: number;
  /** Down to the first learning rate as long as up, then to the last one. Default false. */
  readonly threePhase?: boolean;
}

type Height = "first" | "top" | "last";

interface Phase {
  readonly end: number;
  readonly from: Height;
  readonly to: Height;
}

type Moving = ScheduledGroup & { momentum?: number; betas?: readonly [number, number] };

/**
 * torch.optim.lr_scheduler.OneCycleLR. Step it after every batch.
 * @throws {ArgumentError} for a step beyond the cycle's end
 */
export class OneCycleLR extends LRScheduler {
  totalSteps: number;
  annealStrategy: "cos" | "linear";
  protected phases: readonly Phase[];
  protected heights: readonly Readonly<Record<Height, number>>[];
  /** Per group, of the momentum at the bottom and at the top; undefined while it is left alone. */
  protected momenta: readonly (readonly [ends: number, top: number])[] | undefined;

  constructor(optimizer: Scheduled, options: OneCycleLROptions) {
    const name = "OneCycleLR";
    expectOptions(name, options, "{ maxLr: 0.1, totalSteps: 100 }");
    const { maxLr, pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true, threePhase = false } = options;
    const { baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4, ...rest } = options;
    const total = stepsOf(options);
    requireNumber(name, "pctStart", pctStart, [0, 1]);
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new ArgumentError(
        `${name}: expected annealStrategy "cos" or "linear", got ${JSON.stringify(annealStrategy satisfies never)}`,
      );
    }
    const groups = optimizer.paramGroups.length;
    const tops = perGroup(name, "maxLr", maxLr, groups);
    const heights = tops.map((top) => ({ first: top / divFactor, top, last: top / divFactor / finalDivFactor }));
    const momenta = cycleMomentum ? momentaOf(optimizer, maxMomentum, baseMomentum) : undefined;
    if (rest.lastEpoch === undefined || rest.lastEpoch === -1) {
      optimizer.paramGroups.forEach((group, i) => (group.initialLr = heights[i].first));
    }
    super(optimizer, rest);
    this.totalSteps = total;
    this.annealStrategy = annealStrategy;
    this.phases = phasesOf(total, pctStart, threePhase);
    this.heights = heights;
    this.momenta = momenta;
    this.begin();
  }

  protected override rate(group: ScheduledGroup, index: number): number {
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new ArgumentError(`OneCycleLR: expected at most ${this.totalSteps} steps, got ${step}`);
    }
    const found = this.phases.findIndex(({ end }) => step <= end);
    const now = found < 0 ? this.phases.length - 1 : found;
    const { end, from, to } = this.phases[now];
    const start = now === 0 ? 0 : this.phases[now - 1].end;
    const part = (step - start) / (end - start);
    const momentum = this.momenta?.[index];
    if (momentum) {
      const at = (height: Height) => momentum[height === "top" ? 1 : 0];
      setMomentum(group, this.#between(at(from), at(to), part));
    }
    const heights = this.heights[index];
    return this.#between(heights[from], heights[to], part);
  }

  #between(start: number, end: number, part: number): number {
    return this.annealStrategy === "cos"
      ? end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1)
      : (end - start) * part + start;
  }
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (totalSteps !== undefined) {
    requireInteger("OneCycleLR", "totalSteps", totalSteps, 1);
    return totalSteps;
  }
  if (epochs === undefined || stepsPerEpoch === undefined) {
    throw new ArgumentError("OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch, got neither");
  }
  requireInteger("OneCycleLR", "epochs", epochs, 1);
  requireInteger("OneCycleLR", "stepsPerEpoch", stepsPerEpoch, 1);
  return epochs * stepsPerEpoch;
}

function phasesOf(total: number, pctStart: number, threePhase: boolean): readonly Phase[] {
  const up: Phase = { end: pctStart * total - 1, from: "first", to: "top" };
  if (!threePhase) return [up, { end: total - 1, from: "top", to: "last" }];
  return [
    up,
    { end: 2 * pctStart * total - 2, from: "top", to: "first" },
    { end: total - 1, from: "first", to: "last" },
  ];
}

function momentaOf(
  { paramGroups }: Scheduled,
  ends: number | readonly number[],
  top: number | readonly number[],
): readonly (readonly [number, number])[] {
  const groups = paramGroups.length;
  const [atEnds, atTop] = [
    perGroup("OneCycleLR", "maxMomentum", ends, groups),
    perGroup("OneCycleLR", "baseMomentum", top, groups),
  ];
  if (!paramGroups.every((group) => "momentum" in group || "betas" in group)) {
    throw new ArgumentError(
      "OneCycleLR: expected an optimiser with momentum or betas, got one without; give { cycleMomentum: false }",
    );
  }
  return atEnds.map((value, i) => [value, atTop[i]]);
}

function setMomentum(group: Moving, value: number): void {
  if (group.betas) group.betas = [value, group.betas[1]];
  else group.momentum = value;
}
