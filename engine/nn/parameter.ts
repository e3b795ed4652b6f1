// A tensor that a module trains.
import { ArgumentError, expectOptions } from "../errors.js";
import { Tensor } from "../tensor.js";

/** A leaf that requires grad and that `Module.parameters` finds (torch.nn.Parameter). */
export class Parameter extends Tensor {
  /** Tells the type from Tensor's, so that the compiler refuses a plain tensor in a parameter's place. */
  declare protected readonly parameter: true;

  /** @param data its contents are shared, its history is not. */
  constructor(data: Tensor, options?: { readonly requiresGrad?: boolean }) {
    const { requiresGrad = true } = expectOptions("Parameter", options, "{ requiresGrad: false }");
    if (!(data instanceof Tensor)) throw new ArgumentError(`Parameter: expected a Tensor, got ${typeof data}`);
    super(data.storage, data.shape, data.dtype, data.device);
    this.requiresGrad = requiresGrad;
  }
}

/** What `Module.to` put in a parameter's place. */
export interface Replacement {
  /** Its path in the module: "conv1.weight". */
  readonly name: string;
  /** Where to: "cuda", "float64". */
  readonly target: string;
}

const replaced = new WeakMap<Tensor, Replacement>();

/** Remembers that a module no longer has this parameter, so that an optimiser that still does can say so. */
export function markReplaced(parameter: Parameter, by: Replacement): void {
  replaced.set(parameter, by);
}

/** How a parameter was put aside by `Module.to`; undefined for one that was not. */
export const replacementOf = (parameter: Tensor): Replacement | undefined => replaced.get(parameter);
