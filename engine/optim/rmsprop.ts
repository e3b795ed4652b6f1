// RMSprop (torch.optim.RMSprop): steps divided by the root of a running average of the squared gradient.
import { expectOptions } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Optimizer, type ParameterGroup, type ParametersOrGroups, requireAtLeast0 } from "./optimizer.js";

export interface RMSpropOptions {
  /** Learning rate. Default 0.01. */
  readonly lr?: number;
  /** Decay of the averages. Default 0.99. */
  readonly alpha?: number;
  /** Added to the root. Default 1e-8. */
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  /** Divide by the root of the variance instead of the second moment. */
  readonly centered?: boolean;
  /** Go up the gradient. */
  readonly maximize?: boolean;
}

type Settings = Required<RMSpropOptions>;

interface State {
  step?: number;
  squareAvg?: Tensor;
  gradAvg?: Tensor;
  momentumBuffer?: Tensor;
}

/** v ← α v + (1 - α) g²; p ← p - lr g / (√v + ε) (Hinton's lecture, 2012; torch.optim.RMSprop). */
export class RMSprop extends Optimizer<Settings, State> {
  constructor(parameters: ParametersOrGroups<Settings>, options: RMSpropOptions = {}) {
    expectOptions("RMSprop", options, "{ lr: 0.1 }");
    const { lr = 0.01, alpha = 0.99, eps = 1e-8, weightDecay = 0, momentum = 0 } = options;
    const { centered = false, maximize = false } = options;
    super(parameters, { lr, alpha, eps, weightDecay, momentum, centered, maximize });
  }

  protected override checkSettings({ lr, alpha, eps, weightDecay, momentum }: Settings): void {
    requireAtLeast0("RMSprop", { lr, alpha, eps, weightDecay, momentum });
  }

  protected override update(p: Tensor, grad: Tensor, state: State, group: ParameterGroup<Settings>): void {
    const { lr, alpha, eps, weightDecay, momentum, centered, maximize } = group;
    // Half precisions are computed in float32 and rounded once: their own ε would be 0.
    const wide = p.dtype === "float64" ? "float64" : "float32";
    let g = (maximize ? grad.neg() : grad).to(wide);
    if (weightDecay !== 0) g = g.add(p.to(wide).mul(weightDecay));
    const average = (before: Tensor | undefined, now: Tensor): Tensor => {
      const part = now.mul(1 - alpha);
      return before ? before.to(wide).mul(alpha).add(part) : part;
    };
    const squareAvg = average(state.squareAvg, g.square());
    let variance = squareAvg;
    if (centered) {
      const gradAvg = average(state.gradAvg, g);
      variance = squareAvg.sub(gradAvg.square());
      state.gradAvg = kept(state.gradAvg, gradAvg, p);
    }
    let direction = g.div(variance.sqrt().add(eps));
    if (momentum > 0) {
      if (state.momentumBuffer) direction = state.momentumBuffer.to(wide).mul(momentum).add(direction);
      state.momentumBuffer = kept(state.momentumBuffer, direction, p);
    }
    const step = direction.mul(this.fused.number("lr", lr, g));
    p.overwrite(p.to(wide).sub(step).to(p.dtype));
    state.squareAvg = kept(state.squareAvg, squareAvg, p);
    state.step = (state.step ?? 0) + 1;
  }
}

/** A state's tensor with new contents: whoever holds it sees them, as PyTorch's in-place update shows them. */
function kept(before: Tensor | undefined, now: Tensor, { dtype }: Tensor): Tensor {
  const stored = now.to(dtype);
  if (!before) return stored;
  before.overwrite(stored);
  return before;
}
