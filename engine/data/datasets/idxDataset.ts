// Datasets in MNIST's two idx files. It must not know which of them it is, or where the files come from.
import { fromTypedArray } from "../../create.js";
import type { Tensor } from "../../tensor.js";
import { RawArray } from "../raw.js";
import type { LabelledImages } from "./idxFiles.js";
import { VisionDataset, type VisionOptions } from "./visionDataset.js";

/** Grey images of one size, all in memory. */
export abstract class IdxDataset<Image = Tensor, Target = number> extends VisionDataset<Image, Target> {
  readonly #images: LabelledImages;
  #data: Tensor | undefined;
  #targets: Tensor | undefined;

  constructor(name: string, images: LabelledImages, options: VisionOptions<Image, Target>) {
    super(name, options);
    this.#images = images;
  }

  get length(): number {
    return this.#images.count;
  }

  protected override image(index: number): RawArray {
    const { height, width, pixels } = this.#images;
    const size = height * width;
    return new RawArray(pixels.subarray(index * size, (index + 1) * size), [height, width, 1], "uint8");
  }

  protected override label(index: number): number {
    return this.#images.labels[index];
  }

  /** What the files hold. */
  protected get images(): LabelledImages {
    return this.#images;
  }

  /** All images, untransformed: uint8 [length, height, width]. */
  get data(): Tensor {
    const { count, height, width, pixels } = this.#images;
    return (this.#data ??= fromTypedArray(pixels, [count, height, width]));
  }

  /** All labels, untransformed: int64 [length]. */
  get targets(): Tensor {
    return (this.#targets ??= fromTypedArray(BigInt64Array.from(this.#images.labels, BigInt), [this.length]));
  }
}

/** The names of MNIST's files, by part. */
export function idxNames(train: boolean): { readonly images: string; readonly labels: string } {
  const part = train ? "train" : "t10k";
  return { images: `${part}-images-idx3-ubyte.gz`, labels: `${part}-labels-idx1-ubyte.gz` };
}
