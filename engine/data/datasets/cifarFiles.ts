// The binary files of CIFAR: records of one label and 3 planes of 32 x 32 bytes. It must not know where they come from.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { DatasetError } from "./files.js";

/** Height and width of an image. */
export const cifarSide = 32;

export const cifarPlane = cifarSide * cifarSide;

/** Bytes of a label and its image. */
export const cifarRecord = 1 + 3 * cifarPlane;

/** Records one after the other: a label, then red, green and blue, row by row. */
export interface CifarBatch {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/**
 * Checks the bytes of one file; they are not copied.
 * @param file What error messages call it.
 * @throws {DatasetError} unless they are whole records, at least one, with labels below `classes`.
 */
export function parseCifarBatch(bytes: Uint8Array, file: string, classes: number): CifarBatch {
  const count = bytes.length / cifarRecord;
  if (!Number.isInteger(count) || count === 0) {
    throw new DatasetError(
      `CIFAR10: expected records of ${cifarRecord} bytes in ${file}, got ${bytes.length} bytes; remove the file and download it again`,
    );
  }
  for (let i = 0; i < count; i++) {
    const label = bytes[i * cifarRecord];
    if (label >= classes) {
      throw new DatasetError(
        `CIFAR10: expected labels from 0 to ${classes - 1} in ${file}, got ${label} at index ${i}`,
      );
    }
  }
  return { count, bytes };
}

/** @throws {DatasetError} when the file is missing, with `remedy`, or damaged. */
export function readCifarBatch(path: string, classes: number, remedy: string): CifarBatch {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DatasetError(`CIFAR10: expected the file ${path}, got ${code ?? String(error)}; ${remedy}`, {
      cause: error,
    });
  }
  return parseCifarBatch(bytes, basename(path), classes);
}
