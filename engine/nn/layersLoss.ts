// Losses as layers: their settings are kept, class weights as buffers that move and are saved with the model.
import { expectOptions } from "../errors.js";
import {
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} from "../functional/binaryLoss.js";
import { type ClassLossOptions, ignoredByDefault } from "../functional/classTargets.js";
import { type CrossEntropyOptions, crossEntropy } from "../functional/crossEntropy.js";
import { type KlDivOptions, klDiv } from "../functional/klDiv.js";
import { nllLoss } from "../functional/nllLoss.js";
import type { LossOptions, Reduction } from "../functional/reduction.js";
import {
  type HuberLossOptions,
  type SmoothL1LossOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from "../functional/regressionLoss.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** A loss of an input and a target. */
abstract class Loss extends Module {
  readonly reduction: Reduction;

  constructor(options?: LossOptions) {
    super();
    this.reduction = expectOptions(this.constructor.name, options, '{ reduction: "sum" }').reduction ?? "mean";
  }

  abstract forward(x: Tensor, target: Tensor): Tensor;
}

/** A loss with factors: `weight` is a buffer when it is given (torch.nn's _WeightedLoss). */
abstract class WeightedLoss extends Loss {
  declare weight: Tensor | undefined;

  constructor(options?: LossOptions & { readonly weight?: Tensor }) {
    super(options);
    if (options?.weight !== undefined) this.registerBuffer("weight", options.weight);
  }
}

/** Negative log likelihood of class numbers (torch.nn.NLLLoss): `F.nllLoss`. */
export class NLLLoss extends WeightedLoss {
  readonly ignoreIndex: number;

  constructor(options?: ClassLossOptions) {
    super(options);
    this.ignoreIndex = options?.ignoreIndex ?? ignoredByDefault;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(x, target, { weight, ignoreIndex, reduction });
  }
}

/** Cross entropy of scores with class numbers or probabilities (torch.nn.CrossEntropyLoss): `F.crossEntropy`. */
export class CrossEntropyLoss extends WeightedLoss {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(options?: CrossEntropyOptions) {
    super(options);
    this.ignoreIndex = options?.ignoreIndex ?? ignoredByDefault;
    this.labelSmoothing = options?.labelSmoothing ?? 0;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, labelSmoothing, reduction } = this;
    return crossEntropy(x, target, { weight, ignoreIndex, labelSmoothing, reduction });
  }
}

/** Mean of squared differences (torch.nn.MSELoss): `F.mseLoss`. */
export class MSELoss extends Loss {
  forward(x: Tensor, target: Tensor): Tensor {
    return mseLoss(x, target, { reduction: this.reduction });
  }
}

/** Mean of absolute differences (torch.nn.L1Loss): `F.l1Loss`. */
export class L1Loss extends Loss {
  forward(x: Tensor, target: Tensor): Tensor {
    return l1Loss(x, target, { reduction: this.reduction });
  }
}

/** Squares near 0, absolute differences beyond `beta` (torch.nn.SmoothL1Loss): `F.smoothL1Loss`. */
export class SmoothL1Loss extends Loss {
  readonly beta: number;

  constructor(options?: SmoothL1LossOptions) {
    super(options);
    this.beta = options?.beta ?? 1;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { beta, reduction } = this;
    return smoothL1Loss(x, target, { beta, reduction });
  }
}

/** Squares near 0, a line beyond `delta` (torch.nn.HuberLoss): `F.huberLoss`. */
export class HuberLoss extends Loss {
  readonly delta: number;

  constructor(options?: Omit<HuberLossOptions, "weight">) {
    super(options);
    this.delta = options?.delta ?? 1;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { delta, reduction } = this;
    return huberLoss(x, target, { delta, reduction });
  }
}

/** Cross entropy of probabilities of two classes (torch.nn.BCELoss): `F.binaryCrossEntropy`. */
export class BCELoss extends WeightedLoss {
  forward(x: Tensor, target: Tensor): Tensor {
    const { weight, reduction } = this;
    return binaryCrossEntropy(x, target, { weight, reduction });
  }
}

/** The same from scores (torch.nn.BCEWithLogitsLoss): `F.binaryCrossEntropyWithLogits`. `posWeight` is a buffer too. */
export class BCEWithLogitsLoss extends WeightedLoss {
  declare posWeight: Tensor | undefined;

  constructor(options?: BinaryCrossEntropyWithLogitsOptions) {
    super(options);
    if (options?.posWeight !== undefined) this.registerBuffer("posWeight", options.posWeight);
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { weight, posWeight, reduction } = this;
    return binaryCrossEntropyWithLogits(x, target, { weight, posWeight, reduction });
  }
}

/** Kullback-Leibler divergence (torch.nn.KLDivLoss): `F.klDiv`. */
export class KLDivLoss extends Module {
  readonly reduction: NonNullable<KlDivOptions["reduction"]>;
  readonly logTarget: boolean;

  constructor(options?: KlDivOptions) {
    super();
    const { reduction = "mean", logTarget = false } = expectOptions("KLDivLoss", options, '{ reduction: "batchmean" }');
    this.reduction = reduction;
    this.logTarget = logTarget;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { reduction, logTarget } = this;
    return klDiv(x, target, { reduction, logTarget });
  }
}
