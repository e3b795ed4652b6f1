// How a run looks in lists: icon, colour, one line of text, tooltip. Pure; VS Code's types are made elsewhere.
import type { OptionValue, RunSummary } from "../../engine/protocol.js";
import { isAlive } from "../../engine/runs/index.js";
import { basename } from "node:path";

export interface RunIcon {
  /** A codicon. */
  readonly icon: string;
  /** A theme colour. */
  readonly color?: string;
  readonly word: string;
}

export function runIcon({ state }: Pick<RunSummary, "state">): RunIcon {
  switch (state) {
    case "starting":
      return { icon: "loading~spin", word: "starting" };
    case "running":
      return { icon: "pulse", color: "charts.green", word: "running" };
    case "stopping":
      return { icon: "loading~spin", word: "stopping" };
    case "stopped":
      return { icon: "debug-stop", color: "disabledForeground", word: "stopped" };
    case "finished":
      return { icon: "pass", color: "testing.iconPassed", word: "finished" };
    case "failed":
      return { icon: "error", color: "testing.iconFailed", word: "failed" };
    default:
      return state satisfies never;
  }
}

/** "mnist" of "/a/mnist.ts". */
export const programName = ({ program }: Pick<RunSummary, "program">): string =>
  basename(program).replace(/\.[cm]?[jt]sx?$/, "");

export type LatestMetrics = ReadonlyMap<string, number>;

/** "loss 0.213 · 97.8 % · 2/10 · 1:12 · 3 min ago": what fits beside a run's name. */
export function runDescription(run: RunSummary, latest: LatestMetrics, now: number): string {
  const alive = isAlive(run);
  const parts: string[] = [];
  if (run.state === "failed" && run.error) parts.push(run.error.name);
  parts.push(...metricParts(latest));
  if (alive && run.progress && run.progress.epoch > 0) parts.push(epochText(run.progress));
  if (alive && run.debugging) parts.push("debugging");
  parts.push(duration((run.endedAt ?? now) - run.startedAt));
  if (!alive) parts.push(ago(now - (run.endedAt ?? run.startedAt)));
  return parts.join(" · ");
}

const epochText = ({ epoch, epochs }: NonNullable<RunSummary["progress"]>) =>
  epochs > 0 ? `${epoch}/${epochs}` : `epoch ${epoch}`;

/** Loss and accuracy when there are any, else the first metric. Test's values say more than those of a batch. */
function metricParts(latest: LatestMetrics): string[] {
  const names = [...latest.keys()];
  const pick = (word: RegExp) =>
    names.find((name) => word.test(name) && /test|val/i.test(name)) ?? names.find((name) => word.test(name));
  const loss = pick(/loss/i);
  const accuracy = pick(/acc/i);
  if (loss === undefined && accuracy === undefined) {
    return names.slice(0, 1).map((name) => `${name} ${significant(latest.get(name)!, 3)}`);
  }
  const parts: string[] = [];
  if (loss !== undefined) parts.push(`loss ${significant(latest.get(loss)!, 3)}`);
  if (accuracy !== undefined) parts.push(percent(latest.get(accuracy)!));
  return parts;
}

/** Status bar: "mnist 2/10 · 41 steps/s". */
export function statusText(run: RunSummary): string {
  const name = programName(run);
  if (run.state === "starting") return `${name} starts`;
  if (run.state === "stopping") return `${name} stops`;
  const progress = run.progress;
  if (!progress) return name;
  const position =
    progress.epochs > 0
      ? ` ${progress.epoch}/${progress.epochs}`
      : progress.length > 0
        ? ` ${progress.position}/${progress.length}`
        : "";
  return `${name}${position}${progress.stepsPerSecond > 0 ? ` · ${rate(progress.stepsPerSecond)} steps/s` : ""}`;
}

/** Markdown: the state in words, the options as a table, what it ran on. */
export function runTooltip(run: RunSummary, latest: LatestMetrics, now: number): string {
  const { icon, word } = runIcon(run);
  const lines = [`**${escapeMarkdown(run.title)}** — $(${icon}) ${word}`, ""];
  if (run.error) lines.push(`${escapeMarkdown(`${run.error.name}: ${firstLine(run.error.message)}`)}${place(run)}`, "");
  const rows: (readonly [string, string])[] = [
    ...[...latest].map(([name, value]) => [name, significant(value)] as const),
    ...Object.entries(run.options).map(([name, value]) => [name, optionText(value)] as const),
  ];
  if (rows.length > 0)
    lines.push(
      "| | |",
      "|:--|--:|",
      ...rows.map(([name, value]) => `| ${escapeMarkdown(name)} | ${escapeMarkdown(value)} |`),
      "",
    );
  const facts = [
    run.device,
    `seed ${run.seed ?? "none"}`,
    ...(run.synchronousErrors ? ["synchronous errors"] : []),
    `gradtape ${run.versions.gradtape}`,
  ];
  if (run.git) facts.push(`${run.git.commit.slice(0, 8)}${run.git.dirty ? " with changes" : ""}`);
  lines.push(escapeMarkdown(facts.filter((fact) => fact !== "").join(" · ")), "");
  lines.push(`started ${new Date(run.startedAt).toLocaleString()}, ${duration((run.endedAt ?? now) - run.startedAt)}`);
  return lines.join("\n");
}

const place = ({ error }: RunSummary) =>
  error?.at ? ` at ${escapeMarkdown(basename(error.at.file))}:${error.at.line}` : "";
const optionText = (value: OptionValue) => String(value);
export const firstLine = (text: string): string => text.split("\n", 1)[0];
const escapeMarkdown = (text: string) => text.replace(/[\\`*_{}[\]<>()#+|~$]/g, "\\$&").replace(/\n/g, " ");

/** A few significant digits, no trailing zeros: 0.2131, 97.8, 1.20e-7. */
export function significant(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "∞");
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(digits)));
}

/** Accuracy is a share of 1, or already percent. */
const percent = (value: number) => `${significant(Math.abs(value) <= 1 ? 100 * value : value, 3)} %`;

const rate = (perSecond: number) =>
  perSecond >= 100 ? perSecond.toFixed(0) : String(Number(perSecond.toPrecision(2)));

/** "0:05", "1:12", "2:03:09". */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}
