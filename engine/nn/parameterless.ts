// Layers without parameters.
import { dropout, dropout2d } from "../functional/dropout.js";
import { type Pool2dOptions, maxPool2d } from "../functional/pool.js";
import type { Pair } from "../functional/spatial.js";
import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** max(x, 0) (torch.nn.ReLU). */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** torch.nn.Tanh. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** torch.nn.Sigmoid. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** log(softmax(x)) along `dim` (torch.nn.LogSoftmax). */
export class LogSoftmax extends Module {
  constructor(readonly dim: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return x.logSoftmax(this.dim);
  }
}

/** Dims from `startDim` on as one (torch.nn.Flatten). */
export class Flatten extends Module {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return x.flatten(this.startDim, this.endDim);
  }
}

/** torch.nn.MaxPool2d. */
export class MaxPool2d extends Module {
  constructor(
    readonly kernelSize: Pair,
    readonly options: Pool2dOptions = {},
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

function chance(layer: string, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${layer}: expected p in [0, 1], got ${p}`);
  return p;
}

/** Zeroes elements while training (torch.nn.Dropout). */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    this.p = chance("Dropout", p);
  }

  forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training });
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }
}

/** Zeroes channels while training (torch.nn.Dropout2d). */
export class Dropout2d extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    this.p = chance("Dropout2d", p);
  }

  forward(x: Tensor): Tensor {
    return dropout2d(x, { p: this.p, training: this.training });
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }
}
