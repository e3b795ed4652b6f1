// The base of learning rate schedules (torch.optim.lr_scheduler.LRScheduler): counts epochs, sets each group's rate by
// what the subclass says, gives its state and takes it back. It must not know any one schedule.
import { ArgumentError, StateDictError, expectOptions } from "../../errors.js";
import { Optimizer, type ParameterGroup } from "../optimizer.js";

/** Any optimiser whose groups have a learning rate. */
export type Scheduled = Optimizer<{ lr: number }, object>;
export type ScheduledGroup = ParameterGroup<{ lr: number }>;

export interface ScheduleOptions {
  /** The epoch to go on from, with an optimiser whose groups have an `initialLr`. Default -1: from the beginning. */
  readonly lastEpoch?: number;
}

/** A schedule's fields, apart from its optimiser and functions: goes into a checkpoint as it is. */
export type ScheduleState = Readonly<Record<string, unknown>>;

const stateOf = (schedule: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schedule)
      .filter(([name, value]) => name !== "optimizer" && typeof value !== "function")
      .map(([name, value]) => [name, structuredClone(value) as unknown]),
  );

const kindOf = (value: unknown): string => (Array.isArray(value) ? "an array" : value === null ? "null" : typeof value);

/** The state of any schedule: all that it holds. */
export const saveState = (schedule: object): ScheduleState => stateOf(schedule);

/** Takes a state back, or nothing of it. */
export function restoreState(schedule: object, state: ScheduleState): void {
  const own = stateOf(schedule);
  const given = (state ?? {}) as Record<string, unknown>;
  const problems = Object.entries(own).flatMap(([name, value]) => {
    if (!Object.hasOwn(given, name)) return [`no ${name}`];
    const [wanted, got] = [kindOf(value), kindOf(given[name])];
    return wanted === got || wanted === "undefined" ? [] : [`${name}: expected ${wanted}, got ${got}`];
  });
  if (problems.length > 0) {
    throw new StateDictError(
      `loadStateDict: the state does not fit ${schedule.constructor.name}: ${problems.join("; ")}`,
    );
  }
  for (const name of Object.keys(own)) (schedule as Record<string, unknown>)[name] = structuredClone(given[name]);
}

export function requireOptimizer(schedule: string, optimizer: unknown): asserts optimizer is Scheduled {
  if (!(optimizer instanceof Optimizer)) {
    throw new ArgumentError(`${schedule}: expected an optimiser, got ${kindOf(optimizer)}`);
  }
}

/**
 * Base of the schedules that depend on the epoch alone. Making one sets the optimiser's learning rates: load an
 * optimiser's state after that. Several schedules of one optimiser work on what the others left ("chainable").
 */
export abstract class LRScheduler {
  lastEpoch: number;
  protected stepCount = 0;
  protected baseLrs: number[];
  protected lastLr: number[] = [];

  constructor(
    readonly optimizer: Scheduled,
    options?: ScheduleOptions,
  ) {
    const name = this.constructor.name;
    const { lastEpoch = -1 } = expectOptions(name, options, "{ lastEpoch: 3 }");
    requireOptimizer(name, optimizer);
    if (!Number.isInteger(lastEpoch) || lastEpoch < -1) {
      throw new ArgumentError(`${name}: expected lastEpoch as an integer >= -1, got ${lastEpoch}`);
    }
    this.lastEpoch = lastEpoch;
    this.baseLrs = optimizer.paramGroups.map((group, i) => {
      if (lastEpoch === -1) return (group.initialLr ??= group.lr);
      if (group.initialLr !== undefined) return group.initialLr;
      throw new ArgumentError(
        `${name}: expected an initialLr in paramGroups[${i}] to go on from epoch ${lastEpoch}, got none; load the optimiser's state first`,
      );
    });
  }

  /** The first epoch's rates. Each subclass calls it last in its constructor, when its fields are there. */
  protected begin(): void {
    this.stepCount = 0;
    this.#advance(true);
  }

  /**
   * The learning rate of a group at `lastEpoch`, from its present one.
   * @param initial the schedule is being made
   */
  protected abstract rate(group: ScheduledGroup, index: number, initial: boolean): number;

  /** The rates that this schedule set last, one per group (get_last_lr). */
  getLastLr(): readonly number[] {
    return this.lastLr;
  }

  /** Goes on to the next epoch (or batch: whatever the schedule counts). After the optimiser's step. */
  step(): void {
    if (this.stepCount === 1 && this.optimizer.steps === 0) {
      process.emitWarning(
        `${this.constructor.name}: step() was called before the optimiser's first step(), so the first learning rate is never used; call optimizer.step() first`,
        "GradtapeWarning",
      );
    }
    this.#advance(false);
  }

  #advance(initial: boolean): void {
    this.stepCount++;
    this.lastEpoch++;
    const { paramGroups } = this.optimizer;
    const rates = paramGroups.map((group, i) => this.rate(group, i, initial));
    paramGroups.forEach((group, i) => (group.lr = rates[i]));
    this.lastLr = rates;
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

/** Refuses settings that are not whole numbers from `least` on. */
export function requireInteger(schedule: string, name: string, value: unknown, least: number): void {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw new ArgumentError(`${schedule}: expected ${name} as an integer >= ${least}, got ${String(value)}`);
  }
}

/** Refuses what is no finite number within bounds. */
export function requireNumber(
  schedule: string,
  name: string,
  value: unknown,
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): void {
  if (typeof value === "number" && Number.isFinite(value) && value >= least && value <= most) return;
  const bounds = least === -Infinity ? "a finite number" : `a number from ${least} to ${most}`;
  throw new ArgumentError(`${schedule}: expected ${name} as ${bounds}, got ${String(value)}`);
}

/** One value for all groups, or one for each. */
export function perGroup(schedule: string, name: string, value: number | readonly number[], groups: number): number[] {
  if (typeof value === "number") return new Array<number>(groups).fill(value);
  if (Array.isArray(value) && value.length === groups) return [...(value as readonly number[])];
  const got = Array.isArray(value) ? `${value.length} values` : typeof value;
  throw new ArgumentError(`${schedule}: expected ${name} as a number or ${groups} of them (one per group), got ${got}`);
}
