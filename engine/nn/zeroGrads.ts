// What Module.zeroGrad and Optimizer.zeroGrad do.
import { noGrad } from "../state.js";
import type { Tensor } from "../tensor.js";

export interface ZeroGradOptions {
  /** False: fill the gradients with zeros in place, so that whoever holds one sees it. Default true: drop them. */
  readonly setToNone?: boolean;
}

/** Drops the gradients, or zeroes them in place. */
export function zeroGrads(tensors: Iterable<Tensor>, { setToNone = true }: ZeroGradOptions): void {
  for (const x of tensors) {
    if (setToNone) x.grad = undefined;
    else if (x.grad) {
      // A gradient of createGraph has a history that its zeros have not; the memory stays the same.
      if (x.grad.requiresGrad) x.grad = x.grad.detach();
      const { grad } = x;
      noGrad(() => grad.zero_());
    }
  }
}
