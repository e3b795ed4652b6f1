// torch.optim.Optimizer: groups of parameters with their settings, state per parameter, state dicts.
import { ArgumentError, StateDictError, shapeText, expectOptions } from "../errors.js";
import { isFloating } from "../dtype.js";
import { replacementOf } from "../nn/parameter.js";
import { type ZeroGradOptions, zeroGrads } from "../nn/zeroGrads.js";
import { enableGrad, noGrad, observed } from "../state.js";
import { Tensor } from "../tensor.js";
import { FusedUpdate } from "./fusedUpdate.js";
import { misfits } from "./misfits.js";

export type ParameterGroup<Settings> = { -readonly [Name in keyof Settings]: Settings[Name] } & {
  params: Tensor[];
  /** The learning rate before any schedule changed it; there once a schedule was made. */
  initialLr?: number;
};

/** Parameters with settings of their own; what is not named is the optimiser's. */
export type GroupToAdd<Settings> = Partial<Settings> & { readonly params: Tensor | Iterable<Tensor> };

/** Parameters, or groups of them with settings of their own. */
export type ParametersOrGroups<Settings> = Iterable<Tensor> | readonly GroupToAdd<Settings>[];

/** Plain data and tensors: goes into a checkpoint as it is. */
export interface OptimizerState {
  /** Per parameter, by its position over all groups. */
  readonly state: Readonly<Record<string, Readonly<Record<string, Tensor | number>>>>;
  readonly paramGroups: readonly (Readonly<Record<string, unknown>> & { readonly params: readonly number[] })[];
}

/**
 * Base of the optimisers (torch.optim.Optimizer). A subclass says what one parameter's step is; groups, state and
 * checkpoints are here.
 */
export abstract class Optimizer<Settings extends object, State extends object> {
  /** Change a setting here to change it for the next step: `optimiser.paramGroups[0].lr = 0.001`. */
  readonly paramGroups: ParameterGroup<Settings>[] = [];
  /** Settings of groups that do not name their own. */
  readonly defaults: Readonly<Settings>;
  protected readonly state = new Map<Tensor, State>();
  protected readonly fused = new FusedUpdate();
  #steps = 0;

  /**
   * @throws {ArgumentError} for no parameters, one given twice, one that is no leaf, or a setting out of range
   */
  constructor(parameters: ParametersOrGroups<Settings>, defaults: Settings) {
    this.defaults = defaults;
    const name = this.constructor.name;
    if (parameters instanceof Tensor) {
      throw new ArgumentError(`${name}: expected a list of parameters, got one tensor; write [tensor]`);
    }
    const given = [...parameters];
    if (given.length === 0) throw new ArgumentError(`${name}: expected at least one parameter, got none`);
    this.checkSettings(defaults);
    const areGroups = !(given[0] instanceof Tensor) && typeof given[0] === "object" && "params" in given[0];
    const groups = areGroups ? (given as readonly GroupToAdd<Settings>[]) : [{ params: given as readonly Tensor[] }];
    for (const group of groups) this.addParamGroup(group as GroupToAdd<Settings>);
  }

  /** Throws an ArgumentError for a setting that is out of its range. Reads no fields: the constructor calls it. */
  protected abstract checkSettings(settings: Settings): void;

  /** One parameter's change for its gradient. Runs without recording. */
  protected abstract update(p: Tensor, grad: Tensor, state: State, group: ParameterGroup<Settings>): void;

  /** How many steps were taken since this object was made. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Trains further parameters, as when layers are unfrozen later (torch.optim.Optimizer.add_param_group).
   * @throws {ArgumentError} for one that is there already, or is no leaf, or a setting out of range; nothing is added then
   */
  addParamGroup(group: GroupToAdd<Settings>): void {
    const params = group.params instanceof Tensor ? [group.params] : [...group.params];
    const own = { ...this.defaults, ...group, params };
    this.checkSettings(own);
    this.#checkParameters(params);
    this.paramGroups.push(own);
  }

  #checkParameters(params: readonly Tensor[]): void {
    const name = this.constructor.name;
    const before = this.#parameters();
    const seen = new Set<unknown>(before);
    params.forEach((p, i) => {
      const which = `parameter ${before.length + i}`;
      if (!(p instanceof Tensor)) throw new ArgumentError(`${name}: expected tensors, got ${typeof p} as ${which}`);
      if (!isFloating(p.dtype))
        throw new ArgumentError(`${name}: expected floating dtypes, got ${p.dtype} as ${which} ${shapeText(p.shape)}`);
      if (!p.isLeaf) {
        const made = p.gradFn?.name;
        throw new ArgumentError(`${name}: expected leaves, got a result of ${made} as ${which} ${shapeText(p.shape)}`);
      }
      if (seen.has(p)) throw new ArgumentError(`${name}: ${which} ${shapeText(p.shape)} is given twice`);
      seen.add(p);
    });
    this.#refuseReplaced(params, before.length);
  }

  /** What `Module.to` put aside gets no gradients any more: to go on would train nothing, and say nothing. */
  #refuseReplaced(params: readonly Tensor[], first: number): void {
    params.forEach((p, i) => {
      const replaced = replacementOf(p);
      if (!replaced) return;
      const which = `parameter ${first + i} (${replaced.name}, ${p.dtype} ${shapeText(p.shape)} on ${p.device.name})`;
      throw new ArgumentError(
        `${this.constructor.name}: expected the module's present parameters, got ${which}, which .to("${replaced.target}") has replaced; make the optimiser after .to(…)`,
      );
    });
  }

  #parameters(): readonly Tensor[] {
    return this.paramGroups.flatMap((group) => group.params);
  }

  /**
   * Changes every parameter that has a gradient (torch.optim.Optimizer.step).
   * @param closure computes the loss anew, gradients included; its result is returned
   * @throws {ArgumentError} when `Module.to` replaced a parameter after the optimiser took it. When an update fails, the
   *   parameters before it have made their step and those after it have not, as in PyTorch.
   */
  step(): undefined;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    const result = closure && enableGrad(closure);
    if (result instanceof Promise) {
      throw new ArgumentError(
        `${this.constructor.name}.step: expected a synchronous closure, got a promise; await the loss first`,
      );
    }
    let first = 0;
    for (const { params } of this.paramGroups) {
      this.#refuseReplaced(params, first);
      first += params.length;
    }
    observed.by?.enterPhase("optimiser");
    try {
      noGrad(() => this.#updateAll());
      this.#steps++;
    } finally {
      observed.by?.leavePhase();
    }
    return result;
  }

  #updateAll(): void {
    try {
      for (const group of this.paramGroups) {
        for (const p of group.params) {
          if (!p.grad) continue;
          let state = this.state.get(p);
          if (!state) this.state.set(p, (state = {} as State));
          this.fused.settle(p);
          this.fused.settle(p.grad);
          this.update(p, p.grad, state, group);
        }
      }
    } finally {
      this.fused.finish();
    }
  }

  /** Drops the gradients of all parameters; `{ setToNone: false }` fills them with zeros (torch.optim.Optimizer.zero_grad). */
  zeroGrad(options: ZeroGradOptions = {}): void {
    expectOptions("zeroGrad", options, "{ setToNone: false }");
    zeroGrads(this.#parameters(), options);
  }

  /** Settings and state, parameters by position (torch.optim.Optimizer.state_dict). */
  stateDict(): OptimizerState {
    const order = this.#parameters();
    const position = new Map(order.map((p, i) => [p, i]));
    const state: Record<string, Record<string, Tensor | number>> = {};
    order.forEach((p, i) => {
      const own = this.state.get(p);
      if (own) state[i] = { ...own } as Record<string, Tensor | number>;
    });
    const paramGroups = this.paramGroups.map(({ params, ...settings }) => ({
      ...settings,
      params: params.map((p) => position.get(p) as number),
    }));
    return { state, paramGroups };
  }

  /**
   * Restores settings and state (torch.optim.Optimizer.load_state_dict); the next step is bit for bit what it would have
   * been. Averages go to their parameter's device and dtype.
   * @throws {StateDictError} when groups, counts, settings or shapes do not fit; nothing is changed then.
   */
  loadStateDict(dict: OptimizerState): void {
    const order = this.#parameters();
    const problems = misfits(dict, this.paramGroups, Object.keys(this.defaults), (settings) =>
      this.checkSettings(settings as Settings),
    );
    if (problems.length > 0) {
      throw new StateDictError(
        `loadStateDict: the state does not fit ${this.constructor.name}: ${problems.join("; ")}`,
      );
    }
    const { state, paramGroups } = dict;
    this.state.clear();
    order.forEach((p, i) => {
      const own = state[i];
      if (!own) return;
      const placed = Object.entries(own).map(([name, value]) => [
        name,
        value instanceof Tensor
          ? value.to({ device: p.device, dtype: isFloating(value.dtype) ? p.dtype : value.dtype }).snapshot()
          : value,
      ]);
      this.state.set(p, Object.fromEntries(placed) as State);
    });
    this.paramGroups.forEach((group, i) => {
      const { params: _, ...settings } = paramGroups[i];
      Object.assign(group, settings);
    });
  }

  /** The groups and their settings, as PyTorch prints them. */
  toString(): string {
    const groups = this.paramGroups.map(({ params, ...settings }, i) => {
      const lines = Object.entries({ params: params.length, ...settings })
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `    ${name}: ${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}\n`);
      return `Parameter Group ${i}\n${lines.join("")}`;
    });
    return `${this.constructor.name} (\n${groups.join("\n")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Refuses settings below 0, and those that are no numbers. */
export function requireAtLeast0(optimiser: string, settings: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!(typeof value === "number" && value >= 0))
      throw new ArgumentError(`${optimiser}: expected ${name} >= 0, got ${String(value)}`);
  }
}
