// Several transforms as one, by the shortest way over bytes. It must not know datasets.
import type { Tensor } from "../../tensor.js";
import { hasFastPath } from "../fastPath.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { lookUp, pixelTable } from "./pixels.js";
import { ToTensor, unitValue } from "./toTensor.js";
import { applyTo, rawStep, type RawStep, type Transform, type TransformLike } from "./transform.js";

/**
 * Transforms and functions, one after the other. PyTorch: `transforms.Compose`.
 *
 * A dataset that holds bytes never makes a tensor for a sample as long as the steps need none: `ToTensor` and the
 * `Normalize` after it are one look-up per pixel. From the first plain function on, samples are tensors.
 */
export class Compose implements Transform {
  readonly #stages: readonly RawStep[];

  constructor(readonly transforms: readonly TransformLike[]) {
    this.#stages = folded(transforms.flatMap((step) => (isPlainCompose(step) ? step.transforms : [step]))).map(rawStep);
  }

  forward(image: Tensor): Tensor {
    return this.transforms.reduce<Tensor>(applyTo, image);
  }

  raw(image: RawArray): RawArray | Tensor {
    return this.#stages.reduce<RawArray | Tensor>((value, stage) => stage(value), image);
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ transforms: this.transforms });
  }
}

/** `ToTensor` and the pixel by pixel steps after it as one step. */
class PixelSteps implements Transform {
  readonly #tables = new Map<number, Float32Array>();

  constructor(readonly steps: readonly [ToTensor, ...PixelStep[]]) {}

  forward(image: Tensor): Tensor {
    return this.steps.reduce<Tensor>(applyTo, image);
  }

  raw(image: RawArray): RawArray | Tensor {
    return image.dtype === "uint8"
      ? lookUp("ToTensor", image, (channels) => this.#table(channels))
      : this.steps.map(rawStep).reduce<RawArray | Tensor>((value, step) => step(value), image);
  }

  #table(channels: number): Float32Array {
    let table = this.#tables.get(channels);
    if (table === undefined) {
      const [, ...rest] = this.steps;
      table = pixelTable(channels, (byte, channel) =>
        rest.reduce((value, step) => Math.fround(step.pixel(value, channel, channels)), unitValue(byte)),
      );
      this.#tables.set(channels, table);
    }
    return table;
  }
}

type PixelStep = Transform & { pixel(value: number, channel: number, channels: number): number };

function folded(steps: readonly TransformLike[]): readonly TransformLike[] {
  const stages: TransformLike[] = [];
  for (let i = 0; i < steps.length;) {
    const first = steps[i++];
    // A subclass may mean something else.
    if (!isToTensor(first)) {
      stages.push(first);
      continue;
    }
    const rest: PixelStep[] = [];
    for (let step = steps[i]; i < steps.length && isPixelStep(step); step = steps[++i]) rest.push(step);
    stages.push(new PixelSteps([first, ...rest]));
  }
  return stages;
}

const isPlainCompose = (step: TransformLike): step is Compose => Object.getPrototypeOf(step) === Compose.prototype;

const isToTensor = (step: TransformLike): step is ToTensor => Object.getPrototypeOf(step) === ToTensor.prototype;

const isPixelStep = (step: TransformLike): step is PixelStep =>
  hasFastPath(step, "forward", "pixel") && hasFastPath(step, "raw", "pixel");
