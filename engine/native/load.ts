// Finds the built addon and loads it once: the only place that knows where the .node file lies. Loading it opens no
// libtensorflow; that is `NativeBinding.load`.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { NativeBinding } from "./binding.js";

const place = path.join("dist", "native", "gradtape.node");

let loaded: NativeBinding | undefined;

/** The addon of this process. Throws when it was not built, or was built for another platform. */
export function loadAddon(): NativeBinding {
  loaded ??= openAddon(addonFile());
  return loaded;
}

// The sources (engine/native/) and the bundles (dist/engine/) lie at different depths below the package.
function addonFile(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = path.dirname(folder)) {
    const file = path.join(folder, place);
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) break;
  }
  throw new Error(
    `native addon: expected ${place} in the package, found none. ` +
      (process.platform === "linux" || process.platform === "darwin"
        ? 'Run "npm start" in Gradtape\'s folder to build it.'
        : `Gradtape runs on Linux and macOS; this is ${process.platform}-${process.arch}.`),
  );
}

function openAddon(file: string): NativeBinding {
  try {
    const exports = createRequire(import.meta.url)(file) as { readonly gradtape: NativeBinding };
    return exports.gradtape;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `native addon: cannot load ${file} into Node ${process.versions.node} on ${process.platform}-${process.arch}: ` +
        `${reason}. Delete the file and run "npm start" to build it again.`,
      { cause },
    );
  }
}
