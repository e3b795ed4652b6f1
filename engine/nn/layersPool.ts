// Pooling layers.
import { type OutputSize, adaptiveAvgPool2d, adaptiveMaxPool2d } from "../functional/adaptivePool.js";
import { type AvgPool1dOptions, type AvgPool2dOptions, avgPool1d, avgPool2d } from "../functional/avgPool.js";
import { type MaxPool1dOptions, type MaxPool2dOptions, maxPool1d, maxPool2d } from "../functional/maxPool.js";
import type { Pair, Single } from "../functional/spatial.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** The options that were given, as `name=value`. */
function given(options: object): readonly string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${sizeText(value as number)}`);
}

const sizeText = (size: OutputSize | Single): string =>
  typeof size === "object" ? `[${size.join(", ")}]` : String(size);

/** A window that goes over the last dims: its size, and options that are read at every call. */
abstract class PoolLayer<Size extends Pair | Single, Options extends object> extends Module {
  readonly options: Options;

  constructor(
    readonly kernelSize: Size,
    options?: Options,
  ) {
    super();
    this.options = options ?? ({} as Options);
  }

  override extraRepr(): string {
    return [`kernelSize=${sizeText(this.kernelSize)}`, ...given(this.options)].join(", ");
  }
}

/** torch.nn.MaxPool1d. */
export class MaxPool1d extends PoolLayer<Single, MaxPool1dOptions> {
  forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernelSize, this.options);
  }
}

/** torch.nn.MaxPool2d. */
export class MaxPool2d extends PoolLayer<Pair, MaxPool2dOptions> {
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/** torch.nn.AvgPool1d. */
export class AvgPool1d extends PoolLayer<Single, AvgPool1dOptions> {
  forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options);
  }
}

/** torch.nn.AvgPool2d. */
export class AvgPool2d extends PoolLayer<Pair, AvgPool2dOptions> {
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/** torch.nn.AdaptiveAvgPool2d. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly outputSize: OutputSize) {
    super();
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }

  override extraRepr(): string {
    return `outputSize=${sizeText(this.outputSize)}`;
  }
}

/** torch.nn.AdaptiveMaxPool2d. */
export class AdaptiveMaxPool2d extends Module {
  constructor(readonly outputSize: OutputSize) {
    super();
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }

  override extraRepr(): string {
    return `outputSize=${sizeText(this.outputSize)}`;
  }
}
