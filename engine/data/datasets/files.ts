// The files of a dataset: fetching them from mirrors, and what is said when they are missing. It must not know which
// dataset they are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, GradtapeError } from "../../errors.js";
import { downloadFile } from "../../io/download.js";

/** A file of a dataset on its mirrors. */
export interface DatasetFile {
  /** Of a file in `.gz`, a decompressed copy beside it does as well. */
  readonly name: string;
  /** Of the file as the mirrors have it, in hex. */
  readonly sha256: string;
  /** The same. */
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

/** The name that the file has once it is decompressed. */
export const unpacked = (name: string): string => name.replace(/(?<!\.tar)\.gz$/, "");
