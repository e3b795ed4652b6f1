// One run, and all runs of a folder, from their files: for the tree, the panels and `gradtape runs`. One damaged run
// never hides the others. Reads only; what a dead process could not write itself is concluded here.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { CheckpointInfo, MetricPoints, RunProgress, RunRecord, RunSummary } from "../protocol.js";
import { deathError } from "./deathError.js";
import { pointsOf } from "./metrics.js";
import { isProcessAlive } from "./process.js";
import { progressMeter } from "./progress.js";
import { countEvents, eachEvent, readEvents, readRecorder } from "./readFiles.js";
import { parseRecord } from "./record.js";
import { lastOperation, type Recorder } from "./recorderFormat.js";
import { isAlive } from "./runState.js";

/** run.json as it stands; undefined when it is missing or is no record. Never throws. */
export function readRecord(folder: string): RunRecord | undefined {
  try {
    return parseRecord(readFileSync(join(folder, "run.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * A run as lists show it; undefined when the folder holds none. Never throws.
 * A record that says "running" is checked against its process: a dead one was stopped or has failed.
 */
export function readRun(
  folder: string,
  { progress = true }: { readonly progress?: boolean } = {},
): RunSummary | undefined {
  const written = readRecord(folder);
  if (!written) return undefined;
  const recorder = readRecorder(join(folder, "recorder.bin"));
  const last = recorder && lastOperation(recorder);
  const record = concludeState(written, recorder, last);
  const ended = !isAlive(record);
  // While it runs, what it does now is of interest; afterwards, how far it came in what it was for.
  const at = progress ? progressOf(folder, recorder, ended ? record.verb : undefined) : undefined;
  const endedAt = record.endedAt ?? (ended ? lastSign(folder, recorder) : undefined);
  return {
    ...record,
    ...(endedAt === undefined ? {} : { endedAt }),
    folder,
    title: `${basename(record.program)} › ${record.verb}`,
    ...(at ? { progress: at } : {}),
    ...(last ? { last } : {}),
    checkpoints: checkpointsOf(folder),
  };
}

/** All runs below `root`, newest first. A missing folder has none. Never throws. */
export function listRuns(root: string): RunSummary[] {
  const runs = namesIn(root).flatMap((name) => readRun(join(root, name)) ?? []);
  return runs.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
}

/** The records of runs whose process lives, without a look into their other files: quick among thousands of runs. */
export function livingRuns(root: string): RunRecord[] {
  return namesIn(root).flatMap((name) => {
    const record = readRecord(join(root, name));
    return record && isAlive(record) && isProcessAlive(record.pid, record.processIdentity) ? [record] : [];
  });
}

/** What the state is when the process's own word is weighed against whether it lives. */
export function concludeState(
  record: RunRecord,
  recorder: Recorder | undefined,
  last = recorder && lastOperation(recorder),
): RunRecord {
  if (!isAlive(record)) return record;
  const stopping = recorder?.stopRequested === true;
  if (isProcessAlive(record.pid, record.processIdentity)) {
    return stopping ? { ...record, state: "stopping" } : record;
  }
  if (stopping) return { ...record, state: "stopped" };
  return { ...record, state: "failed", error: record.error ?? deathError({}, last) };
}

/** Checkpoints that are there, in the order of their steps. */
export function checkpointsOf(folder: string): CheckpointInfo[] {
  const inside = join(folder, "checkpoints");
  const found = namesIn(inside).flatMap((name) => {
    const step = /^(\d+)\.safetensors$/.exec(name)?.[1];
    if (step === undefined) return [];
    const file = join(inside, name);
    const bytes = sizeOf(file);
    return bytes === undefined ? [] : [{ file, step: Number(step), bytes }];
  });
  return found.sort((a, b) => a.step - b.step);
}

/** Every point of every metric. */
export function metricsOf(folder: string): MetricPoints[] {
  const strings = readRecorder(join(folder, "recorder.bin"))?.strings ?? [];
  return pointsOf(eachEvent(join(folder, "events.bin")), (id) => strings[id] ?? `metric ${id}`);
}

/** Records from the end that nearly always hold the last epoch's beginning: a list of runs reads no more of each. */
const tailRecords = 5000;

/**
 * How far the run came; undefined before its first epoch or step.
 * @param phase look at the loops of this phase only, when there are any
 */
export function progressOf(
  folder: string,
  recorder = readRecorder(join(folder, "recorder.bin")),
  phase?: string,
): RunProgress | undefined {
  const file = join(folder, "events.bin");
  const strings = recorder?.strings ?? [];
  const from = Math.max(0, countEvents(file) - tailRecords);
  const read = (start: number, only?: string) => {
    const meter = progressMeter();
    let epochs = 0;
    for (const { kind, name, step, time, value, value2 } of eachEvent(file, start)) {
      const of = strings[name] ?? "";
      if (only !== undefined && of !== only) continue;
      if (kind === "step") meter.step(of, step, value, value2, time);
      else if (kind === "epoch") {
        meter.epoch(of, value, value2, time);
        epochs++;
      }
    }
    return { progress: meter.progress(), epochs };
  };
  const progressIn = (only?: string) => {
    const tail = read(from, only);
    return tail.epochs > 0 || from === 0 ? tail.progress : read(0, only).progress;
  };
  return (phase === undefined ? undefined : progressIn(phase)) ?? progressIn();
}

/** The newest value of each metric; those that were logged long before the end may be missing. */
export function lastMetricsOf(folder: string): ReadonlyMap<string, number> {
  const file = join(folder, "events.bin");
  const strings = readRecorder(join(folder, "recorder.bin"))?.strings ?? [];
  const count = countEvents(file);
  const read = (records: number) => {
    const values = new Map<string, number>();
    for (const { kind, name, value } of readEvents(file, Math.max(0, count - records)).events) {
      if (kind === "metric") values.set(strings[name] ?? `metric ${name}`, value);
    }
    return values;
  };
  const tail = read(tailRecords);
  return tail.size > 0 || count <= tailRecords ? tail : read(20 * tailRecords);
}

/** When a process without a last word was last heard of. */
function lastSign(folder: string, recorder: Recorder | undefined): number | undefined {
  const file = join(folder, "events.bin");
  const [event] = readEvents(file, Math.max(0, countEvents(file) - 1)).events;
  const times = [event?.time, recorder?.ops.at(-1)?.time].filter((time) => time !== undefined && time > 0);
  return times.length > 0 ? Math.max(...(times as number[])) : undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
}
