// Convolution layers. Weights lie as PyTorch's: [out, in / groups, …kernel], and [in, out / groups, …kernel] transposed.
import { zeros } from "../create.js";
import { ArgumentError, expectOptions } from "../errors.js";
import { conv1d, conv2d } from "../functional/conv.js";
import { convTranspose1d, convTranspose2d } from "../functional/convTranspose.js";
import { type Pair, type Single, pair, single } from "../functional/spatial.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type LayerOptions, begin, positive } from "./layers.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

interface ConvLayerOptions<Size> extends LayerOptions {
  readonly stride?: Size;
  /** Steps between the kernel's elements. Default 1. */
  readonly dilation?: Size;
  /** Input and output channels in so many separate parts. Default 1. */
  readonly groups?: number;
}

interface Padded<Size> {
  /** Zeros on each side, "same" (only with stride 1) or "valid". Default 0. */
  readonly padding?: Size | "same" | "valid";
}

interface Transposed<Size> {
  /** Rows and columns cut off on each side of the result. Default 0. */
  readonly padding?: Size;
  /** Rows and columns more at the end. Default 0. */
  readonly outputPadding?: Size;
}

export interface Conv1dLayerOptions extends ConvLayerOptions<Single>, Padded<Single> {}
export interface Conv2dLayerOptions extends ConvLayerOptions<Pair>, Padded<Pair> {}
export interface ConvTranspose1dLayerOptions extends ConvLayerOptions<Single>, Transposed<Single> {}
export interface ConvTranspose2dLayerOptions extends ConvLayerOptions<Pair>, Transposed<Pair> {}

const text = (value: Pair | Single | string): string =>
  typeof value === "object" ? `[${value.join(", ")}]` : String(value);

interface ConvSettings<Size> {
  readonly stride: Size | 1;
  readonly padding: Size | 0 | "same" | "valid";
  readonly dilation: Size | 1;
  readonly groups: number;
}

/** What the convolutions have in common: two parameters, and options that are read at every call. */
abstract class ConvLayer<Size extends Pair | Single> extends Module {
  weight: Parameter;
  bias: Parameter | undefined;
  readonly stride: Size | 1;
  readonly padding: Size | 0 | "same" | "valid";
  readonly dilation: Size | 1;
  readonly groups: number;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    readonly kernelSize: Shape,
    options: ConvLayerOptions<Size> & Padded<Size>,
    weightShape: (groups: number) => Shape,
  ) {
    super();
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype = "float32", device } = options;
    const name = this.constructor.name;
    positive(name, { inChannels, outChannels, groups });
    for (const [what, channels] of Object.entries({ inChannels, outChannels })) {
      if (channels % groups !== 0)
        throw new ArgumentError(`${name}: expected ${what} to be divisible by ${groups} groups, got ${channels}`);
    }
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.groups = groups;
    this.weight = new Parameter(zeros(weightShape(groups), { dtype, device }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype, device })) : undefined;
    begin(this.weight, this.bias);
  }

  /** For the function: what a call takes is a plain object. */
  protected get settings(): ConvSettings<Size> {
    const { stride, padding, dilation, groups } = this;
    return { stride, padding, dilation, groups };
  }

  override extraRepr(): string {
    const more = [
      `kernelSize=${text(this.kernelSize as unknown as Pair)}`,
      `stride=${text(this.stride)}`,
      ...(this.padding === 0 ? [] : [`padding=${text(this.padding)}`]),
      ...(this.dilation === 1 ? [] : [`dilation=${text(this.dilation)}`]),
      ...this.moreRepr(),
      ...(this.groups === 1 ? [] : [`groups=${this.groups}`]),
      ...(this.bias ? [] : ["bias=false"]),
    ];
    return `${this.inChannels}, ${this.outChannels}, ${more.join(", ")}`;
  }

  protected moreRepr(): readonly string[] {
    return [];
  }
}

/** 1-d convolution (torch.nn.Conv1d). weight [outChannels, inChannels / groups, kernel length], bias [outChannels]. */
export class Conv1d extends ConvLayer<Single> {
  constructor(inChannels: number, outChannels: number, kernelSize: Single, options: Conv1dLayerOptions = {}) {
    expectOptions("Conv1d", options, "{ stride: 2 }");
    const kernel = [single("Conv1d", "kernelSize", kernelSize, 1)];
    super(inChannels, outChannels, kernel, options, (groups) => [outChannels, inChannels / groups, ...kernel]);
  }

  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.settings);
  }
}

/** 2-d convolution (torch.nn.Conv2d). weight [outChannels, inChannels / groups, kernel height, kernel width], bias [outChannels]. */
export class Conv2d extends ConvLayer<Pair> {
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dLayerOptions = {}) {
    expectOptions("Conv2d", options, "{ stride: 2 }");
    const kernel = pair("Conv2d", "kernelSize", kernelSize, 1);
    super(inChannels, outChannels, kernel, options, (groups) => [outChannels, inChannels / groups, ...kernel]);
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.settings);
  }
}

/** Transposed 1-d convolution (torch.nn.ConvTranspose1d). weight [inChannels, outChannels / groups, kernel length], bias [outChannels]. */
export class ConvTranspose1d extends ConvLayer<Single> {
  declare readonly padding: Single;
  readonly outputPadding: Single;

  constructor(inChannels: number, outChannels: number, kernelSize: Single, options: ConvTranspose1dLayerOptions = {}) {
    expectOptions("ConvTranspose1d", options, "{ stride: 2 }");
    const kernel = [single("ConvTranspose1d", "kernelSize", kernelSize, 1)];
    super(inChannels, outChannels, kernel, options, (groups) => [inChannels, outChannels / groups, ...kernel]);
    this.outputPadding = options.outputPadding ?? 0;
  }

  forward(x: Tensor): Tensor {
    const { padding, outputPadding } = this;
    return convTranspose1d(x, this.weight, this.bias, { ...this.settings, padding, outputPadding });
  }

  protected override moreRepr(): readonly string[] {
    return this.outputPadding === 0 ? [] : [`outputPadding=${text(this.outputPadding)}`];
  }
}

/** Transposed 2-d convolution (torch.nn.ConvTranspose2d). weight [inChannels, outChannels / groups, kernel height, kernel width], bias [outChannels]. */
export class ConvTranspose2d extends ConvLayer<Pair> {
  declare readonly padding: Pair;
  readonly outputPadding: Pair;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: ConvTranspose2dLayerOptions = {}) {
    expectOptions("ConvTranspose2d", options, "{ stride: 2 }");
    const kernel = pair("ConvTranspose2d", "kernelSize", kernelSize, 1);
    super(inChannels, outChannels, kernel, options, (groups) => [inChannels, outChannels / groups, ...kernel]);
    this.outputPadding = options.outputPadding ?? 0;
  }

  forward(x: Tensor): Tensor {
    const { padding, outputPadding } = this;
    return convTranspose2d(x, this.weight, this.bias, { ...this.settings, padding, outputPadding });
  }

  protected override moreRepr(): readonly string[] {
    return this.outputPadding === 0 ? [] : [`outputPadding=${text(this.outputPadding)}`];
  }
}
