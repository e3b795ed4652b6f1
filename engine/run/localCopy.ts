// A workspace may have installed a gradtape of its own. Its programs then import that one, so the command must be that
// one too: two engines in one process would not know each other's tensors. Knows nothing of what the command does.
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isSource, packageFolder } from "./engineFolder.js";

/** URL of the command of the copy that the program will import; undefined when it is this one. */
export function localCopy(args: readonly string[]): string | undefined {
  const [command, file] = args;
  const program =
    file !== undefined && ["run", "train", "test"].includes(command) ? resolve(file) : join(process.cwd(), "program");
  // From source there is one engine, and that is the one under test.
  if (isSource) return undefined;
  try {
    const manifest = createRequire(program).resolve("gradtape/package.json");
    if (realpathSync(dirname(manifest)) === realpathSync(packageFolder)) return undefined;
    const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly bin?: { readonly gradtape?: string } };
    return bin?.gradtape === undefined ? undefined : pathToFileURL(join(dirname(manifest), bin.gradtape)).href;
  } catch {
    return undefined; // none installed there: the ordinary case
  }
}
