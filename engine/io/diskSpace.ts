// Free space of a folder's disk, asked before something large is written, and the one error for a disk that is full.
// It must not know what is written.
import { statfsSync } from "node:fs";
import { dirname } from "node:path";

/** A file did not fit on its disk. What was written of it is removed before this is thrown. */
export class DiskFullError extends Error {
  override readonly name = "DiskFullError";
  /**
   * @param folder where it was written
   * @param needed bytes that were still to be written; undefined when nobody knows
   * @param free bytes left for this user
   */
  constructor(
    readonly folder: string,
    readonly needed: number | undefined,
    readonly free: number | undefined,
  ) {
    const wanted = needed === undefined ? "more space" : formatMiB(needed);
    const got = free === undefined ? "a full disk" : `${formatMiB(free)} free`;
    super(`disk: expected ${wanted} for ${folder}, got ${got}. Free some space there, or choose another folder`);
  }
}

/** Bytes that this user may still write below `path`; undefined where the file system does not say. `path` need not exist yet. */
export function freeBytes(path: string): number | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

/** @throws {DiskFullError} when fewer than `needed` bytes are free below `folder`. */
export function requireFree(folder: string, needed: number): void {
  const free = freeBytes(folder);
  if (free !== undefined && free < needed) throw new DiskFullError(folder, needed, free);
}

/** Whether a failed write says that the disk (or the user's quota) is full. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return error instanceof DiskFullError || code === "ENOSPC" || code === "EDQUOT";
}

/** Bytes as whole MiB, rounded up: "220 MiB". */
export function formatMiB(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
