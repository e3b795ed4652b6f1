// A run's folder and its run.json: made so that two runs never share one, written so that a reader never sees half of it.
// Knows nothing of the program that runs.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../io/atomicFile.js";
import type { RunRecord, RunVerb } from "../protocol.js";

/** The environment variable that says where runs are kept. */
export const runsVariable = "GRADTAPE_RUNS";

/** Where runs are kept: the variable's folder, else `.gradtape/runs` in the current folder. */
export const runsRoot = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment[runsVariable] || join(process.cwd(), ".gradtape", "runs");

/** Makes `<yyyymmdd-hhmmss>-<program>-<verb>[-n]` below `root` and gives its id (the name) and path. */
export function makeRunFolder(
  root: string,
  program: string,
  verb: RunVerb,
  now = new Date(),
): { readonly id: string; readonly folder: string } {
  makeRoot(root);
  const stem = `${timeName(now)}-${programName(program)}-${verb}`;
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`;
    const folder = join(root, id);
    try {
      mkdirSync(folder);
      return { id, folder };
    } catch (error) {
      // Taken by a run that began in the same second, in whichever process.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** The record as it stands, and its file. */
export interface RecordFile {
  readonly current: RunRecord;
  /** Changes fields and writes the file in one step. */
  update(fields: Partial<RunRecord>): void;
}

export function recordFile(folder: string, first: RunRecord): RecordFile {
  let current = first;
  const write = () => {
    const text = `${JSON.stringify(current, undefined, 2)}\n`;
    writeFileAtomic(join(folder, "run.json"), [Buffer.from(text)]);
  };
  write();
  return {
    get current() {
      return current;
    },
    update: (fields) => {
      current = { ...current, ...fields };
      write();
    },
  };
}

function makeRoot(root: string): void {
  if (existsSync(root)) return;
  mkdirSync(root, { recursive: true });
  // Runs are nobody's source: version control passes them over without being told.
  writeFileSync(join(root, ".gitignore"), "*\n");
}

function timeName(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}

/** A program's name as part of a folder's name on every file system. */
function programName(program: string): string {
  const name = basename(program)
    .replace(/\.[cm]?[jt]sx?$/, "")
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[.-]+/, "");
  return Array.from(name).slice(0, 40).join("") || "program";
}
