// The same hooks as in typescript.ts for Nodes before 22.15, which run them in a thread and wait for promises.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compileTypeScript, isTypeScript } from "./compileTypeScript.js";
import { ownModule, sourceFile } from "./resolveModule.js";

interface Context {
  readonly parentURL?: string;
}
type Next<C, R> = (specifier: string, context?: C) => Promise<R>;

export async function resolve<C extends Context, R>(
  specifier: string,
  context: C,
  next: Next<C, R>,
): Promise<R | { url: string; shortCircuit: true }> {
  const own = ownModule(specifier);
  if (own !== undefined) return { url: own, shortCircuit: true };
  return next(sourceFile(specifier, context.parentURL) ?? specifier, context);
}

export async function load<C, R>(
  url: string,
  context: C,
  next: Next<C, R>,
): Promise<R | { format: "module"; source: string; shortCircuit: true }> {
  const file = url.startsWith("file:") ? fileURLToPath(url) : "";
  if (!isTypeScript(file)) return next(url, context);
  return { format: "module", source: compileTypeScript(await readFile(file, "utf8"), file), shortCircuit: true };
}
