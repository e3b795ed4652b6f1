// Flipping images by chance. It must not know any other transform.
import { defaultGenerator } from "../../random.js";
import type { Tensor } from "../../tensor.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import type { Frame } from "./frame.js";
import { checkProbability, reversed } from "./geometry.js";
import { keep, onRaw, onTensor, type Plan } from "./plan.js";
import { allOf } from "./take.js";
import type { Transform } from "./transform.js";

/**
 * An image with left and right exchanged, with probability `p` (default 0.5); else as it is. Drawn from the default
 * generator, which `manualSeed` governs: one number for each image, whatever comes of it. Images are uint8 [H, W] or
 * [H, W, C], or tensors [..., C, H, W]. PyTorch: `transforms.RandomHorizontalFlip`.
 * @throws {ArgumentError} for a `p` outside [0, 1].
 */
export class RandomHorizontalFlip implements Transform {
  constructor(readonly p: number = 0.5) {
    checkProbability("RandomHorizontalFlip", p);
  }

  forward(image: Tensor): Tensor {
    return onTensor("RandomHorizontalFlip", image, (frame) => this.#plan(frame));
  }

  raw(image: RawArray): RawArray {
    return onRaw("RandomHorizontalFlip", image, (frame) => this.#plan(frame));
  }

  #plan(frame: Frame): Plan {
    return happens(this.p)
      ? { kind: "take", rows: allOf(frame.height), columns: reversed(frame.width), fill: 0 }
      : keep;
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ p: this.p });
  }
}

/** The same with top and bottom. PyTorch: `transforms.RandomVerticalFlip`. */
export class RandomVerticalFlip implements Transform {
  constructor(readonly p: number = 0.5) {
    checkProbability("RandomVerticalFlip", p);
  }

  forward(image: Tensor): Tensor {
    return onTensor("RandomVerticalFlip", image, (frame) => this.#plan(frame));
  }

  raw(image: RawArray): RawArray {
    return onRaw("RandomVerticalFlip", image, (frame) => this.#plan(frame));
  }

  #plan(frame: Frame): Plan {
    return happens(this.p)
      ? { kind: "take", rows: reversed(frame.height), columns: allOf(frame.width), fill: 0 }
      : keep;
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ p: this.p });
  }
}

const happens = (p: number): boolean => defaultGenerator.random32() < p * 2 ** 32;
