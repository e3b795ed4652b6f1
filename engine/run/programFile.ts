// A program's file: whether it can be one, what it exports, and what to say when that is not what was asked for.
// Knows no run.
import { existsSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { program as running, registerModule } from "../data/workers/modules.js";
import type { RunVerb } from "../protocol.js";
import { shortPath, UsageError } from "./programError.js";
import { installTypeScript } from "./typescript.js";

/** What a program exports for us. */
export interface Program {
  readonly options?: unknown;
  readonly train?: unknown;
  readonly test?: unknown;
}

const programEndings: readonly string[] = [".ts", ".js", ".mts", ".mjs", ".cts", ".cjs", ".tsx"];

/** The program's path. @throws {UsageError} when there is no such file, or one that cannot be a program. */
export function programPath(file: string): string {
  const path = resolve(file);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) throw new UsageError(`run: expected a program, got the folder ${shortPath(path)}`);
  // Node takes a file without an ending for JavaScript.
  const ending = extname(path);
  if (stat && ending !== "" && !programEndings.includes(ending)) {
    const known = `${programEndings.slice(0, -1).join(", ")} or ${programEndings.at(-1)}`;
    throw new UsageError(`run: expected a ${known} program, got ${shortPath(path)}`);
  }
  if (stat) return path;
  const near = [".ts", ".mts", ".js", ".mjs"].find((ending) => existsSync(path + ending));
  throw new UsageError(
    `run: expected a program, got no file ${shortPath(path)}${near ? `; did you mean ${file}${near}?` : ""}`,
  );
}

/**
 * Imports a program, whatever it is written in. What it exports can then be sent to a loader's workers, which import it
 * again; a script, which would do its work again, cannot.
 */
export async function importProgram(program: string): Promise<Program> {
  installTypeScript();
  const { href } = pathToFileURL(program);
  running.script = shortPath(program);
  const exports = (await import(href)) as Program;
  if (typeof exports.train === "function" || typeof exports.test === "function") {
    running.script = undefined;
    registerModule(href, exports);
  }
  return exports;
}

/** A program that only exports what other commands run does nothing when it is run, and says nothing of it. */
export function entryHint(file: string, exports: Program): string | undefined {
  const verb = (["train", "test"] as const).find((name) => typeof exports[name] === "function");
  return verb && `${file} exports ${verb}; \`gradtape ${verb} ${file}\` runs it`;
}

export function missingExport(program: string, verb: RunVerb, exports: object): UsageError {
  const names = Object.keys(exports);
  if (names.includes(verb)) {
    const type = typeof (exports as Readonly<Record<string, unknown>>)[verb];
    return new UsageError(
      `${verb}: expected ${shortPath(program)} to export a function ${verb}, got one of type ${type}`,
    );
  }
  const got = names.length > 0 ? `one that exports ${names.join(", ")}` : "one that exports nothing";
  const other = names.find((name) => name === "train" || name === "test");
  const instead = other ? `gradtape ${other} ${shortPath(program)}` : `gradtape run ${shortPath(program)}`;
  return new UsageError(
    `${verb}: expected ${shortPath(program)} to export a function ${verb}, got ${got}; add \`export async function ${verb}(run: Run<typeof options>)\`, or use \`${instead}\``,
  );
}
