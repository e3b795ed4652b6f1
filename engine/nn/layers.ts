// Layers with parameters, initialised as PyTorch's.
import { zeros } from "../create.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError } from "../errors.js";
import { conv2d } from "../functional/conv.js";
import { type Pair, pair } from "../functional/spatial.js";
import { linear } from "../functional/linear.js";
import type { Tensor } from "../tensor.js";
import { fans, kaimingUniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface LayerOptions {
  /** Whether there is a bias. Default true. */
  readonly bias?: boolean;
  readonly dtype?: DType;
  readonly device?: Device | string;
}

function positive(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`${layer}: expected ${name} as an integer >= 1, got ${value}`);
  }
}

/** Weight and bias as PyTorch's layers begin: uniform in ±1/√fanIn. */
function begin(weight: Parameter, bias: Parameter | undefined): void {
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
    { bias = true, dtype = "float32", device }: LayerOptions = {},
  ) {
    super();
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

export interface Conv2dLayerOptions extends LayerOptions {
  readonly stride?: Pair;
  readonly padding?: Pair | "same" | "valid";
  readonly dilation?: Pair;
}

/** 2-d convolution (torch.nn.Conv2d). weight [outChannels, inChannels, kernel height, kernel width], bias [outChannels]. */
export class Conv2d extends Module {
  weight: Parameter;
  bias: Parameter | undefined;
  readonly kernelSize: readonly [number, number];
  readonly stride: Pair;
  readonly padding: Pair | "same" | "valid";
  readonly dilation: Pair;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Pair,
    { stride = 1, padding = 0, dilation = 1, bias = true, dtype = "float32", device }: Conv2dLayerOptions = {},
  ) {
    super();
    positive("Conv2d", { inChannels, outChannels });
    this.kernelSize = pair("Conv2d", "kernelSize", kernelSize, 1);
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.weight = new Parameter(zeros([outChannels, inChannels, ...this.kernelSize], { dtype, device }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype, device })) : undefined;
    begin(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this);
  }

  override extraRepr(): string {
    const text = (value: Pair | string) => (typeof value === "object" ? `[${value.join(", ")}]` : String(value));
    const more = [
      `kernelSize=${text(this.kernelSize)}`,
      `stride=${text(this.stride)}`,
      ...(this.padding === 0 ? [] : [`padding=${text(this.padding)}`]),
      ...(this.dilation === 1 ? [] : [`dilation=${text(this.dilation)}`]),
      ...(this.bias ? [] : ["bias=false"]),
    ];
    return `${this.inChannels}, ${this.outChannels}, ${more.join(", ")}`;
  }
}
