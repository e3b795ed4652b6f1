// MNIST: the part that ships with the engine and the whole of it, as one class. It must not know loaders.
import { join } from "node:path";
import { ArgumentError, expectOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { downloadFiles, type DatasetDownloadOptions, type DatasetFile } from "./files.js";
import { assetFolder, defaultRoot } from "./folders.js";
import { IdxDataset, idxNames } from "./idxDataset.js";
import { readLabelledImages, type LabelledImages } from "./idxFiles.js";
import type { VisionOptions } from "./visionDataset.js";

export interface MNISTOptions<Image = Tensor, Target = number> extends VisionOptions<Image, Target> {
  /** The training part (default), or else the test part. */
  readonly train?: boolean;
  /**
   * "embedded" (default): 8,000 digits to train and 2,000 to test that ship with the engine; `root` plays no part.
   * "full": MNIST's own 60,000 and 10,000, from files in `root`.
   */
  readonly source?: "embedded" | "full";
  /** `MNIST.load` may fetch missing files. The constructor cannot wait for the network: it needs them to be there. */
  readonly download?: boolean;
}

/**
 * Handwritten digits: samples are `[image, label]` with labels 0 to 9. PyTorch: `torchvision.datasets.MNIST`.
 *
 * ```ts
 * const trainData = new vision.datasets.MNIST(root, { transform });                                   // embedded digits
 * const trainData = await vision.datasets.MNIST.load(root, { source: "full", download: true, transform });  // all of MNIST
 * ```
 * Without a transform, an image is a uint8 tensor of shape [28, 28, 1]; with `ToTensor`, float32 [1, 28, 28].
 * Files of the full set lie in `root/MNIST/raw`, where torchvision has them too, so both can share one folder.
 */
export class MNIST<Image = Tensor, Target = number> extends IdxDataset<Image, Target> {
  /** Addresses of folders with the four files, tried in this order. */
  static readonly mirrors: readonly string[] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
  ];

  /** Checksums guard the files, so a mirror without TLS is as good as the others. */
  static readonly resources: readonly DatasetFile[] = [
    {
      name: "train-images-idx3-ubyte.gz",
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      bytes: 9_912_422,
    },
    {
      name: "train-labels-idx1-ubyte.gz",
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      bytes: 28_881,
    },
    {
      name: "t10k-images-idx3-ubyte.gz",
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      bytes: 1_648_877,
    },
    {
      name: "t10k-labels-idx1-ubyte.gz",
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      bytes: 4_542,
    },
  ];

  static readonly classes: readonly string[] = [
    "0 - zero",
    "1 - one",
    "2 - two",
    "3 - three",
    "4 - four",
    "5 - five",
    "6 - six",
    "7 - seven",
    "8 - eight",
    "9 - nine",
  ];

  readonly root: string;
  readonly train: boolean;
  readonly source: "embedded" | "full";

  /**
   * Reads the files at once.
   * @param root Folder of the dataset; default `defaultRoot("mnist")`.
   * @param images What the files hold, where they have been read already.
   * @throws {DatasetError} when a file of the full set is missing; {IdxError} when one is damaged.
   */
  constructor(root: string = defaultRoot("mnist"), options: MNISTOptions<Image, Target> = {}, images?: LabelledImages) {
    expectOptions("MNIST", options, "{ train: false }");
    const { train = true, source = "embedded" } = options;
    super("MNIST", images ?? read(root, train, source, new.target.classes.length), options);
    this.root = root;
    this.train = train;
    this.source = source;
  }

  /**
   * Like the constructor, but fetches missing files of the full set first when `download` is true.
   * @throws what the constructor and `download` throw.
   */
  static async load<Image = Tensor, Target = number>(
    root: string = defaultRoot("mnist"),
    options: MNISTOptions<Image, Target> & DatasetDownloadOptions = {},
  ): Promise<MNIST<Image, Target>> {
    expectOptions("MNIST.load", options, "{ train: false }");
    if (options.source === "full" && options.download) await this.download(root, options);
    return new this<Image, Target>(root, options);
  }

  /**
   * Fetches the files of the full set (11.6 MB) into `root/MNIST/raw`, unless they are there. Several mirrors are tried,
   * checksums compared, and a download that was cut goes on where it stopped.
   * @throws {DownloadError} when no mirror gave a file; {DiskFullError} when it does not fit.
   */
  static async download(root: string = defaultRoot("mnist"), options: DatasetDownloadOptions = {}): Promise<void> {
    expectOptions("MNIST.download", options, "{ signal }");
    await downloadFiles(rawFolder(root), this.resources, this.mirrors, options);
  }

  /** What each label means. */
  get classes(): readonly string[] {
    return (this.constructor as typeof MNIST).classes;
  }

  override [constructorArguments](): readonly Argument[] {
    const { root, train, source, transform, targetTransform, images } = this;
    return Object.entries({ root, options: { train, source, transform, targetTransform }, images });
  }
}

const rawFolder = (root: string): string => join(root, "MNIST", "raw");

function read(root: string, train: boolean, source: "embedded" | "full", classes: number): LabelledImages {
  switch (source) {
    case "embedded":
      return readLabelledImages(assetFolder("mnist"), idxNames(train), {
        dataset: "MNIST",
        classes,
        remedy: "the engine's installation is incomplete",
      });
    case "full":
      return readLabelledImages(rawFolder(root), idxNames(train), {
        dataset: "MNIST",
        classes,
        remedy: 'fetch the files with "await vision.datasets.MNIST.load(root, { source: "full", download: true })"',
      });
  }
  source satisfies never;
  throw new ArgumentError(`MNIST: expected a source of "embedded" or "full", got ${JSON.stringify(source)}`);
}
