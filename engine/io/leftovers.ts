// Temporary files beside the file that they are to replace: how they are named, and which of them belong to nobody any
// more because their process was killed. It must not know what is written.
import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

/** Process numbers mean something on one machine only. */
const machine = shortHash(hostname());

let serial = 0;

/** A name for the next temporary file of this thread that is to replace `base`. */
export function temporaryName(base: string): string {
  return `${prefixOf(base)}${machine}-${process.pid}-${threadId}-${++serial}.tmp`;
}

/** Removes the temporary files of `base` whose process is gone. Never fails: they only take room. */
export function removeLeftovers(folder: string, base: string): void {
  const prefix = prefixOf(base);
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix)) continue;
    const owner = /^([0-9a-f]{8})-(\d+)-\d+-\d+\.tmp$/.exec(name.slice(prefix.length));
    if (!owner) continue;
    const path = join(folder, name);
    const gone = owner[1] === machine && !isAlive(Number(owner[2]));
    try {
      if (gone || isOld(path)) rmSync(path, { force: true });
    } catch {
      // Another process cleans at the same time, or may and we may not.
    }
  }
}

/** Hidden, and shortened where the whole name would be too long for the file system. */
function prefixOf(base: string): string {
  return `.${Buffer.byteLength(base) <= 180 ? base : shortHash(base)}.`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const hour = 3_600_000;

/** A file that nobody wrote to for this long: its process number was given to another process since, or another machine's. */
const isOld = (path: string): boolean => Date.now() - statSync(path).mtimeMs > hour;

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
