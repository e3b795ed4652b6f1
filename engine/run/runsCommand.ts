// `gradtape runs`: the runs of this folder as a table. Reads files only.
import type { RunSummary } from "../protocol.js";
import { listRuns } from "../runs/runFolder.js";
import { runsRoot } from "./newRun.js";
import { placeText, shortPath } from "./programError.js";
import { durationText } from "./progressText.js";

export function printRuns(out: NodeJS.WritableStream = process.stdout): void {
  const root = runsRoot();
  const runs = listRuns(root);
  out.write(
    runs.length > 0 ? `${runsTable(runs)}\n` : `no runs in ${shortPath(root)} yet; gradtape train FILE makes one\n`,
  );
}

const heads = ["state", "program", "progress", "started", "took", "run"] as const;

/** One line per run, and one more for what went wrong. */
export function runsTable(runs: readonly RunSummary[], now = Date.now()): string {
  const rows = runs.map((run) => [run.state, run.title, progressOf(run), startOf(run), tookOf(run, now), run.id]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  const lines = runs.flatMap((run, i) => [line(rows[i]), ...problemOf(run)]);
  return [line(heads), ...lines].join("\n");
}

function progressOf({ progress }: RunSummary): string {
  if (!progress) return "";
  const { epoch, epochs, position, length, step } = progress;
  const turn = epochs > 0 ? `epoch ${epoch}/${epochs} ` : "";
  return length > 0 ? `${turn}${position}/${length}` : `${turn}step ${step}`;
}

const two = (value: number): string => String(value).padStart(2, "0");

function startOf({ startedAt }: RunSummary): string {
  const time = new Date(startedAt);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function tookOf({ startedAt, endedAt, state }: RunSummary, now: number): string {
  const isOn = state === "starting" || state === "running" || state === "stopping";
  const until = endedAt ?? (isOn ? now : undefined);
  return until === undefined ? "" : durationText((until - startedAt) / 1000);
}

function problemOf({ error, last }: RunSummary): string[] {
  if (!error) return [];
  const at = error.at ?? last?.at;
  return [`  ${at ? `${placeText(at)}: ` : ""}${error.message.split("\n")[0]}`];
}
