// Where an import leads in a program that has no build step: `./x` and `./x.js` find `x.ts`, and "gradtape" finds this
// package when the program's own folder has none. Shared by the synchronous and the threaded hooks of Node.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

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

/** Whether this is the package's own name, whole or with a subpath. */
export const isOwnName = (specifier: string): boolean => specifier === "gradtape" || specifier.startsWith("gradtape/");

/**
 * This package's own module for "gradtape" or "gradtape/…". From source it is the source, always; from the built package
 * it is what "exports" of package.json says, reached by letting the package import itself.
 */
export function ownModule(specifier: string): { readonly url: string } | { readonly parentURL: string } {
  if (!import.meta.url.endsWith(".ts")) return { parentURL: import.meta.url };
  const entry = specifier === "gradtape" ? "../index.ts" : `../backend/${specifier.slice("gradtape/".length)}.ts`;
  return { url: new URL(entry, import.meta.url).href };
}
