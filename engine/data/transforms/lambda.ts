// A function in the clothes of a transform.
import type { Tensor } from "../../tensor.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import type { Transform } from "./transform.js";

/** A user's own function as a transform. In `Compose` the bare function does as well. PyTorch: `transforms.Lambda`. */
export class Lambda implements Transform {
  constructor(readonly lambd: (image: Tensor) => Tensor) {}

  forward(image: Tensor): Tensor {
    return this.lambd(image);
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ lambd: this.lambd });
  }
}
