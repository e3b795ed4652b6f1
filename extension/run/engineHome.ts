// Where the engine that runs a program lies: the copy that the program's own `import "gradtape"` finds, else the
// extension's. Both must be the same copy, or there would be two tapes. No vscode here.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface EngineHome {
  /** Folder of gradtape's package.json. */
  readonly root: string;
  readonly cli: string;
}

const cliOf = (root: string) => join(root, "dist", "engine", "cli.js");

/** Walks up from the program as Node does: a `node_modules/gradtape`, or the package "gradtape" itself. */
export function findEngine(program: string, extensionRoot: string): EngineHome {
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    for (const root of [join(folder, "node_modules", "gradtape"), folder]) {
      if (existsSync(cliOf(root)) && packageName(root) === "gradtape") {
        return { root, cli: cliOf(root) };
      }
    }
    if (dirname(folder) === folder) return { root: extensionRoot, cli: cliOf(extensionRoot) };
  }
}

function packageName(root: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}
