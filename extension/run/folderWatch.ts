// Watches one folder for entries that come and go, also before the folder is there: then its nearest ancestor is watched.
// VS Code's own watcher is for files of the workspace and may skip or delay what lies in hidden folders. No vscode here.
import { existsSync, type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

export interface FolderWatch {
  dispose(): void;
}

/** Calls `changed` after entries of the folder came or went, and when the folder itself did. */
export function watchFolder(folder: string, changed: () => void): FolderWatch {
  let watcher: FSWatcher | undefined;
  let ended = false;

  const arm = (): void => {
    watcher?.close();
    watcher = undefined;
    if (ended) return;
    const watched = nearestExisting(folder);
    try {
      watcher = watch(watched, { persistent: false }, () => {
        if (nearestExisting(folder) !== watched) {
          arm();
          changed();
        } else if (watched === folder) changed();
      });
      // The folder was removed under the watcher: begin again above it.
      watcher.on("error", arm);
    } catch {
      // Gone between the question and the watch, or not readable: nothing to be seen there.
      return;
    }
    // What appeared between the question and the watch was not announced.
    if (nearestExisting(folder) !== watched) arm();
  };
  arm();
  return {
    dispose: () => {
      ended = true;
      watcher?.close();
    },
  };
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}
