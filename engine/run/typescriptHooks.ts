// The same hooks as in typescript.ts for Nodes before 22.15, which run them in a thread and wait for promises.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compileTypeScript, isTypeScript } from "./compileTypeScript.js";
import { isOwnName, ownModule, sourceFile } from "./resolveModule.js";

interface Context {
  readonly parentURL?: string;
}
type Next<C, R> = (specifier: string, context?: C) => Promise<R>;

export async function resolve<C extends Context, R>(
  specifier: string,
  context: C,
  next: Next<C, R>,
): Promise<R | { url: string; shortCircuit: true }> {
  const file = sourceFile(specifier, context.parentURL);
  if (file !== undefined) return next(file, context);
  if (!isOwnName(specifier)) return next(specifier, context);
  const own = ownModule(specifier);
  if ("url" in own) return { ...own, shortCircuit: true };
  try {
    return await next(specifier, context);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return next(specifier, { ...context, ...own });
  }
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
