// Where the engine's own code lies, from source and built alike, and what its package is. Frames from there are not the
// user's. Knows nothing of runs.
import { readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { engineFolders } from "../errors.js";

/** From source this file lies in engine/run, built in a chunk of dist/engine itself. */
export const isSource = import.meta.url.endsWith(".ts");

/** Folder of the package: the nearest one above with a package.json. */
export const packageFolder = findPackage(dirname(fileURLToPath(import.meta.url)));

/** The version in package.json. */
export const packageVersion: string = (
  JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string }
).version;

/** Whether a frame of this file is the user's own: not Node's, not a package's, not the engine's. */
export const isUserFile = (file: string): boolean =>
  file !== "" &&
  !file.startsWith("node:") &&
  !engineFolders.some((folder) => file.startsWith(folder)) &&
  !file.includes(`${sep}node_modules${sep}`) &&
  !file.startsWith("<");

function findPackage(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      readFileSync(join(folder, "package.json"));
      return folder;
    } catch {
      if (dirname(folder) === folder) return from;
    }
  }
}
