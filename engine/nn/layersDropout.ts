// Dropout as layers: they drop in training mode and pass their input in evaluation. None works in place.
import { ArgumentError } from "../errors.js";
import {
  type Dropout as DropoutFunction,
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
} from "../functional/dropout.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

abstract class DropoutLayer extends Module {
  protected abstract readonly function: DropoutFunction;

  /** @param p chance of an element or channel to be dropped, in [0, 1] */
  constructor(readonly p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${this.constructor.name}: expected p in [0, 1], got ${p}`);
  }

  forward(x: Tensor): Tensor {
    return this.function(x, { p: this.p, training: this.training });
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }
}

/** Zeroes elements while training (torch.nn.Dropout). */
export class Dropout extends DropoutLayer {
  protected get function(): DropoutFunction {
    return dropout;
  }
}

/** Zeroes channels of [N, C, L] or [C, L] while training (torch.nn.Dropout1d). */
export class Dropout1d extends DropoutLayer {
  protected get function(): DropoutFunction {
    return dropout1d;
  }
}

/** Zeroes channels of [N, C, H, W] while training (torch.nn.Dropout2d). */
export class Dropout2d extends DropoutLayer {
  protected get function(): DropoutFunction {
    return dropout2d;
  }
}

/** Zeroes channels of [N, C, D, H, W] or [C, D, H, W] while training (torch.nn.Dropout3d). */
export class Dropout3d extends DropoutLayer {
  protected get function(): DropoutFunction {
    return dropout3d;
  }
}

/** Sets elements to SELU's saturation while training, and keeps mean and variance (torch.nn.AlphaDropout). */
export class AlphaDropout extends DropoutLayer {
  protected get function(): DropoutFunction {
    return alphaDropout;
  }
}
