import { join } from "node:path";

/** Where the runs lie: below a workspace folder, or below the folder of a lone program. */
export const runsFolderOf = (folder: string): string => join(folder, ".gradtape", "runs");
