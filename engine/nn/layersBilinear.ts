// The bilinear layer.
import { expectOptions } from "../errors.js";
import { zeros } from "../create.js";
import { bilinear } from "../functional/bilinear.js";
import type { Tensor } from "../tensor.js";
import { uniform_ } from "./init.js";
import { type LayerOptions, positive } from "./layers.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** x1ᵀ W x2 + b for every output (torch.nn.Bilinear). weight [outFeatures, in1Features, in2Features], bias [outFeatures]. */
export class Bilinear extends Module {
  weight: Parameter;
  bias: Parameter | undefined;

  constructor(
    readonly in1Features: number,
    readonly in2Features: number,
    readonly outFeatures: number,
    options?: LayerOptions,
  ) {
    super();
    const { bias = true, dtype = "float32", device } = expectOptions("Bilinear", options, "{ bias: false }");
    positive("Bilinear", { in1Features, in2Features, outFeatures });
    this.weight = new Parameter(zeros([outFeatures, in1Features, in2Features], { dtype, device }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype, device })) : undefined;
    this.resetParameters();
  }

  /** Uniform in ±1/√in1Features (torch.nn.Bilinear.reset_parameters). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in1Features=${this.in1Features}, in2Features=${this.in2Features}, outFeatures=${this.outFeatures}, bias=${this.bias !== undefined}`;
  }
}
