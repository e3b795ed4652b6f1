// Losses as layers: their settings are kept, class weights as buffers that move and are saved with the model.
import {
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} from "../functional/binaryLoss.js";
import type { ClassLossOptions } from "../functional/classTargets.js";
import { type CrossEntropyOptions, crossEntropy } from "../functional/crossEntropy.js";
import { type KlDivOptions, klDiv } from "../functional/klDiv.js";
import { nllLoss } from "../functional/nllLoss.js";
import type { LossOptions } from "../functional/reduction.js";
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

/** A loss of an input and a target. `O` are its settings but for the tensors. */
abstract class Loss<O extends LossOptions> extends Module {
  constructor(readonly options: O = {} as O) {
    super();
  }

  abstract forward(x: Tensor, target: Tensor): Tensor;
}

/** A loss with factors: `weight` is a buffer when it is given (torch.nn's _WeightedLoss). */
abstract class WeightedLoss<O extends LossOptions> extends Loss<O> {
  declare weight: Tensor | undefined;

  constructor({ weight, ...options }: O & { readonly weight?: Tensor } = {} as O) {
    super(options as unknown as O);
    if (weight !== undefined) this.registerBuffer("weight", weight);
  }
}

/** Negative log likelihood of class numbers (torch.nn.NLLLoss): `F.nllLoss`. */
export class NLLLoss extends WeightedLoss<ClassLossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return nllLoss(x, target, { ...this.options, weight: this.weight });
  }
}

/** Cross entropy of scores with class numbers or probabilities (torch.nn.CrossEntropyLoss): `F.crossEntropy`. */
export class CrossEntropyLoss extends WeightedLoss<CrossEntropyOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return crossEntropy(x, target, { ...this.options, weight: this.weight });
  }
}

/** Mean of squared differences (torch.nn.MSELoss): `F.mseLoss`. */
export class MSELoss extends Loss<LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return mseLoss(x, target, this.options);
  }
}

/** Mean of absolute differences (torch.nn.L1Loss): `F.l1Loss`. */
export class L1Loss extends Loss<LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return l1Loss(x, target, this.options);
  }
}

/** Squares near 0, absolute differences beyond `beta` (torch.nn.SmoothL1Loss): `F.smoothL1Loss`. */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(x, target, this.options);
  }
}

/** Squares near 0, a line beyond `delta` (torch.nn.HuberLoss): `F.huberLoss`. */
export class HuberLoss extends Loss<Omit<HuberLossOptions, "weight">> {
  forward(x: Tensor, target: Tensor): Tensor {
    return huberLoss(x, target, this.options);
  }
}

/** Cross entropy of probabilities of two classes (torch.nn.BCELoss): `F.binaryCrossEntropy`. */
export class BCELoss extends WeightedLoss<BinaryCrossEntropyOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(x, target, { ...this.options, weight: this.weight });
  }
}

/** The same from scores (torch.nn.BCEWithLogitsLoss): `F.binaryCrossEntropyWithLogits`. `posWeight` is a buffer too. */
export class BCEWithLogitsLoss extends WeightedLoss<Omit<BinaryCrossEntropyWithLogitsOptions, "posWeight">> {
  declare posWeight: Tensor | undefined;

  constructor({ posWeight, ...options }: BinaryCrossEntropyWithLogitsOptions = {}) {
    super(options);
    if (posWeight !== undefined) this.registerBuffer("posWeight", posWeight);
  }

  forward(x: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(x, target, {
      ...this.options,
      weight: this.weight,
      posWeight: this.posWeight,
    });
  }
}

/** Kullback-Leibler divergence (torch.nn.KLDivLoss): `F.klDiv`. */
export class KLDivLoss extends Module {
  constructor(readonly options: KlDivOptions = {}) {
    super();
  }

  forward(x: Tensor, target: Tensor): Tensor {
    return klDiv(x, target, this.options);
  }
}
