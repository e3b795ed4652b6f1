// Where datasets lie. It must not know what is in them.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of a dataset, apart from any code so that programs share it: `<GRADTAPE_DATASETS>/<name>` where that
 * environment variable is set, else `~/.gradtape/datasets/<name>`. It need not exist yet.
 */
export function defaultRoot(name: string): string {
  return join(process.env["GRADTAPE_DATASETS"] || join(homedir(), ".gradtape", "datasets"), name);
}

/** The folder of a dataset that ships with the engine: beside the sources of this folder, or beside the engine's bundle. */
export function assetFolder(name: string): string {
  const candidates = ["./assets/", "../assets/"].map((folder) =>
    fileURLToPath(new URL(`${folder}${name}`, import.meta.url)),
  );
  return candidates.find((folder) => existsSync(folder)) ?? candidates[0];
}
