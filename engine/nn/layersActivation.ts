// Activations as layers. Those without settings print nothing between their brackets, as PyTorch's do; none works in place.
import { full } from "../create.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import {
  type GeluOptions,
  type SoftplusOptions,
  celu,
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  mish,
  selu,
  silu,
  softplus,
} from "../functional/activation.js";
import { hardsigmoid, hardswish, hardtanh, relu6, softsign } from "../functional/hardActivation.js";
import { prelu } from "../functional/prelu.js";
import { softmin } from "../functional/softmax.js";
import { ArgumentError, expectOptions } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { positive } from "./layers.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** max(x, 0) (torch.nn.ReLU). */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** min(max(x, 0), 6) (torch.nn.ReLU6). */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

/** x, or `negativeSlope` x where x is negative (torch.nn.LeakyReLU). */
export class LeakyReLU extends Module {
  constructor(readonly negativeSlope = 0.01) {
    super();
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope);
  }

  override extraRepr(): string {
    return `negativeSlope=${this.negativeSlope}`;
  }
}

/** x, or alpha (e^x - 1) where x is negative (torch.nn.ELU). */
export class ELU extends Module {
  constructor(readonly alpha = 1) {
    super();
  }

  forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${this.alpha}`;
  }
}

/** x, or alpha (e^(x/alpha) - 1) where x is negative (torch.nn.CELU). */
export class CELU extends Module {
  constructor(readonly alpha = 1) {
    super();
  }

  forward(x: Tensor): Tensor {
    return celu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${this.alpha}`;
  }
}

/** The ELU that keeps mean and variance (torch.nn.SELU). */
export class SELU extends Module {
  forward(x: Tensor): Tensor {
    return selu(x);
  }
}

/** x Φ(x), Φ the normal distribution's (torch.nn.GELU). */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor(options?: GeluOptions) {
    super();
    const { approximate = "none" } = expectOptions("GELU", options, '{ approximate: "tanh" }');
    this.approximate = approximate;
  }

  forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** x σ(x), also called swish (torch.nn.SiLU). */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** x tanh(softplus(x)) (torch.nn.Mish). */
export class Mish extends Module {
  forward(x: Tensor): Tensor {
    return mish(x);
  }
}

/** Hyperbolic tangent (torch.nn.Tanh). */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** 1 / (1 + e^-x) (torch.nn.Sigmoid). */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** log(σ(x)) (torch.nn.LogSigmoid). */
export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

/** log(1 + e^(beta x)) / beta, and x itself where beta x is above the threshold (torch.nn.Softplus). */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(options?: SoftplusOptions) {
    super();
    const { beta = 1, threshold = 20 } = expectOptions("Softplus", options, "{ beta: 2 }");
    this.beta = beta;
    this.threshold = threshold;
  }

  forward(x: Tensor): Tensor {
    return softplus(x, { beta: this.beta, threshold: this.threshold });
  }

  override extraRepr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}

/** x / (1 + |x|) (torch.nn.Softsign). */
export class Softsign extends Module {
  forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x between two bounds (torch.nn.Hardtanh). */
export class Hardtanh extends Module {
  constructor(
    readonly minVal = -1,
    readonly maxVal = 1,
  ) {
    super();
    if (!(maxVal > minVal)) {
      throw new ArgumentError(`Hardtanh: expected minVal < maxVal, got ${minVal} and ${maxVal}`);
    }
  }

  forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal);
  }

  override extraRepr(): string {
    return `minVal=${this.minVal}, maxVal=${this.maxVal}`;
  }
}

/** x relu6(x + 3) / 6 (torch.nn.Hardswish). */
export class Hardswish extends Module {
  forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** relu6(x + 3) / 6 (torch.nn.Hardsigmoid). */
export class Hardsigmoid extends Module {
  forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}

export interface PReLUOptions {
  /** The slopes at first. Default 0.25. */
  readonly init?: number;
  readonly dtype?: DType;
  readonly device?: Device | string;
}

/** A leaky ReLU with a learnt slope, or one per channel (torch.nn.PReLU). weight [numParameters]. */
export class PReLU extends Module {
  weight: Parameter;

  constructor(
    readonly numParameters = 1,
    options?: PReLUOptions,
  ) {
    super();
    const { init = 0.25, dtype = "float32", device } = expectOptions("PReLU", options, "{ init: 0.1 }");
    positive("PReLU", { numParameters });
    this.weight = new Parameter(full([numParameters], init, { dtype, device }));
  }

  forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  override extraRepr(): string {
    return `numParameters=${this.numParameters}`;
  }
}

/** A layer along a dim; unlike in PyTorch the dim must be given. */
abstract class Along extends Module {
  constructor(readonly dim: number) {
    super();
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(`${this.constructor.name}: expected a dim, got ${String(dim)}`);
    }
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** e^x divided by its sum along `dim` (torch.nn.Softmax). */
export class Softmax extends Along {
  forward(x: Tensor): Tensor {
    return x.softmax(this.dim);
  }
}

/** log(softmax(x)) along `dim` (torch.nn.LogSoftmax). */
export class LogSoftmax extends Along {
  forward(x: Tensor): Tensor {
    return x.logSoftmax(this.dim);
  }
}

/** Softmax of -x along `dim` (torch.nn.Softmin). */
export class Softmin extends Along {
  forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
}
