// Pooling layers.
import { ArgumentError, expectOptions } from "../errors.js";
import { type OutputSize, adaptiveAvgPool2d, adaptiveMaxPool2d } from "../functional/adaptivePool.js";
import { type AvgPool1dOptions, type AvgPool2dOptions, avgPool1d, avgPool2d } from "../functional/avgPool.js";
import { type MaxPool1dOptions, type MaxPool2dOptions, maxPool1d, maxPool2d } from "../functional/maxPool.js";
import type { Pair, Single } from "../functional/spatial.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

const sizeText = (size: OutputSize | Single): string =>
  typeof size === "object" ? `[${size.join(", ")}]` : String(size);

const sameSize = (a: Pair | Single, b: Pair | Single): boolean => sizeText(a) === sizeText(b);

interface PoolSettings<Size> {
  readonly stride?: Size;
  readonly padding?: Size;
  readonly ceilMode?: boolean;
}

/** A window that goes over the last dims: its size, and settings that are read at every call. */
abstract class PoolLayer<Size extends Pair | Single> extends Module {
  readonly stride: Size;
  readonly padding: Size | 0;
  readonly ceilMode: boolean;

  constructor(
    readonly kernelSize: Size,
    options: PoolSettings<Size> | undefined,
  ) {
    super();
    const { stride, padding, ceilMode } = expectOptions(this.constructor.name, options, "{ stride: 2 }");
    this.stride = stride ?? kernelSize;
    this.padding = padding ?? 0;
    this.ceilMode = ceilMode ?? false;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, ceilMode } = this;
    return [
      `kernelSize=${sizeText(kernelSize)}`,
      ...(sameSize(stride, kernelSize) ? [] : [`stride=${sizeText(stride)}`]),
      ...(sameSize(padding, 0) ? [] : [`padding=${sizeText(padding)}`]),
      ...this.moreRepr(),
      ...(ceilMode ? ["ceilMode=true"] : []),
    ].join(", ");
  }

  protected abstract moreRepr(): readonly string[];
}

abstract class MaxPool<Size extends Pair | Single> extends PoolLayer<Size> {
  readonly dilation: Size | 1;

  constructor(kernelSize: Size, options?: PoolSettings<Size> & { readonly dilation?: Size }) {
    super(kernelSize, options);
    if (options && "returnIndices" in options && options.returnIndices) {
      throw new ArgumentError(
        `${this.constructor.name}: expected no returnIndices, got true; F.maxPool2d gives indices`,
      );
    }
    this.dilation = options?.dilation ?? 1;
  }

  protected override moreRepr(): readonly string[] {
    return sameSize(this.dilation, 1) ? [] : [`dilation=${sizeText(this.dilation)}`];
  }
}

/** torch.nn.MaxPool1d. */
export class MaxPool1d extends MaxPool<Single> {
  constructor(kernelSize: Single, options?: MaxPool1dOptions) {
    super(kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return maxPool1d(x, kernelSize, { stride, padding, dilation, ceilMode });
  }
}

/** torch.nn.MaxPool2d. One result: for the indices there is `F.maxPool2d`. */
export class MaxPool2d extends MaxPool<Pair> {
  constructor(kernelSize: Pair, options?: MaxPool2dOptions) {
    super(kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return maxPool2d(x, kernelSize, { stride, padding, dilation, ceilMode });
  }
}

abstract class AvgPool<Size extends Pair | Single> extends PoolLayer<Size> {
  readonly countIncludePad: boolean;

  constructor(kernelSize: Size, options?: PoolSettings<Size> & { readonly countIncludePad?: boolean }) {
    super(kernelSize, options);
    this.countIncludePad = options?.countIncludePad ?? true;
  }

  protected override moreRepr(): readonly string[] {
    return this.countIncludePad ? [] : ["countIncludePad=false"];
  }
}

/** torch.nn.AvgPool1d. */
export class AvgPool1d extends AvgPool<Single> {
  constructor(kernelSize: Single, options?: AvgPool1dOptions) {
    super(kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return avgPool1d(x, kernelSize, { stride, padding, ceilMode, countIncludePad });
  }
}

/** torch.nn.AvgPool2d. */
export class AvgPool2d extends AvgPool<Pair> {
  readonly divisorOverride: number | undefined;

  constructor(kernelSize: Pair, options?: AvgPool2dOptions) {
    super(kernelSize, options);
    this.divisorOverride = options?.divisorOverride;
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool2d(x, kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
  }

  protected override moreRepr(): readonly string[] {
    const { divisorOverride } = this;
    return [...super.moreRepr(), ...(divisorOverride === undefined ? [] : [`divisorOverride=${divisorOverride}`])];
  }
}

/** As many windows as asked for, whatever the input's size. */
abstract class AdaptivePool2d extends Module {
  constructor(readonly outputSize: OutputSize) {
    super();
  }

  override extraRepr(): string {
    return `outputSize=${sizeText(this.outputSize)}`;
  }
}

/** torch.nn.AdaptiveAvgPool2d. */
export class AdaptiveAvgPool2d extends AdaptivePool2d {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/** torch.nn.AdaptiveMaxPool2d. */
export class AdaptiveMaxPool2d extends AdaptivePool2d {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }
}
