// Takes known members out of a tar archive, and nothing else: only expected names, files and sizes, so that an archive
// can neither write elsewhere nor fill the disk. It must not know what the members are.
import { closeSync, createReadStream, fsyncSync, openSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ReadEntry } from "tar";
import { renameDurably } from "../../io/download.js";
import { DiskFullError, freeBytes, isDiskFull, requireFree } from "../../io/diskSpace.js";
import { DatasetError } from "./files.js";

export interface ArchiveMember {
  /** Path in the archive. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Unpacks the members into `folder`, each under the last part of its name. All are whole before one of them appears
 * there; what is there already is replaced. One process at a time: the caller holds a lock.
 * @throws {DatasetError} naming the archive when it is damaged or lacks a member; {DiskFullError} when they do not fit.
 */
export async function unpackMembers(
  archive: string,
  folder: string,
  members: readonly ArchiveMember[],
  signal?: AbortSignal,
): Promise<void> {
  const total = members.reduce((sum, { bytes }) => sum + bytes, 0);
  const unfinished = join(dirname(folder), `.${basename(folder)}.unpacking`);
  await rm(unfinished, { recursive: true, force: true }); // of a process that was killed
  await mkdir(unfinished, { recursive: true });
  const place = (path: string) => join(unfinished, basename(path));
  try {
    requireFree(unfinished, total);
    const found = await readMembers(archive, members, place, signal);
    const missing = members.find(({ path }) => !found.has(path));
    if (missing) {
      throw new DatasetError(
        `archive: ${archive}: expected a file ${missing.path} of ${missing.bytes} bytes in it, got none`,
      );
    }
    await mkdir(folder, { recursive: true });
    for (const { path } of members) await renameDurably(place(path), join(folder, basename(path)));
  } catch (error) {
    throw isDiskFull(error) && !(error instanceof DiskFullError)
      ? new DiskFullError(unfinished, total, freeBytes(unfinished))
      : error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Writes the members that the archive has, and gives their paths. Nothing is being written any more when this ends. */
async function readMembers(
  archive: string,
  members: readonly ArchiveMember[],
  place: (path: string) => string,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const { Parser } = await import("tar"); // not needed by anybody whose files are there
  const wanted = new Map(members.map(({ path, bytes }) => [path, bytes]));
  const found = new Set<string>();
  let file: number | undefined;
  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const writeEntry = (entry: ReadEntry) => {
    close();
    const to = (file = openSync(place(entry.path), "w", 0o644));
    let written = 0;
    // Chunks are written as they come, without promises: after an error of the archive none is under way.
    entry.on("data", (chunk: Buffer) => {
      for (let at = 0; at < chunk.length;) at += writeSync(to, chunk, at);
      written += chunk.length;
    });
    entry.on("end", () => {
      if (written !== entry.size) return;
      fsyncSync(to);
      close();
      found.add(plain(entry.path));
    });
  };
  const parser = new Parser({
    strict: true,
    filter: (path, entry) => "type" in entry && entry.type === "File" && wanted.get(plain(path)) === entry.size,
    onReadEntry: writeEntry,
  });
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    parser.on("end", resolve);
    parser.on("error", (error: Error) => {
      failure ??= error;
      resolve();
    });
  });
  try {
    for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 18, signal })) {
      parser.write(chunk as Buffer);
      if (failure) break;
    }
    if (!failure) parser.end();
    await ended;
  } catch (error) {
    failure = error as Error;
  } finally {
    close();
  }
  signal?.throwIfAborted();
  if (failure === undefined) return found;
  if (isDiskFull(failure)) throw failure;
  throw new DatasetError(`archive: ${archive}: expected a whole archive, got a damaged one (${failure.message})`, {
    cause: failure,
  });
}

/** Some archives put "./" before every path. */
const plain = (path: string): string => path.replace(/^\.\//, "");
