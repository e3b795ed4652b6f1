// What became of a run whose process has ended, and run.json's last word when the process could not write it. No vscode.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LastOperation, RunError, RunRecord, RunSummary } from "../../engine/protocol.js";
import { readRecord, readRun } from "../../engine/runs/index.js";
import type { Exit } from "./engineProcess.js";
import { isAlive } from "./runLook.js";

export interface Ending {
  readonly exit: Exit;
  /** The user asked for a stop. */
  readonly stopAsked: boolean;
  /** The last lines of stderr. */
  readonly tail: string;
}

/**
 * The final summary of a run. The record's own word counts where the process wrote one; else state, exit code, signal and
 * error are concluded and written into run.json, so that later windows and the terminal agree.
 */
export function concludeRun(run: RunSummary, ending: Ending): RunSummary {
  const written = run.folder === "" ? undefined : readRecord(run.folder);
  const read = run.folder === "" ? undefined : readRun(run.folder);
  if (written && read && !isAlive(written)) return { ...read, debugging: run.debugging };
  const base = read ?? run;
  const { code, signal } = ending.exit;
  const stopped = ending.stopAsked || ending.exit.stoppedByDebugger === true;
  const ended: Partial<RunRecord> = {
    state: stopped ? "stopped" : "failed",
    endedAt: Date.now(),
    ...(code === undefined ? {} : { exitCode: code }),
    ...(signal === undefined ? {} : { signal }),
    error: stopped ? undefined : (written?.error ?? deathError(ending, base.last)),
  };
  if (written) writeRecord(run.folder, { ...written, ...ended });
  return { ...base, ...ended, debugging: run.debugging };
}

/** Why a process without a last word ended. */
export function deathError({ exit, tail }: Ending, last: LastOperation | undefined): RunError {
  if (exit.failure !== undefined) return { name: "StartError", message: exit.failure };
  const where = last?.op ? (last.done ? ` after ${last.op}` : ` inside ${last.op}`) : "";
  const at = last?.at ? { at: last.at } : {};
  if (exit.signal !== undefined)
    return { name: "ProcessDied", message: `the process was ended by ${exit.signal}${where}`, ...at };
  const said = lastError(tail);
  return {
    name: said?.name ?? "ProcessDied",
    message: said?.message ?? `the process ended with exit code ${exit.code ?? "unknown"}${where}`,
    ...at,
  };
}

/** The last "SomeError: message" of a text, as Node and the terminal print uncaught errors. */
function lastError(text: string): { readonly name: string; readonly message: string } | undefined {
  const matches = [...text.matchAll(/^(?:Uncaught )?(\w*Error)(?: \[[\w-]+\])?: (.+)$/gm)];
  const last = matches.at(-1);
  if (last) return { name: last[1], message: last[2] };
  const line = /^error: (.+)$/im.exec(text);
  return line ? { name: "Error", message: line[1] } : undefined;
}

/** Atomic: a reader sees the old record or the new one. */
function writeRecord(folder: string, record: RunRecord): void {
  const file = join(folder, "run.json");
  writeFileSync(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
