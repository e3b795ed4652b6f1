// Labelled images in a pair of idx files: reading the pair, and fetching the files from mirrors. It must not know which
// dataset they are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, GradtapeError, shapeText } from "../../errors.js";
import { downloadFile } from "../../io/download.js";
import { readIdxFile } from "../idx.js";

/** A file of a dataset on its mirrors. */
export interface DatasetFile {
  /** Ends in `.gz`. */
  readonly name: string;
  /** Of the compressed file, in hex. */
  readonly sha256: string;
  /** Of the compressed file. */
  readonly bytes: number;
}

export interface DatasetProgress {
  /** The file that is being fetched. */
  readonly file: string;
  /** Bytes that are there, of all files together. */
  readonly received: number;
  /** Bytes of all files together. */
  readonly total: number;
}

export interface DatasetDownloadOptions {
  readonly onProgress?: (progress: DatasetProgress) => void;
  /** Stops the download; what came so far is used by the next one. */
  readonly signal?: AbortSignal;
  /** Time for the first answer of a mirror, in milliseconds (default 5000). */
  readonly connectTimeoutMs?: number;
}

/** A dataset's files are not there, or do not belong together. */
export class DatasetError extends GradtapeError {
  override name = "DatasetError";
}

/** Bytes of `count` images of one size, and a label for each. */
export interface LabelledImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Image by image, row by row. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Reads the two files (names ending in `.gz`; a decompressed copy beside them is taken first).
 * @param remedy Said when a file is missing.
 * @throws {DatasetError} when a file is missing or the two do not fit; {IdxError} when one is damaged.
 */
export function readLabelledImages(
  folder: string,
  names: { readonly images: string; readonly labels: string },
  options: { readonly dataset: string; readonly classes: number; readonly remedy: string },
): LabelledImages {
  const { dataset, classes, remedy } = options;
  const read = (name: string) => {
    const path = existing(folder, name);
    if (path === undefined)
      throw new DatasetError(`${dataset}: expected ${name} in ${folder}, got no such file; ${remedy}`);
    return readIdxFile(path);
  };
  const images = read(names.images);
  const labels = read(names.labels);
  if (images.dtype !== "uint8" || images.shape.length !== 3) {
    throw new DatasetError(
      `${dataset}: expected uint8 images of shape [count, height, width] in ${names.images}, got ${images.dtype} ${shapeText(images.shape)}`,
    );
  }
  const [count, height, width] = images.shape;
  if (labels.dtype !== "uint8" || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new DatasetError(
      `${dataset}: expected ${count} uint8 labels in ${names.labels}, as many as images, got ${labels.dtype} ${shapeText(labels.shape)}`,
    );
  }
  // Both are uint8, as checked above.
  const values = labels.data as Uint8Array;
  const wrong = values.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DatasetError(
      `${dataset}: expected labels from 0 to ${classes - 1} in ${names.labels}, got ${values[wrong]} at index ${wrong}`,
    );
  }
  return { count, height, width, pixels: images.data as Uint8Array, labels: values };
}

/**
 * Makes sure that all files are in `folder`. A file that is there already, compressed and right or decompressed, is not
 * fetched; a download that was cut goes on where it stopped. Safe in two processes at once.
 * @param mirrors Addresses of folders, tried in this order for each file.
 * @throws {DownloadError} when no mirror gave a file; {DiskFullError} when it does not fit.
 */
export async function downloadFiles(
  folder: string,
  files: readonly DatasetFile[],
  mirrors: readonly string[],
  options: DatasetDownloadOptions = {},
): Promise<void> {
  if (mirrors.length === 0) throw new ArgumentError("download: expected at least 1 mirror, got none");
  const { onProgress, signal, connectTimeoutMs } = options;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  for (const { name, sha256, bytes } of files) {
    if (!existsSync(join(folder, unpacked(name)))) {
      await downloadFile({
        urls: mirrors.map((mirror) => new URL(name, mirror.endsWith("/") ? mirror : `${mirror}/`).href),
        sha256,
        to: join(folder, name),
        onProgress: ({ received }) => onProgress?.({ file: name, received: done + received, total }),
        signal,
        connectTimeoutMs,
      });
    }
    done += bytes;
    onProgress?.({ file: name, received: done, total });
  }
}

function existing(folder: string, name: string): string | undefined {
  return [unpacked(name), name].map((file) => join(folder, file)).find((path) => existsSync(path));
}

const unpacked = (name: string): string => name.replace(/\.gz$/, "");
