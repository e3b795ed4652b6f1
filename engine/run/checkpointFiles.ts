// Checkpoints as files of a run: written whole or not at all, the last few kept, the newest of a program found again.
// Knows nothing of loops, nor of what the parts are.
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { CheckpointError, load, save } from "../io/save.js";
import { checkpointsOf, readRecord } from "../runs/runFolder.js";

/** Where in the program a checkpoint was taken. */
export interface Place {
  /** Steps done. */
  readonly step: number;
  /** The epoch that was going on; one more than the last when the program had come to its end. 0 without epochs. */
  readonly epoch: number;
  /** Batches of that epoch that were done. */
  readonly position: number;
  /** The loader's own state, when it has one. */
  readonly loader?: unknown;
  /** The generators' states by name. */
  readonly generators: unknown;
}

export interface StoredCheckpoint {
  readonly place: Place;
  readonly states: Readonly<Record<string, unknown>>;
}

const keptCheckpoints = 3;
const format = 1;

/** Writes `<step>.safetensors` and removes all but the last few. Gives the file and its bytes. */
export function writeCheckpoint(folder: string, { place, states }: StoredCheckpoint): { file: string; bytes: number } {
  const inside = join(folder, "checkpoints");
  mkdirSync(inside, { recursive: true });
  const file = join(inside, `${place.step}.safetensors`);
  save({ gradtape: { format, ...place }, parts: states }, file);
  const old = checkpointsOf(folder).slice(0, -keptCheckpoints);
  for (const checkpoint of old) rmSync(checkpoint.file, { force: true });
  return { file, bytes: statSync(file).size };
}

/** @throws {CheckpointError} for a file that is none of `run.checkpoint`; what `load` throws for a damaged one. */
export function readCheckpoint(file: string): StoredCheckpoint {
  const value = load<unknown>(file, { mapLocation: "cpu" });
  const { gradtape, parts } = (isTable(value) ? value : {}) as { gradtape?: unknown; parts?: unknown };
  if (!isTable(gradtape) || gradtape.format !== format || !isTable(parts)) {
    throw new CheckpointError(file, `expected a checkpoint of run.checkpoint, got other contents in ${file}`);
  }
  const { step, epoch, position, loader, generators } = gradtape;
  if (!isCount(step) || !isCount(epoch) || !isCount(position)) {
    throw new CheckpointError(file, `expected a checkpoint that says its step and epoch, got none in ${file}`);
  }
  return { place: { step, epoch, position, loader, generators }, states: parts };
}

/** The checkpoint of this program that was written last, in any of the runs below `root`; undefined when there is none. */
export function newestCheckpoint(root: string, program: string): string | undefined {
  let newest: { file: string; time: number } | undefined;
  for (const name of foldersIn(root)) {
    const folder = join(root, name);
    if (readRecord(folder)?.program !== program) continue;
    for (const { file } of checkpointsOf(folder)) {
      const time = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      // Names hold the time and steps count up, so that of equal times the later one is taken.
      if (!newest || time >= newest.time) newest = { file, time };
    }
  }
  return newest?.file;
}

/** The checkpoint that is meant: a file, or the program's newest. @throws {CheckpointError} when there is none. */
export function findCheckpoint(root: string, program: string, asked: true | string): string {
  const file = asked === true ? newestCheckpoint(root, program) : asked;
  if (file !== undefined) return file;
  throw new CheckpointError(
    root,
    `expected a checkpoint of ${basename(program)} below ${root}, got none; train without resuming first, or name a file`,
  );
}

function foldersIn(root: string): string[] {
  try {
    return readdirSync(root).sort();
  } catch {
    return [];
  }
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;
