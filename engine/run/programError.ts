// An error as a person reads it and as run.json keeps it: one paragraph, the user's file:line first. Stacks are for
// those who ask, and for faults of our own. Knows no run.
import { relative, isAbsolute } from "node:path";
import { inspect } from "node:util";
import { GradtapeError } from "../errors.js";
import type { RunError, SourceLine } from "../protocol.js";
import { isUserFile } from "./engineFolder.js";
import { pathOf, sourcePlace } from "./userLine.js";

/** The run was ended because the user asked for it. Passes through the program, so that its `finally` blocks run. */
export class RunStopped extends Error {
  override readonly name = "RunStopped";
  constructor() {
    super("the run was stopped");
  }
}

/** The command was not understood, or the program is not what the command needs. */
export class UsageError extends GradtapeError {
  override name = "UsageError";
}

export interface DescribedError {
  readonly record: RunError;
  /** What the terminal prints, without a line end. */
  readonly text: string;
}

/**
 * @param showStack print the stack as well
 * @param folder paths below it are printed from there
 */
export function describeError(error: unknown, showStack = false, folder = process.cwd()): DescribedError {
  const { name, message, stack } = fieldsOf(error);
  const inMessage = placeInMessage(message);
  const at = inMessage?.at ?? firstUserFrame(stack);
  const what = inMessage?.rest ?? message;
  const record: RunError = { name, message: what, ...(at ? { at } : {}), ...(stack ? { stack } : {}) };
  const where = at ? `${placeText(at, folder)}: ` : "error: ";
  const label = isOwn(error) || name === "Error" || !at ? "" : `${name}: `;
  const cause = isOwn(error) ? "" : causeText(error);
  const paragraph = `${where}${label}${what}${cause}`;
  const frames = showStack || isFault(error, at) ? framesOf(stack) : "";
  return { record, text: frames ? `${paragraph}\n${frames}` : paragraph };
}

/** "examples/mnist.ts:31:22", from `folder` when it lies below it. */
export function placeText({ file, line, column }: SourceLine, folder = process.cwd()): string {
  return `${shortPath(file, folder)}:${line}${column === undefined ? "" : `:${column}`}`;
}

/** A path from `folder` when it lies below it, else as it is. */
export function shortPath(file: string, folder = process.cwd()): string {
  const from = relative(folder, file);
  return from === "" || from.startsWith("..") || isAbsolute(from) ? file : from;
}

/** The first frame of a stack text in the user's code. The stack has gone through the source maps already. */
export function firstUserFrame(stack: string | undefined): SourceLine | undefined {
  return stack ? (calledFrame(stack) ?? importFrame(stack)) : undefined;
}

/** No line of the user's was running: the text of a module is wrong, or what it imports by name is not exported. */
export const isLinkError = (error: unknown): boolean =>
  error instanceof SyntaxError && calledFrame(error.stack ?? "") === undefined;

function calledFrame(stack: string): SourceLine | undefined {
  for (const line of stack.split("\n")) {
    const frame = /^ {4}at (?:.*?\()?((?:file:\/\/)?[^()]+?):(\d+):(\d+)\)?$/.exec(line);
    if (!frame) continue;
    const file = pathOf(frame[1].replace(/^async /, ""));
    if (isUserFile(file) && isAbsolute(file)) return { file, line: Number(frame[2]), column: Number(frame[3]) };
  }
  return undefined;
}

/** Node puts the place of an import that fails in front of the stack: a URL and a generated line, or both mapped. */
function importFrame(stack: string): SourceLine | undefined {
  const [, name, line] = /^((?:file:\/\/|\/|[A-Za-z]:\\)[^\n]*?):(\d+)\n/.exec(stack) ?? [];
  if (!name || !isUserFile(pathOf(name))) return undefined;
  if (!name.startsWith("file:")) return { file: name, line: Number(line) };
  const { file, line: sourceLine } = sourcePlace(name, Number(line), 1);
  return { file, line: sourceLine };
}

function fieldsOf(error: unknown): { readonly name: string; readonly message: string; readonly stack?: string } {
  if (error instanceof Error || (typeof error === "object" && error !== null && "message" in error)) {
    const { name, message, stack } = error as Error;
    return {
      name: typeof name === "string" && name ? name : "Error",
      message: String(message),
      ...(typeof stack === "string" ? { stack } : {}),
    };
  }
  return { name: "Error", message: `the program threw ${inspect(error, { depth: 2 })}` };
}

/** Compilers put the place into the message: "/project/train.ts:3:7: expected …". */
function placeInMessage(message: string): { readonly at: SourceLine; readonly rest: string } | undefined {
  const match = /^(\/[^\n:]+|[A-Za-z]:[^\n:]+):(\d+):(\d+): ([^]*)$/.exec(message);
  if (!match) return undefined;
  return { at: { file: match[1], line: Number(match[2]), column: Number(match[3]) }, rest: match[4] };
}

const isOwn = (error: unknown): boolean => error instanceof GradtapeError;

/** Neither thrown on purpose nor from the user's code: a fault of ours, where the stack is all there is to go by. */
function isFault(error: unknown, at: SourceLine | undefined): boolean {
  if (at || !(error instanceof Error) || isOwn(error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code !== "string" && error.name !== "SyntaxError";
}

function causeText(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return "";
  return ` (because of ${fieldsOf(cause).message})`;
}

const framesOf = (stack: string | undefined): string =>
  (stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .join("\n");
