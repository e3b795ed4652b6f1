// Normalisation layers, with their parameters and running statistics.
import { ones, zeros } from "../create.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { batchNorm } from "../functional/batchNorm.js";
import { type NormOptions, groupNorm, layerNorm } from "../functional/norm.js";
import type { Shape } from "../shape.js";
import { noGrad } from "../state.js";
import type { Tensor } from "../tensor.js";
import { positive } from "./layers.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

interface Placed {
  readonly dtype?: DType;
  readonly device?: Device | string;
}

export interface BatchNormLayerOptions extends Placed {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** How much of each batch goes into the running statistics. Default 0.1; undefined, given as such: their plain average. */
  readonly momentum?: number | undefined;
  /** Whether there are weight and bias. Default true. */
  readonly affine?: boolean;
  /** Whether running statistics are kept; without them the batch's own are used in evaluation too. Default true. */
  readonly trackRunningStats?: boolean;
}

/** weight, bias, runningMean, runningVar [numFeatures] and numBatchesTracked [], as PyTorch's. */
abstract class BatchNorm extends Module {
  weight: Parameter | undefined;
  bias: Parameter | undefined;
  runningMean: Tensor | undefined;
  runningVar: Tensor | undefined;
  numBatchesTracked: Tensor | undefined;
  readonly eps: number;
  readonly momentum: number | undefined;

  constructor(
    readonly numFeatures: number,
    options: BatchNormLayerOptions = {},
  ) {
    super();
    expectOptions(this.constructor.name, options, "{ eps: 1e-3 }");
    positive(this.constructor.name, { numFeatures });
    const { eps = 1e-5, affine = true, trackRunningStats = true, dtype = "float32", device } = options;
    this.eps = eps;
    this.momentum = "momentum" in options ? options.momentum : 0.1;
    const like = { dtype, device };
    this.weight = affine ? new Parameter(ones([numFeatures], like)) : undefined;
    this.bias = affine ? new Parameter(zeros([numFeatures], like)) : undefined;
    if (trackRunningStats) {
      this.registerBuffer("runningMean", zeros([numFeatures], like));
      this.registerBuffer("runningVar", ones([numFeatures], like));
      this.registerBuffer("numBatchesTracked", zeros([], { dtype: "int64", device }));
    }
  }

  /** The ranks of input that the layer takes. */
  protected abstract readonly ranks: readonly number[];

  forward(x: Tensor): Tensor {
    if (!this.ranks.includes(x.ndim)) {
      throw new ShapeError(
        `${this.constructor.name}: expected input of ${this.ranks.join(" or ")} dimensions, got ${x.ndim} (${shapeText(x.shape)})`,
      );
    }
    return batchNorm(x, this.runningMean, this.runningVar, this.weight, this.bias, {
      training: this.training || this.runningMean === undefined,
      momentum: this.training ? this.#share() : 0,
      eps: this.eps,
    });
  }

  /** Counts a batch; its share in the running statistics. */
  #share(): number {
    const count = this.numBatchesTracked;
    if (count) noGrad(() => count.add_(1));
    if (this.momentum !== undefined) return this.momentum;
    return count && count.device.type !== "meta" ? 1 / count.item() : 0;
  }

  /** Forgets the running statistics (torch.nn.BatchNorm2d.reset_running_stats). */
  resetRunningStats(): void {
    noGrad(() => {
      this.runningMean?.fill_(0);
      this.runningVar?.fill_(1);
      this.numBatchesTracked?.fill_(0);
    });
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum } = this;
    return `${numFeatures}, eps=${eps}, momentum=${momentum}, affine=${this.weight !== undefined}, trackRunningStats=${this.runningMean !== undefined}`;
  }
}

/** Batch normalisation of [N, C] or [N, C, L] (torch.nn.BatchNorm1d). */
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [2, 3];
}

/** Batch normalisation of [N, C, H, W] (torch.nn.BatchNorm2d). */
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [4];
}

/** Batch normalisation of [N, C, D, H, W] (torch.nn.BatchNorm3d). */
export class BatchNorm3d extends BatchNorm {
  protected readonly ranks = [5];
}

export interface LayerNormLayerOptions extends NormOptions, Placed {
  /** Whether there are weight and bias. Default true. */
  readonly elementwiseAffine?: boolean;
  /** Whether there is a bias beside the weight. Default true. */
  readonly bias?: boolean;
}

/** Normalisation over the last dims of each example (torch.nn.LayerNorm). weight and bias of the normalised shape. */
export class LayerNorm extends Module {
  weight: Parameter | undefined;
  bias: Parameter | undefined;
  readonly normalizedShape: Shape;
  readonly eps: number;

  constructor(normalizedShape: number | Shape, options: LayerNormLayerOptions = {}) {
    super();
    expectOptions("LayerNorm", options, "{ eps: 1e-3 }");
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype = "float32", device } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    if (shape.length === 0) throw new ArgumentError("LayerNorm: expected a normalizedShape of at least one size");
    positive("LayerNorm", Object.fromEntries(shape.map((n, i) => [`normalizedShape[${i}]`, n])));
    this.normalizedShape = shape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(shape, { dtype, device })) : undefined;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(shape, { dtype, device })) : undefined;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, this.weight, this.bias, { eps: this.eps });
  }

  override extraRepr(): string {
    return `${shapeText(this.normalizedShape)}, eps=${this.eps}, elementwiseAffine=${this.weight !== undefined}`;
  }
}

export interface GroupNormLayerOptions extends NormOptions, Placed {
  /** Whether there are weight and bias. Default true. */
  readonly affine?: boolean;
}

/** Normalisation over groups of channels of each example (torch.nn.GroupNorm). weight and bias [numChannels]. */
export class GroupNorm extends Module {
  weight: Parameter | undefined;
  bias: Parameter | undefined;
  readonly eps: number;

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    options?: GroupNormLayerOptions,
  ) {
    super();
    const {
      eps = 1e-5,
      affine = true,
      dtype = "float32",
      device,
    } = expectOptions("GroupNorm", options, "{ eps: 1e-3 }");
    positive("GroupNorm", { numGroups, numChannels });
    if (numChannels % numGroups !== 0) {
      throw new ArgumentError(`GroupNorm: expected numGroups to divide ${numChannels} channels, got ${numGroups}`);
    }
    this.eps = eps;
    this.weight = affine ? new Parameter(ones([numChannels], { dtype, device })) : undefined;
    this.bias = affine ? new Parameter(zeros([numChannels], { dtype, device })) : undefined;
  }

  forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, this.weight, this.bias, { eps: this.eps });
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${this.eps}, affine=${this.weight !== undefined}`;
  }
}
