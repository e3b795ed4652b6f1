// Where an import leads in a program that has no build step: `./x` and `./x.js` find `x.ts`, and "gradtape" finds this
// package though nothing is installed. Shared by the synchronous and the threaded hooks of Node.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isSource } from "./engineFolder.js";

const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".json"];

/** The file that a relative or file: import means; undefined when Node may find it by itself. */
export function sourceFile(specifier: string, parent: string | undefined): string | undefined {
  const isRelative = /^\.{1,2}(\/|$)/.test(specifier);
  if (!isRelative && !specifier.startsWith("file:")) return undefined;
  if (isRelative && !parent?.startsWith("file:")) return undefined;
  let url: URL;
  try {
    url = new URL(specifier, parent);
    for (const path of candidates(fileURLToPath(url))) {
      if (isFile(path)) return pathToFileURL(path).href + url.search + url.hash;
    }
  } catch {
    return undefined; // no file URL that this platform knows: Node's own error says it better
  }
  return undefined;
}

/** Files that a path may mean, the likeliest first. */
function* candidates(path: string): Generator<string> {
  yield path;
  const script = /^(.*)\.([cm]?)js(x?)$/.exec(path);
  if (script) {
    yield `${script[1]}.${script[2]}ts${script[3]}`;
    if (!script[2] && !script[3]) yield `${script[1]}.tsx`;
  }
  for (const ending of endings) yield path + ending;
  for (const ending of endings) yield `${path}/index${ending}`;
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/** This package's entries, as package.json's "exports" name them, from source and built. */
const ownEntries: Readonly<Record<string, readonly [source: string, built: string]>> = {
  gradtape: ["../index.ts", "./index.js"],
  "gradtape/tfjs": ["../tfjs.ts", "./tfjs.js"],
};

/**
 * The module of this very copy that a program's import of "gradtape" means. A workspace's own copy needs no look-up
 * here: then the whole command was handed over to it (localCopy.ts).
 */
export function ownModule(specifier: string): string | undefined {
  if (!Object.hasOwn(ownEntries, specifier)) return undefined;
  const [source, built] = ownEntries[specifier];
  return new URL(isSource ? source : built, import.meta.url).href;
}
