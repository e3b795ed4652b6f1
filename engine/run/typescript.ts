// Lets this process import TypeScript programs as they are, in a folder with nothing installed. Called once, before the
// program is imported. Knows nothing of runs.
import { readFileSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";
import { program } from "../data/workers/modules.js";
import { compileTypeScript, isTypeScript } from "./compileTypeScript.js";
import { ownModule, sourceFile } from "./resolveModule.js";

interface Context {
  readonly parentURL?: string;
}
type Next<C, R> = (specifier: string, context?: C) => R;

/** `module.registerHooks` as far as it is used here: Node has it from 22.15 on, the type declarations do not. */
interface SynchronousHooks {
  registerHooks?(hooks: {
    resolve<C extends Context, R>(
      specifier: string,
      context: C,
      next: Next<C, R>,
    ): R | { url: string; shortCircuit: true };
    load<C, R>(url: string, context: C, next: Next<C, R>): R | { format: "module"; source: string; shortCircuit: true };
  }): void;
}

let installed = false;

/** Installs the hooks; a second call does nothing. */
export function installTypeScript(): void {
  if (installed) return;
  installed = program.typescript = true;
  process.setSourceMapsEnabled(true);
  const { registerHooks } = module as SynchronousHooks;
  if (!registerHooks) {
    // Older Nodes run hooks in a thread of their own.
    const file = import.meta.url.endsWith(".ts") ? "./typescriptHooks.ts" : "./hooks.js";
    return module.register(file, import.meta.url);
  }
  registerHooks({
    resolve: (specifier, context, next) => {
      const own = ownModule(specifier);
      if (own !== undefined) return { url: own, shortCircuit: true };
      return next(sourceFile(specifier, context.parentURL) ?? specifier, context);
    },
    load: (url, context, next) => {
      const file = url.startsWith("file:") ? fileURLToPath(url) : "";
      if (!isTypeScript(file)) return next(url, context);
      // Always a module: top-level await works and nothing is guessed from a package.json that is not there.
      return { format: "module", source: compileTypeScript(readFileSync(file, "utf8"), file), shortCircuit: true };
    },
  });
}
