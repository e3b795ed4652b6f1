// Linear, and what layers with parameters share: options, checks, and PyTorch's initial values.
import { zeros } from "../create.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, expectOptions } from "../errors.js";
import { linear } from "../functional/linear.js";
import type { Tensor } from "../tensor.js";
import { fans } from "./fans.js";
import { kaimingUniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface LayerOptions {
  /** Whether there is a bias. Default true. */
  readonly bias?: boolean;
  readonly dtype?: DType;
  readonly device?: Device | string;
}

/** Refuses sizes below 1, naming them. */
export function positive(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`${layer}: expected ${name} as an integer >= 1, got ${value}`);
  }
}

/** Weight and bias as PyTorch's layers begin: uniform in ±1/√fanIn. */
export function begin(weight: Parameter, bias: Parameter | undefined): void {
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  const bound = 1 / Math.sqrt(fans(weight).fanIn);
  if (bias) uniform_(bias, -bound, bound);
}

/** x Wᵀ + b over the last dim (torch.nn.Linear). weight [outFeatures, inFeatures], bias [outFeatures]. */
export class Linear extends Module {
  weight: Parameter;
  bias: Parameter | undefined;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options?: LayerOptions,
  ) {
    super();
    const { bias = true, dtype = "float32", device } = expectOptions("Linear", options, "{ bias: false }");
    positive("Linear", { inFeatures, outFeatures });
    this.weight = new Parameter(zeros([outFeatures, inFeatures], { dtype, device }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype, device })) : undefined;
    begin(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== undefined}`;
  }
}
