// Replaces a file in one step: whoever opens it, at any moment and after any crash, finds the old contents or the new
// ones, whole. Synchronous, because checkpoints are written inside loops that never yield.
// It must not know what the bytes mean.
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { GradtapeError } from "../errors.js";
import { DiskFullError, freeBytes, isDiskFull, requireFree } from "./diskSpace.js";
import { removeLeftovers, temporaryName } from "./leftovers.js";

/** A file could not be written; what stood there before still stands. */
export class WriteError extends GradtapeError {
  override name = "WriteError";

  constructor(
    readonly file: string,
    /** Node's code: "EACCES", "ENOENT", … */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    const remedy = code === "ENOENT" || code === "ENOTDIR" ? "Make its folder first" : "Choose another place";
    super(`write: expected to write ${file}, got ${code} from the file system. ${remedy}`, options);
  }
}

/**
 * Writes `chunks` one after another in place of `file` (through a symbolic link, keeping the old file's mode). When
 * anything fails, be it the disk or the making of a chunk, nothing new is left and the old file stands.
 * @param byteLength of all chunks together, when known: a disk with less room is refused before anything is written
 * @throws {DiskFullError} with the bytes needed and free
 * @throws {WriteError} for every other failure of the file system; errors of `chunks` pass as they are
 */
export function writeFileAtomic(file: string, chunks: Iterable<Uint8Array>, byteLength?: number): void {
  const target = linkedFile(file);
  const folder = dirname(target);
  const temporary = join(folder, temporaryName(basename(target)));
  let needed = byteLength ?? 0;
  const counted = function* () {
    for (const chunk of chunks) {
      if (byteLength === undefined) needed += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    const mode = modeToKeep(target);
    removeLeftovers(folder, basename(target));
    if (byteLength !== undefined) requireFree(folder, byteLength);
    writeNew(temporary, counted(), mode);
    fs.renameSync(temporary, target);
    syncFolder(folder);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw explained(error, file, folder, needed);
  }
}

function writeNew(file: string, chunks: Iterable<Uint8Array>, mode: number | undefined): void {
  const handle = fs.openSync(file, "wx");
  try {
    if (mode !== undefined) fs.fchmodSync(handle, mode);
    for (const chunk of chunks) writeWhole(handle, chunk);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** One call writes less than 2 GiB, and may write less than it was given. */
const longestWrite = 2 ** 30;

function writeWhole(handle: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) {
    done += fs.writeSync(handle, bytes, done, Math.min(bytes.byteLength - done, longestWrite));
  }
}

/** Makes the renaming itself last. Not every file system lets a folder be synchronised: there the rename has to do. */
function syncFolder(folder: string): void {
  try {
    const handle = fs.openSync(folder, "r");
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    if (!["EINVAL", "EISDIR", "EPERM", "EACCES", "ENOTSUP"].includes(codeOf(error) ?? "")) throw error;
  }
}

function linkedFile(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file; // nothing there yet
  }
}

/** The mode of the file to be replaced; undefined when there is none. Devices, pipes and folders are never replaced. */
function modeToKeep(target: string): number | undefined {
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (stat && !stat.isFile()) throw new WriteError(target, stat.isDirectory() ? "EISDIR" : "a device or pipe");
  return stat && stat.mode & 0o7777;
}

function explained(error: unknown, file: string, folder: string, needed: number): unknown {
  if (error instanceof GradtapeError || error instanceof DiskFullError) return error;
  if (isDiskFull(error)) {
    // What was written is gone again; a disk that now has room was full by another measure (quota, number of files).
    const free = freeBytes(folder);
    return new DiskFullError(folder, needed, free !== undefined && free < needed ? free : undefined);
  }
  return isSystemError(error) ? new WriteError(file, error.code, { cause: error }) : error;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined && codeOf(error) !== undefined;
