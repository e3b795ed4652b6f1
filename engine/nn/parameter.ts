// A tensor that a module trains.
import { ArgumentError } from "../errors.js";
import { Tensor } from "../tensor.js";

/** A leaf that requires grad and that `Module.parameters` finds (torch.nn.Parameter). */
export class Parameter extends Tensor {
  /** @param data its contents are shared, its history is not. */
  constructor(data: Tensor, { requiresGrad = true }: { readonly requiresGrad?: boolean } = {}) {
    if (!(data instanceof Tensor)) throw new ArgumentError(`Parameter: expected a Tensor, got ${typeof data}`);
    super(data.storage, data.shape, data.dtype, data.device);
    this.requiresGrad = requiresGrad;
  }
}
