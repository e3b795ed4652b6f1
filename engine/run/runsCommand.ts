// `gradtape runs`: the runs of this folder as a table. Reads files only.
import type { RunSummary } from "../protocol.js";
import { lastMetricsOf, listRuns } from "../runs/runFolder.js";
import { runsRoot } from "./newRun.js";
import { placeText, shortPath } from "./programError.js";
import { durationText, numberText } from "./progressText.js";

export function printRuns(out: NodeJS.WritableStream = process.stdout): void {
  const root = runsRoot();
  const runs = listRuns(root);
  if (runs.length === 0) {
    out.write(`no runs in ${shortPath(root)} yet; gradtape train FILE makes one\n`);
    return;
  }
  out.write(`${runsTable(runs.map((run) => ({ ...run, metrics: lastMetricsOf(run.folder) })))}\n`);
}

/** A run with the newest value of each of its metrics. */
export interface ListedRun extends RunSummary {
  readonly metrics: ReadonlyMap<string, number>;
}

const heads = ["state", "program", "progress", "metrics", "started", "took", "run"] as const;

/** One line per run, and one more for what went wrong. */
export function runsTable(runs: readonly ListedRun[], now = Date.now()): string {
  const rows = runs.map((run) => [
    run.state,
    run.title,
    progressText(run),
    metricsText(run),
    startText(run),
    tookText(run, now),
    run.id,
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  const lines = runs.flatMap((run, i) => [line(rows[i]), ...problemOf(run)]);
  return [line(heads), ...lines].join("\n");
}

function progressText({ progress }: RunSummary): string {
  if (!progress) return "";
  const { epoch, epochs, position, length, step } = progress;
  const turn = epochs > 0 ? `epoch ${epoch}/${epochs}` : epoch > 1 ? `epoch ${epoch}` : "";
  // Of an epoch that is through, the number of its batches says nothing more.
  const isWhole = turn !== "" && length > 0 && position === length;
  const inside = isWhole ? "" : length > 0 ? `${position}/${length}` : `step ${step}`;
  return [turn, inside].filter(Boolean).join(" ");
}

/** The loss and the accuracy, under whatever name: those that people compare runs by. */
function metricsText({ metrics }: ListedRun): string {
  const names = [...metrics.keys()];
  const pick = (exact: string, like: RegExp) =>
    names.find((name) => name === exact) ?? names.find((name) => like.test(name));
  return [pick("loss", /loss/i), pick("accuracy", /acc/i)]
    .filter((name) => name !== undefined)
    .map((name) => `${name} ${numberText(metrics.get(name) ?? NaN)}`)
    .join(" ");
}

const two = (value: number): string => String(value).padStart(2, "0");

function startText({ startedAt }: RunSummary): string {
  const time = new Date(startedAt);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function tookText({ startedAt, endedAt, state }: RunSummary, now: number): string {
  const isOn = state === "starting" || state === "running" || state === "stopping";
  const until = endedAt ?? (isOn ? now : undefined);
  return until === undefined ? "" : durationText((until - startedAt) / 1000);
}

function problemOf({ error, last }: RunSummary): string[] {
  if (!error) return [];
  const at = error.at ?? last?.at;
  return [`  ${at ? `${placeText(at)}: ` : ""}${error.message.split("\n")[0]}`];
}
