// CIFAR-10, from the binary version of its archive. It must not know loaders.
import { expectOptions } from "../../errors.js";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fromTypedArray } from "../../create.js";
import type { Tensor } from "../../tensor.js";
import { withLock } from "../../io/lock.js";
import { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { unpackMembers } from "./archive.js";
import { cifarPlane, cifarRecord, cifarSide, readCifarBatch, type CifarBatch } from "./cifarFiles.js";
import { downloadFiles, type DatasetDownloadOptions, type DatasetFile } from "./files.js";
import { defaultRoot } from "./folders.js";
import { VisionDataset, type VisionOptions } from "./visionDataset.js";

export interface CIFAR10Options<Image = Tensor, Target = number> extends VisionOptions<Image, Target> {
  /** The training part (default, 50,000 images), or else the test part (10,000). */
  readonly train?: boolean;
  /** `CIFAR10.load` may fetch missing files. The constructor cannot wait for the network: it needs them to be there. */
  readonly download?: boolean;
}

/**
 * Small colour photographs: samples are `[image, label]` with labels 0 to 9. PyTorch: `torchvision.datasets.CIFAR10`.
 *
 * ```ts
 * const trainData = await vision.datasets.CIFAR10.load(root, { download: true, transform });
 * ```
 * Without a transform, an image is a uint8 tensor of shape [32, 32, 3]; with `ToTensor`, float32 [3, 32, 32]. Files lie in
 * `root/cifar-10-batches-bin`; torchvision takes another version of the archive, which holds Python objects.
 */
export class CIFAR10<Image = Tensor, Target = number> extends VisionDataset<Image, Target> {
  /** Addresses of folders with the archive, tried in this order. */
  static readonly mirrors: readonly string[] = ["https://www.cs.toronto.edu/~kriz/"];

  static readonly archive: DatasetFile = {
    name: "cifar-10-binary.tar.gz",
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    bytes: 170_052_171,
  };

  /** Images in each of the archive's six files. */
  static readonly imagesPerFile: number = 10_000;

  static readonly classes: readonly string[] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
  ];

  readonly root: string;
  readonly train: boolean;
  readonly #batches: readonly CifarBatch[];
  readonly #length: number;
  #data: Tensor | undefined;
  #targets: Tensor | undefined;

  /**
   * Reads the files at once.
   * @param root Folder of the dataset; default `defaultRoot("cifar10")`.
   * @param batches What the files hold, where they have been read already.
   * @throws {DatasetError} when a file is missing or damaged.
   */
  constructor(
    root: string = defaultRoot("cifar10"),
    options: CIFAR10Options<Image, Target> = {},
    batches?: readonly CifarBatch[],
  ) {
    expectOptions("CIFAR10", options, "{ train: false }");
    super("CIFAR10", options);
    const { train = true } = options;
    this.root = root;
    this.train = train;
    const remedy = 'fetch the files with "await vision.datasets.CIFAR10.load(root, { download: true })"';
    this.#batches =
      batches ??
      (train ? trainFiles : testFiles).map((name) =>
        readCifarBatch(join(root, folderName, name), this.classes.length, remedy),
      );
    this.#length = this.#batches.reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Like the constructor, but fetches missing files first when `download` is true.
   * @throws what the constructor and `download` throw.
   */
  static async load<Image = Tensor, Target = number>(
    root: string = defaultRoot("cifar10"),
    options: CIFAR10Options<Image, Target> & DatasetDownloadOptions = {},
  ): Promise<CIFAR10<Image, Target>> {
    expectOptions("CIFAR10.load", options, "{ train: false }");
    if (options.download) await this.download(root, options);
    return new this<Image, Target>(root, options);
  }

  /**
   * Fetches the archive (170 MB) into `root` and unpacks it (184 MB), unless its files are there. Its checksum is compared
   * before anything is unpacked, and a download that was cut goes on where it stopped. Safe in two processes at once.
   * @throws {DownloadError} when no mirror gave it; {DatasetError} when it lacks a file; {DiskFullError} when it does not fit.
   */
  static async download(root: string = defaultRoot("cifar10"), options: DatasetDownloadOptions = {}): Promise<void> {
    const folder = join(root, folderName);
    const bytes = this.imagesPerFile * cifarRecord;
    const isComplete = () =>
      [...trainFiles, ...testFiles].every(
        (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === bytes,
      );
    if (isComplete()) return;
    await withLock(folder, { signal: options.signal }, async (signal) => {
      if (isComplete()) return;
      await downloadFiles(root, [this.archive], this.mirrors, { ...options, signal });
      const members = [...trainFiles, ...testFiles].map((name) => ({ path: `${folderName}/${name}`, bytes }));
      await unpackMembers(join(root, this.archive.name), folder, members, signal);
    });
  }

  get length(): number {
    return this.#length;
  }

  protected override image(index: number): RawArray {
    const { bytes, at } = this.#record(index);
    return RawArray.lazy([cifarSide, cifarSide, 3], "uint8", (target, start) => {
      channelsLast(bytes, at + 1, target as Uint8Array, start);
    });
  }

  protected override label(index: number): number {
    const { bytes, at } = this.#record(index);
    return bytes[at];
  }

  #record(index: number): { readonly bytes: Uint8Array; readonly at: number } {
    let rest = index;
    for (const { count, bytes } of this.#batches) {
      if (rest < count) return { bytes, at: rest * cifarRecord };
      rest -= count;
    }
    throw new RangeError(`no image ${index}`); // raw() has checked the index
  }

  /** All images, untransformed: uint8 [length, 32, 32, 3]. */
  get data(): Tensor {
    if (this.#data === undefined) {
      const size = 3 * cifarPlane;
      const pixels = new Uint8Array(this.length * size);
      for (let i = 0; i < this.length; i++) this.image(i).copyTo(pixels, i * size);
      this.#data = fromTypedArray(pixels, [this.length, cifarSide, cifarSide, 3]);
    }
    return this.#data;
  }

  /** All labels, untransformed: int64 [length]. */
  get targets(): Tensor {
    const labels = () => BigInt64Array.from({ length: this.length }, (_, i) => BigInt(this.label(i)));
    return (this.#targets ??= fromTypedArray(labels(), [this.length]));
  }

  get classes(): readonly string[] {
    return (this.constructor as typeof CIFAR10).classes;
  }

  override [constructorArguments](): readonly Argument[] {
    const { root, train, transform, targetTransform } = this;
    return Object.entries({ root, options: { train, transform, targetTransform }, batches: this.#batches });
  }
}

const folderName = "cifar-10-batches-bin";
const trainFiles = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
const testFiles = ["test_batch.bin"];

/** Three planes from `at` on as pixels from `start` on. */
function channelsLast(planes: Uint8Array, at: number, pixels: Uint8Array, start: number): void {
  for (let i = 0, o = start; i < cifarPlane; i++) {
    pixels[o++] = planes[at + i];
    pixels[o++] = planes[at + cifarPlane + i];
    pixels[o++] = planes[at + 2 * cifarPlane + i];
  }
}
