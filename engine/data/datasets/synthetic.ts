// Images that nobody has to fetch: noise, for trying programs and measuring them. It must not know files.
import { ArgumentError, shapeText, expectOptions } from "../../errors.js";
import { Generator } from "../../random.js";
import type { Tensor } from "../../tensor.js";
import { randomBelow } from "../order.js";
import { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { VisionDataset, type VisionOptions } from "./visionDataset.js";

export interface SyntheticOptions<Image = Tensor, Target = number> extends VisionOptions<Image, Target> {
  /** [channels, height, width], as `ToTensor` gives it; default [3, 224, 224]. PyTorch: `image_size`. */
  readonly imageSize?: readonly [channels: number, height: number, width: number];
  /** Default 10. */
  readonly numClasses?: number;
  /** Another seed, other images (default 0). PyTorch: `random_offset`, which shifts the seeds of images. */
  readonly seed?: number;
}

/**
 * Random images with random labels: samples are `[image, label]`. The image at an index depends on the seed and the
 * index alone, so that all workers and all runs see the same. PyTorch: `torchvision.datasets.FakeData`; here bytes are
 * uniform instead of rounded normal numbers.
 *
 * Without a transform, an image is a uint8 tensor [height, width, channels]; with `ToTensor`, float32 [channels, height,
 * width].
 */
export class Synthetic<Image = Tensor, Target = number> extends VisionDataset<Image, Target> {
  readonly imageSize: readonly [channels: number, height: number, width: number];
  readonly numClasses: number;
  readonly seed: number;
  readonly #generator: Generator;

  /**
   * @param size The number of images.
   * @throws {ArgumentError} for sizes that are not whole numbers.
   */
  constructor(
    readonly size: number = 1000,
    options: SyntheticOptions<Image, Target> = {},
  ) {
    super("Synthetic", options);
    expectOptions("Synthetic", options, "{ imageSize: [3, 32, 32] }");
    const { imageSize = [3, 224, 224], numClasses = 10, seed = 0 } = options;
    checkCount("a size", size, 0);
    checkCount("numClasses", numClasses, 1);
    if (imageSize.length !== 3 || imageSize.some((dim) => !Number.isSafeInteger(dim) || dim < 1)) {
      throw new ArgumentError(
        `Synthetic: expected an imageSize of [channels, height, width], got ${shapeText(imageSize)}`,
      );
    }
    this.imageSize = imageSize;
    this.numClasses = numClasses;
    this.seed = seed;
    this.#generator = new Generator(seed);
  }

  get length(): number {
    return this.size;
  }

  get classes(): readonly string[] {
    return Array.from({ length: this.numClasses }, (_, i) => `${i}`);
  }

  override [constructorArguments](): readonly Argument[] {
    const { size, imageSize, numClasses, seed, transform, targetTransform } = this;
    return Object.entries({ size, options: { imageSize, numClasses, seed, transform, targetTransform } });
  }

  protected override image(index: number): RawArray {
    const [channels, height, width] = this.imageSize;
    return RawArray.lazy([height, width, channels], "uint8", (target, at) => {
      const generator = this.#at(index, labelBlocks);
      const bytes = target as Uint8Array;
      const end = at + channels * height * width;
      for (let i = at; i < end;) {
        let word = generator.random32();
        for (let byte = 0; byte < 4 && i < end; byte++, word >>>= 8) bytes[i++] = word & 255;
      }
    });
  }

  protected override label(index: number): number {
    return randomBelow(this.#at(index, 0), this.numClasses);
  }

  /** The generator's stream is cut into pieces of one image each: this is one image's, from a block on. */
  #at(index: number, block: number): Generator {
    const [channels, height, width] = this.imageSize;
    const blocks = labelBlocks + Math.ceil((channels * height * width) / 16);
    this.#generator.setState({ seed: this.#generator.state().seed, offset: index * blocks + block });
    return this.#generator;
  }
}

/** Blocks of 16 bytes for a label: far more than are ever drawn again to be free of bias. */
const labelBlocks = 16;

function checkCount(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > 2 ** 32) {
    throw new ArgumentError(`Synthetic: expected ${what} of a whole number from ${least} to 2^32, got ${value}`);
  }
}
