// What became of a run whose process has ended, and run.json's last word when the process could not write it. No vscode.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LastOperation, RunError, RunRecord, RunSummary } from "../../engine/protocol.js";
import { deathError, isAlive, readRecord, readRun } from "../../engine/runs/index.js";
import type { Exit } from "./engineProcess.js";

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
    error: stopped ? undefined : (written?.error ?? reasonOf(ending, base.last)),
  };
  if (written) writeRecord(run.folder, { ...written, ...ended });
  return { ...base, ...ended, debugging: run.debugging };
}

/** Why the run failed: it could not be started, or its process died without a last word. */
function reasonOf({ exit, tail }: Ending, last: LastOperation | undefined): RunError {
  const { failure, signal, code } = exit;
  if (failure !== undefined) return { name: "StartError", message: failure };
  return deathError({ signal, exitCode: code, said: tail }, last);
}

/** Atomic: a reader sees the old record or the new one. */
function writeRecord(folder: string, record: RunRecord): void {
  const file = join(folder, "run.json");
  writeFileSync(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
