// Images in folders, one for each class. It must not know how images are decoded.
import { expectOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { readRawImage } from "../images/read.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { classFolders, hasEnding, samplesOf, type ClassFolders } from "./imageFiles.js";
import { VisionDataset, type VisionOptions } from "./visionDataset.js";

export interface ImageFolderOptions<Image = Tensor, Target = number> extends VisionOptions<Image, Target> {
  /**
   * Reads one file: uint8 [height, width, channels], or whatever the transform takes. Default: RGB of a PNG, JPEG, BMP or
   * GIF (its first picture), decoded by tfjs-node.
   */
  readonly loader?: (path: string) => RawArray | Tensor;
  /** Which files are taken. Default: by ending, see `ImageFolder.extensions`. PyTorch: `is_valid_file`. */
  readonly isValidFile?: (path: string) => boolean;
  /** Whether a class may have no image (default false: an error). PyTorch: `allow_empty`. */
  readonly allowEmpty?: boolean;
}

/**
 * Images in `root/<class>/…/<file>`: samples are `[image, label]`, labels in the order of the classes' names. PyTorch:
 * `torchvision.datasets.ImageFolder`.
 *
 * Files are listed at once and read when they are wanted. Without a transform, an image is a uint8 tensor [height, width,
 * 3]; `Resize` and `CenterCrop` make one size of many, `ToTensor` float32 [3, height, width]. A file that cannot be read
 * is an `ImageError` that names it, thrown when its sample is wanted.
 */
export class ImageFolder<Image = Tensor, Target = number> extends VisionDataset<Image, Target> {
  /** Endings of the files that are taken, in any case. */
  static readonly extensions: readonly string[] = [".jpg", ".jpeg", ".png", ".bmp", ".gif"];

  readonly loader: (path: string) => RawArray | Tensor;
  readonly isValidFile: ((path: string) => boolean) | undefined;
  readonly allowEmpty: boolean;
  readonly classes: readonly string[];
  /** Each image's file and label. */
  readonly samples: readonly (readonly [path: string, label: number])[];
  readonly #found: ClassFolders;

  /**
   * @param found Its classes and files, where they have been looked for already.
   * @throws {DatasetError} when `root` has no classes, or a class no images.
   */
  constructor(
    readonly root: string,
    options: ImageFolderOptions<Image, Target> = {},
    found?: ClassFolders,
  ) {
    expectOptions("ImageFolder", options, "{ transform }");
    super("ImageFolder", options);
    const { extensions } = this.constructor as typeof ImageFolder;
    this.loader = options.loader ?? readRgb;
    this.isValidFile = options.isValidFile;
    this.allowEmpty = options.allowEmpty ?? false;
    this.#found =
      found ??
      classFolders(root, {
        isValidFile: this.isValidFile ?? ((path) => hasEnding(path, extensions)),
        allowEmpty: this.allowEmpty,
        endings: this.isValidFile ? "by isValidFile" : extensions.join(", "),
      });
    this.classes = this.#found.classes;
    this.samples = samplesOf(this.#found);
  }

  get length(): number {
    return this.samples.length;
  }

  /** All labels, untransformed. */
  get targets(): readonly number[] {
    return this.samples.map(([, label]) => label);
  }

  override [constructorArguments](): readonly Argument[] {
    const { root, loader, isValidFile, allowEmpty, transform, targetTransform } = this;
    const options = {
      loader: loader === readRgb ? undefined : loader,
      isValidFile,
      allowEmpty,
      transform,
      targetTransform,
    };
    return Object.entries({ root, options, found: this.#found });
  }

  protected override image(index: number): RawArray | Tensor {
    return this.loader(this.samples[index][0]);
  }

  protected override label(index: number): number {
    return this.samples[index][1];
  }
}

const readRgb = (path: string): RawArray => readRawImage(path, { mode: "rgb" });
