// One TypeScript file as JavaScript, with its source map, by esbuild: it lowers what Node does not know yet (`using`,
// decorators, enums) and needs no settings from the user. Knows nothing of how Node finds modules.
import { createRequire } from "node:module";
import type { BuildFailure, Loader, Message } from "esbuild";

/** Endings that are compiled here. */
const loaders: Readonly<Record<string, Loader>> = { ".ts": "ts", ".mts": "ts", ".cts": "ts", ".tsx": "tsx" };

const endingOf = (path: string): string => /\.[cm]?tsx?$/.exec(path)?.[0] ?? "";

/** Whether this file is the user's TypeScript: packages bring JavaScript. */
export const isTypeScript = (path: string): boolean => endingOf(path) !== "" && !/[\\/]node_modules[\\/]/.test(path);

/**
 * The JavaScript of a TypeScript file.
 * @throws {SyntaxError} one paragraph with file:line:column, the line and a caret.
 */
export function compileTypeScript(source: string, file: string): string {
  try {
    return esbuild().transformSync(source, {
      sourcefile: file,
      loader: loaders[endingOf(file)],
      format: "esm",
      target: "es2022",
      // The targets that drop import attributes would also drop `with { type: "json" }`.
      supported: { "import-attributes": true },
      sourcemap: "inline",
      sourcesContent: false,
      // A debugger's first stop is the first place V8 can break at: without this it may lie inside a class, too late.
      banner: "void 0;",
      logLevel: "silent",
    }).code;
  } catch (error) {
    const failures = (error as Partial<BuildFailure>).errors;
    if (!failures?.length) throw error;
    throw syntaxError(failures, file);
  }
}

let compiler: typeof import("esbuild") | undefined;

/**
 * esbuild would start a thread for itself: under a debugger that is a session more to show and 300 ms more to wait.
 * Without it each file is one short process.
 */
function esbuild(): typeof import("esbuild") {
  if (compiler) return compiler;
  const variable = "ESBUILD_WORKER_THREADS";
  const before = process.env[variable];
  process.env[variable] = "0"; // read once, when it is loaded
  compiler = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
  return compiler;
}

function syntaxError(failures: readonly Message[], file: string): SyntaxError {
  const [{ text, location }] = failures;
  const rest = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
  if (!location) return withoutStack(new SyntaxError(`${file}: ${text}${rest}`));
  const { line, column, lineText, length } = location;
  const number = `${line}`;
  const gutter = " ".repeat(number.length);
  // Tabs stay tabs, so that the caret stands below its letter.
  const before = lineText.slice(0, column).replace(/[^\t]/g, " ");
  const caret = "^".repeat(Math.max(1, Math.min(length, lineText.length - column)));
  return withoutStack(
    new SyntaxError(
      `${file}:${line}:${column + 1}: ${lowerFirst(text)}${rest}\n  ${number} | ${lineText}\n  ${gutter} | ${before}${caret}`,
    ),
  );
}

/** The place is in the message; the stack would only show the loader's own frames. */
function withoutStack(error: SyntaxError): SyntaxError {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
