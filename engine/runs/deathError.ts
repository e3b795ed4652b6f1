// Why a process without a last word ended, in words: the same for a window that saw it end and for a reader that only
// finds what it left. Knows no files and no processes.
import type { LastOperation, RunError } from "../protocol.js";

/** What is known of the end: all of it where the process was waited for, nothing where only its files are left. */
export interface Death {
  readonly signal?: string;
  readonly exitCode?: number;
  /** The last lines of stderr. */
  readonly said?: string;
}

export function deathError({ signal, exitCode, said = "" }: Death, last: LastOperation | undefined): RunError {
  const where = last?.op ? (last.done ? ` after ${last.op}` : ` inside ${last.op}`) : "";
  const at = last?.at ? { at: last.at } : {};
  const died = (message: string): RunError => ({ name: "ProcessDied", message, ...at });
  if (signal !== undefined) return died(`the process was ended by ${signal}${where}`);
  const error = lastError(said);
  if (error) return { ...error, ...at };
  if (exitCode !== undefined) return died(`the process ended with exit code ${exitCode}${where}`);
  return died(`the process ended without a word${where}: it was killed, ran out of memory, or crashed in native code`);
}

/** The last "SomeError: message" of a text, as Node and the terminal print uncaught errors. */
function lastError(text: string): { readonly name: string; readonly message: string } | undefined {
  const matches = [...text.matchAll(/^(?:Uncaught )?(\w*Error)(?: \[[\w-]+\])?: (.+)$/gm)];
  const last = matches.at(-1);
  if (last) return { name: last[1], message: last[2] };
  const line = /^error: (.+)$/im.exec(text);
  return line ? { name: "Error", message: line[1] } : undefined;
}
