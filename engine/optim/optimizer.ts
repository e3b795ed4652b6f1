// torch.optim.Optimizer: groups of parameters with their settings, state per parameter, state dicts.
import { ArgumentError, StateDictError, shapeText } from "../errors.js";
import { isFloating } from "../dtype.js";
import { sameShape } from "../shape.js";
import { noGrad, observed } from "../state.js";
import { Tensor } from "../tensor.js";

export type ParameterGroup<Settings> = Settings & { params: Tensor[] };

/** Parameters, or groups of them with settings of their own. */
export type ParametersOrGroups<Settings> =
  Iterable<Tensor> | readonly (Partial<Settings> & { readonly params: Iterable<Tensor> })[];

/** Plain data and tensors: goes into a checkpoint as it is. */
export interface OptimizerState {
  /** Per parameter, by its position over all groups. */
  readonly state: Readonly<Record<string, Readonly<Record<string, Tensor | number>>>>;
  readonly paramGroups: readonly (Readonly<Record<string, unknown>> & { readonly params: readonly number[] })[];
}

export abstract class Optimizer<Settings extends object, State extends object> {
  /** Change a setting here to change it for the next step: `optimiser.paramGroups[0].lr = 0.001`. */
  readonly paramGroups: ParameterGroup<Settings>[];
  protected readonly state = new Map<Tensor, State>();

  constructor(parameters: ParametersOrGroups<Settings>, defaults: Settings) {
    const given = [...parameters];
    const groups =
      given.length > 0 && !(given[0] instanceof Tensor)
        ? (given as (Partial<Settings> & { params: Iterable<Tensor> })[])
        : [{ params: given as Tensor[] }];
    this.paramGroups = groups.map((group) => ({ ...defaults, ...group, params: [...group.params] }));
    const all = this.#parameters();
    const name = new.target.name;
    if (all.length === 0) throw new ArgumentError(`${name}: expected at least one parameter, got none`);
    all.forEach((p, i) => {
      if (!(p instanceof Tensor))
        throw new ArgumentError(`${name}: expected tensors, got ${typeof p} as parameter ${i}`);
      if (!p.isLeaf)
        throw new ArgumentError(
          `${name}: expected leaves, parameter ${i} ${shapeText(p.shape)} is a result of ${p.gradFn?.name}`,
        );
      if (all.indexOf(p) !== i) throw new ArgumentError(`${name}: parameter ${i} ${shapeText(p.shape)} is given twice`);
    });
  }

  #parameters(): readonly Tensor[] {
    return this.paramGroups.flatMap((group) => group.params);
  }

  /** One parameter's change for its gradient. Runs without recording. */
  protected abstract update(p: Tensor, grad: Tensor, state: State, group: ParameterGroup<Settings>): void;

  /** Changes every parameter that has a gradient (torch.optim.Optimizer.step). */
  step(): void {
    observed.by?.enterPhase("optimiser");
    try {
      noGrad(() => {
        for (const group of this.paramGroups) {
          for (const p of group.params) {
            if (!p.grad) continue;
            let state = this.state.get(p);
            if (!state) this.state.set(p, (state = {} as State));
            this.update(p, p.grad, state, group);
          }
        }
      });
    } finally {
      observed.by?.leavePhase();
    }
  }

  /** Drops the gradients of all parameters; `{ setToNone: false }` fills them with zeros (torch.optim.Optimizer.zero_grad). */
  zeroGrad({ setToNone = true }: { readonly setToNone?: boolean } = {}): void {
    for (const p of this.#parameters()) {
      if (setToNone) p.grad = undefined;
      else if (p.grad) {
        const { grad } = p;
        noGrad(() => grad.detach().zero_());
      }
    }
  }

  /** Settings and state, parameters by position (torch.optim.Optimizer.state_dict). */
  stateDict(): OptimizerState {
    const order = this.#parameters();
    const state: Record<string, Record<string, Tensor | number>> = {};
    order.forEach((p, i) => {
      const own = this.state.get(p);
      if (own) state[i] = { ...own } as Record<string, Tensor | number>;
    });
    const paramGroups = this.paramGroups.map(({ params, ...settings }) => ({
      ...settings,
      params: params.map((p) => order.indexOf(p)),
    }));
    return { state, paramGroups };
  }

  /**
   * Restores settings and state (torch.optim.Optimizer.load_state_dict).
   * @throws StateDictError when groups, counts or shapes differ; nothing is changed then.
   */
  loadStateDict(dict: OptimizerState): void {
    const order = this.#parameters();
    const problems = this.#misfits(dict, order);
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

  /** Everything in a state that is not for these parameters. */
  #misfits(dict: OptimizerState, order: readonly Tensor[]): readonly string[] {
    const { state, paramGroups } = (dict ?? {}) as Partial<OptimizerState>;
    if (typeof state !== "object" || !Array.isArray(paramGroups)) return ["expected { state, paramGroups }"];
    const sizes = (groups: readonly { readonly params?: readonly unknown[] }[]) =>
      groups.map((group) => group.params?.length ?? "no").join(", ");
    if (sizes(paramGroups) !== sizes(this.paramGroups)) {
      return [`expected groups of ${sizes(this.paramGroups)} parameters, got ${sizes(paramGroups)}`];
    }
    const problems: string[] = [];
    this.paramGroups.forEach((group, i) => {
      const missing = Object.keys(group).filter((name) => !(name in paramGroups[i]));
      if (missing.length > 0) problems.push(`group ${i} has no ${missing.join(", ")}`);
    });
    for (const [i, values] of Object.entries(state)) {
      const p = order[Number(i)];
      if (!p) problems.push(`a state for parameter ${i} of ${order.length}`);
      for (const [name, value] of Object.entries(values)) {
        if (p && value instanceof Tensor && !sameShape(value.shape, p.shape)) {
          problems.push(
            `${name} of parameter ${i}: expected shape ${shapeText(p.shape)}, got ${shapeText(value.shape)}`,
          );
        }
      }
    }
    return problems;
  }
}
