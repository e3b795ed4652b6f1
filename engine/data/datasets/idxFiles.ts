// Labelled images in a pair of idx files. It must not know which dataset they are, or where they come from.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { shapeText } from "../../errors.js";
import { readIdxFile } from "../idx.js";
import { DatasetError, unpacked } from "./files.js";

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

function existing(folder: string, name: string): string | undefined {
  return [unpacked(name), name].map((file) => join(folder, file)).find((path) => existsSync(path));
}
