// Where Gradtape keeps what it fetched, per user: libtensorflow, datasets, the test workbench. It must not know which.
import { resolve } from "node:path";
import envPaths from "env-paths";

/** The user's cache folder: `GRADTAPE_CACHE`, else what the platform prescribes (`~/.cache/gradtape`). It need not exist yet. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment["GRADTAPE_CACHE"];
  return chosen ? resolve(chosen) : envPaths("gradtape", { suffix: "" }).cache;
}
