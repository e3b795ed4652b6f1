// How much has been written below a folder: the progress of programs that do not tell theirs.
import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";

/** Bytes of all files below a folder; 0 where it is not there. Files that vanish meanwhile do not count. */
export function folderSize(folder: string): number {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return 0;
  }
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + folderSize(path);
    return sum + (entry.isFile() ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0);
  }, 0);
}

/** Reports the folder's size a few times a second while it grows; returns how to stop. */
export function watchSize(folder: string, onBytes: (bytes: number) => void): () => void {
  let last = -1;
  const timer = setInterval(() => {
    const size = folderSize(folder);
    if (size > last) onBytes((last = size));
  }, 200);
  return () => clearInterval(timer);
}
