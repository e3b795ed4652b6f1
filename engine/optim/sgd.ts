// Stochastic gradient descent (torch.optim.SGD).
import { scalar } from "../backend/constants.js";
import { boolAttr, kernel, perDType, typeAttr } from "../backend/native.js";
import { ArgumentError, expectOptions } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { isFusable } from "./fusedUpdate.js";
import { Optimizer, type ParameterGroup, type ParametersOrGroups, requireAtLeast0 } from "./optimizer.js";

export interface SGDOptions {
  /** Learning rate. Default 0.001. */
  readonly lr?: number;
  readonly momentum?: number;
  /** Part of the gradient that does not enter the momentum. */
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
  /** Go up the gradient. */
  readonly maximize?: boolean;
}

type Settings = Required<SGDOptions>;

interface State {
  momentumBuffer?: Tensor;
}

/** (variable, lr, gradient) */
const descend = perDType((dtype) => kernel("ResourceApplyGradientDescent", [typeAttr("T", dtype)], 3, { outputs: 0 }));
/** (variable, accumulator, lr, gradient, momentum) */
const [withMomentum, withNesterov] = [false, true].map((nesterov) =>
  perDType((dtype) =>
    kernel("ResourceApplyMomentum", [typeAttr("T", dtype), boolAttr("use_nesterov", nesterov)], 5, { outputs: 0 }),
  ),
);

/**
 * v ← momentum v + (1 - dampening) (g + weightDecay p); p ← p - lr v (Sutskever et al., 2013, as PyTorch writes it:
 * torch.optim.SGD). The first v is the gradient itself.
 */
export class SGD extends Optimizer<Settings, State> {
  constructor(parameters: ParametersOrGroups<Settings>, options: SGDOptions = {}) {
    expectOptions("SGD", options, "{ lr: 0.1 }");
    const { lr = 1e-3, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false, maximize = false } = options;
    super(parameters, { lr, momentum, dampening, weightDecay, nesterov, maximize });
  }

  protected override checkSettings({ lr, momentum, dampening, weightDecay, nesterov }: Settings): void {
    requireAtLeast0("SGD", { lr, momentum, weightDecay });
    if (typeof dampening !== "number")
      throw new ArgumentError(`SGD: expected dampening as a number, got ${typeof dampening}`);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ArgumentError("SGD: nesterov needs a momentum and no dampening");
    }
  }

  protected override update(p: Tensor, grad: Tensor, state: State, group: ParameterGroup<Settings>): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    let g = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) g = g.add(p.mul(weightDecay));
    if (!isFusable(p) || (momentum !== 0 && dampening !== 0)) {
      this.#updateByOperations(p, g, state, group);
      return;
    }
    const rate = this.fused.number("lr", lr, p).storage;
    if (momentum === 0) {
      this.fused.run(descend(p.dtype), [p], [rate, g.strided()]);
      return;
    }
    const buffer = (state.momentumBuffer ??= p.zerosLike());
    const factor = scalar(p.device, p.dtype, momentum);
    const step = nesterov ? withNesterov : withMomentum;
    this.fused.run(step(p.dtype), [p, buffer], [rate, g.strided(), factor]);
  }

  #updateByOperations(
    p: Tensor,
    g: Tensor,
    state: State,
    { lr, momentum, dampening, nesterov }: ParameterGroup<Settings>,
  ): void {
    let direction = g;
    if (momentum !== 0) {
      const before = state.momentumBuffer;
      const v = before ? before.mul(momentum).add(dampening === 0 ? g : g.mul(1 - dampening)) : g.snapshot();
      if (before) before.overwrite(v);
      else state.momentumBuffer = v;
      direction = nesterov ? g.add(v.mul(momentum)) : v;
    }
    p.overwrite(p.sub(direction.mul(this.fused.number("lr", lr, p))));
  }
}
