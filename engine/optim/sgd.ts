// Stochastic gradient descent (torch.optim.SGD).
import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Optimizer, type ParameterGroup, type ParametersOrGroups } from "./optimizer.js";

export interface SGDOptions {
  /** Learning rate. */
  readonly lr: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
}

type Settings = Required<SGDOptions>;

/** v ← momentum v + (1 - dampening) (g + weightDecay p); p ← p - lr v (Sutskever et al., 2013, as PyTorch writes it). */
export class SGD extends Optimizer<Settings, { momentumBuffer?: Tensor }> {
  constructor(parameters: ParametersOrGroups<Settings>, options: SGDOptions) {
    const { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options ?? {};
    for (const [name, value] of Object.entries({ lr, momentum, weightDecay })) {
      if (!(value >= 0)) throw new ArgumentError(`SGD: expected ${name} >= 0, got ${value}`);
    }
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ArgumentError("SGD: nesterov needs a momentum and no dampening");
    }
    super(parameters, { lr, momentum, dampening, weightDecay, nesterov });
  }

  protected override update(
    p: Tensor,
    grad: Tensor,
    state: { momentumBuffer?: Tensor },
    group: ParameterGroup<Settings>,
  ): void {
    const { lr, momentum, dampening, weightDecay, nesterov } = group;
    let g = weightDecay === 0 ? grad : grad.add(p.mul(weightDecay));
    if (momentum !== 0) {
      const before = state.momentumBuffer;
      const v = before ? before.mul(momentum).add(dampening === 0 ? g : g.mul(1 - dampening)) : g.snapshot();
      if (before) before.overwrite(v);
      else state.momentumBuffer = v;
      g = nesterov ? g.add(v.mul(momentum)) : v;
    }
    p.overwrite(p.sub(g.mul(lr)));
  }
}
