// FashionMNIST: MNIST's files with clothes in place of digits. It must not know loaders.
import { expectOptions } from "../../errors.js";
import { join } from "node:path";
import type { Tensor } from "../../tensor.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { downloadFiles, type DatasetDownloadOptions, type DatasetFile } from "./files.js";
import { defaultRoot } from "./folders.js";
import { IdxDataset, idxNames } from "./idxDataset.js";
import { readLabelledImages, type LabelledImages } from "./idxFiles.js";
import type { VisionOptions } from "./visionDataset.js";

export interface FashionMNISTOptions<Image = Tensor, Target = number> extends VisionOptions<Image, Target> {
  /** The training part (default, 60,000 images), or else the test part (10,000). */
  readonly train?: boolean;
  /** `FashionMNIST.load` may fetch missing files. The constructor cannot wait for the network: it needs them to be there. */
  readonly download?: boolean;
}

/**
 * Pieces of clothing: samples are `[image, label]` with labels 0 to 9. PyTorch: `torchvision.datasets.FashionMNIST`.
 *
 * ```ts
 * const trainData = await vision.datasets.FashionMNIST.load(root, { download: true, transform });
 * ```
 * Without a transform, an image is a uint8 tensor of shape [28, 28, 1]; with `ToTensor`, float32 [1, 28, 28]. Files lie in
 * `root/FashionMNIST/raw`, where torchvision has them too.
 */
export class FashionMNIST<Image = Tensor, Target = number> extends IdxDataset<Image, Target> {
  /** Addresses of folders with the four files, tried in this order. */
  static readonly mirrors: readonly string[] = [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
  ];

  /** Checksums guard the files, so a mirror without TLS is as good as the others. */
  static readonly resources: readonly DatasetFile[] = [
    {
      name: "train-images-idx3-ubyte.gz",
      sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      bytes: 26_421_880,
    },
    {
      name: "train-labels-idx1-ubyte.gz",
      sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      bytes: 29_515,
    },
    {
      name: "t10k-images-idx3-ubyte.gz",
      sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      bytes: 4_422_102,
    },
    {
      name: "t10k-labels-idx1-ubyte.gz",
      sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      bytes: 5_148,
    },
  ];

  static readonly classes: readonly string[] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ];

  readonly root: string;
  readonly train: boolean;

  /**
   * Reads the files at once.
   * @param root Folder of the dataset; default `defaultRoot("fashion-mnist")`.
   * @param images What the files hold, where they have been read already.
   * @throws {DatasetError} when a file is missing; {IdxError} when one is damaged.
   */
  constructor(
    root: string = defaultRoot("fashion-mnist"),
    options: FashionMNISTOptions<Image, Target> = {},
    images?: LabelledImages,
  ) {
    expectOptions("FashionMNIST", options, "{ train: false }");
    const { train = true } = options;
    images ??= readLabelledImages(rawFolder(root), idxNames(train), {
      dataset: "FashionMNIST",
      classes: new.target.classes.length,
      remedy: 'fetch the files with "await vision.datasets.FashionMNIST.load(root, { download: true })"',
    });
    super("FashionMNIST", images, options);
    this.root = root;
    this.train = train;
  }

  /**
   * Like the constructor, but fetches missing files first when `download` is true.
   * @throws what the constructor and `download` throw.
   */
  static async load<Image = Tensor, Target = number>(
    root: string = defaultRoot("fashion-mnist"),
    options: FashionMNISTOptions<Image, Target> & DatasetDownloadOptions = {},
  ): Promise<FashionMNIST<Image, Target>> {
    expectOptions("FashionMNIST.load", options, "{ train: false }");
    if (options.download) await this.download(root, options);
    return new this<Image, Target>(root, options);
  }

  /**
   * Fetches the files (30.9 MB) into `root/FashionMNIST/raw`, unless they are there. Several mirrors are tried, checksums
   * compared, and a download that was cut goes on where it stopped.
   * @throws {DownloadError} when no mirror gave a file; {DiskFullError} when it does not fit.
   */
  static async download(
    root: string = defaultRoot("fashion-mnist"),
    options: DatasetDownloadOptions = {},
  ): Promise<void> {
    await downloadFiles(rawFolder(root), this.resources, this.mirrors, options);
  }

  get classes(): readonly string[] {
    return (this.constructor as typeof FashionMNIST).classes;
  }

  override [constructorArguments](): readonly Argument[] {
    const { root, train, transform, targetTransform, images } = this;
    return Object.entries({ root, options: { train, transform, targetTransform }, images });
  }
}

const rawFolder = (root: string): string => join(root, "FashionMNIST", "raw");
