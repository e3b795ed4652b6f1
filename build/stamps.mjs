// Knows whether a step's inputs are those of its last success: a hash of their contents, kept in .cache/stamps.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { cacheFolder, repository } from "./steps.mjs";

const generatedFolders = new Set(["node_modules", "dist", ".cache", ".git", ".gradtape", "output", "build"]);

/** All files below the paths (files or folders, relative to the repository), sorted; `accept` sees the relative path. */
export function filesBelow(paths, accept = () => true) {
  const found = [];
  const visit = (path) => {
    if (statSync(path).isFile()) {
      if (accept(relative(repository, path))) found.push(path);
      return;
    }
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory() ? !generatedFolders.has(entry.name) : entry.isFile()) visit(join(path, entry.name));
    }
  };
  for (const path of paths) if (existsSync(join(repository, path))) visit(join(repository, path));
  return found.sort();
}

/** One hash over names and contents. */
export function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${relative(repository, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex");
}

/**
 * @param {string} name
 * @param {() => readonly string[]} inputs files whose contents decide
 * @param {readonly string[]} outputs paths (relative to the repository) that must exist
 */
export function stamp(name, inputs, outputs) {
  const file = join(cacheFolder, "stamps", name);
  // Taken before the step runs: what is edited meanwhile makes the step run again the next time.
  let taken;
  return {
    isFresh() {
      taken = hashOf(inputs());
      return (
        existsSync(file) &&
        readFileSync(file, "utf8") === taken &&
        outputs.every((output) => existsSync(join(repository, output)))
      );
    },
    set() {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, taken);
    },
  };
}
