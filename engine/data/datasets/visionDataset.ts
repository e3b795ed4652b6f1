// What datasets of labelled images share: transforms, and bytes as long as possible. It must not know where images are.
import type { Tensor } from "../../tensor.js";
import { checkIndex, RawDataset, type RawSample } from "../dataset.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { rawStep, type RawStep, type Transform, type TransformLike } from "../transforms/transform.js";

export interface VisionOptions<Image = Tensor, Target = number> {
  /** Applied to each image, a uint8 tensor [height, width, channels] as `ToTensor` wants it. */
  readonly transform?: Transform | ((image: Tensor) => Image);
  /** Applied to each label. PyTorch: `target_transform`. */
  readonly targetTransform?: (label: number) => Target;
}

/**
 * Labelled images: samples are `[image, label]`. Subclasses give `length`, `image`, `label` and `classes`. PyTorch:
 * `torchvision.datasets.VisionDataset`.
 */
export abstract class VisionDataset<Image = Tensor, Target = number> extends RawDataset<[Image, Target]> {
  readonly transform: Transform | ((image: Tensor) => Image) | undefined;
  readonly targetTransform: ((label: number) => Target) | undefined;
  readonly #name: string;
  readonly #step: RawStep | undefined;

  /** @param name What errors call the dataset. */
  constructor(name: string, options: VisionOptions<Image, Target>) {
    super();
    this.#name = name;
    this.transform = options.transform;
    // A function may return anything: then samples and batches are of that.
    this.#step = options.transform && rawStep(options.transform as TransformLike);
    this.targetTransform = options.targetTransform;
  }

  /** What each label means. */
  abstract readonly classes: readonly string[];

  /** The image at `index`, untransformed: uint8 [height, width, channels]. */
  protected abstract image(index: number): RawArray | Tensor;

  /** The label at `index`, untransformed. */
  protected abstract label(index: number): number;

  override raw(index: number): RawSample<[Image, Target]> {
    checkIndex(this.#name, index, this.length);
    const image = this.image(index);
    const label = this.label(index);
    return [
      this.#step ? this.#step(image) : image,
      this.targetTransform ? this.targetTransform(label) : label,
    ] as RawSample<[Image, Target]>;
  }

  /** The label of each class. PyTorch: `class_to_idx`. */
  get classToIdx(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.classes.map((name, label) => [name, label]));
  }

  /** A subclass whose constructor takes other arguments overrides this. */
  [constructorArguments](): readonly Argument[] {
    const { transform, targetTransform } = this;
    return Object.entries({ name: this.#name, options: { transform, targetTransform } });
  }
}
