// The commit that a program ran from: a run is only worth keeping when one can tell what was run.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunRecord } from "../protocol.js";

/** A repository that takes longer to say whether it is clean is not waited for. */
const patienceMs = 500;

/** Commit and cleanliness of the repository that holds `folder`; undefined without git, without a commit, or in doubt. */
export function gitState(folder: string): RunRecord["git"] {
  if (!isInRepository(folder)) return undefined;
  const ask = (...args: readonly string[]) => {
    const { status, stdout } = spawnSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      timeout: patienceMs,
      stdio: ["ignore", "pipe", "ignore"],
      // Asking must not take a lock that the user's own git is waiting for.
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
    });
    return status === 0 ? stdout : undefined;
  };
  const commit = ask("rev-parse", "HEAD")?.trim();
  if (!commit) return undefined;
  const changes = ask("status", "--porcelain", "--untracked-files=no");
  return changes === undefined ? undefined : { commit, dirty: changes !== "" };
}

function isInRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true;
    if (dirname(at) === at) return false;
  }
}
