// What the Run panel says about a run: how far it is, how it ended, what it was given. Pure.
import type { LastOperation, RunProgress, RunSummary } from "../../../engine/protocol.js";
import { isAlive } from "../../../engine/runs/runState.js";
import { baseName, formatCount, formatDuration, formatNumber } from "../../lib/format.js";

/** Share of all epochs that is done, where the program says how many there are; else of this one; else unknown. */
export function shareDone(progress: RunProgress): number | undefined {
  const { epoch, epochs, position, length } = progress;
  const within = length > 0 ? Math.min(1, position / length) : undefined;
  if (progress.phase !== "train" || epochs <= 0 || epoch <= 0) return within;
  return Math.min(1, (epoch - 1 + (within ?? 0)) / epochs);
}

export function progressWords(
  run: Pick<RunSummary, "state" | "startedAt" | "endedAt">,
  progress: RunProgress,
): readonly string[] {
  const { phase, epoch, epochs, position, length, step, stepsPerSecond, eta } = progress;
  const live = isAlive(run);
  return [
    phase === "train" ? "" : phase,
    epoch > 0 ? `epoch ${epoch}${epochs > 0 ? `/${epochs}` : ""}` : "",
    length > 0 ? `${formatCount(position)}/${formatCount(length)}` : position > 0 ? formatCount(position) : "",
    live ? "" : `${formatCount(step)} steps`,
    live && stepsPerSecond > 0 ? `${formatNumber(stepsPerSecond, 3)} steps/s` : "",
    live && eta !== undefined ? `ETA ${formatDuration(eta)}` : "",
    run.endedAt === undefined ? "" : `took ${formatDuration((run.endedAt - run.startedAt) / 1000)}`,
  ].filter((word) => word !== "");
}

/** A person's words for how the process ended when it left no error of its own. */
export function endWords(run: Pick<RunSummary, "signal" | "exitCode">): string {
  if (run.signal === "SIGKILL") return "The process was killed (SIGKILL), as happens when memory runs out.";
  if (run.signal !== undefined) return `The process crashed with ${run.signal}.`;
  if (run.exitCode !== undefined) return `The process ended with exit code ${run.exitCode}.`;
  return "The process ended without a word.";
}

export function lastWords(last: LastOperation): string {
  const where = last.scope ? ` in ${last.scope}` : "";
  const phase = last.phase === "other" ? "" : ` (${last.phase})`;
  return `${last.op}${where}, step ${last.step}${phase}${last.done ? "" : ": it did not return"}`;
}

export function optionPairs(run: RunSummary): readonly (readonly [name: string, value: string])[] {
  const { options, seed, resumedFrom, versions, git } = run;
  const own = Object.entries(options).map(([name, value]) => [name, String(value)] as const);
  return [
    ...own,
    ...(seed !== undefined && options.seed === undefined ? [["seed", String(seed)] as const] : []),
    ...(resumedFrom === undefined ? [] : [["resumed from", baseName(resumedFrom)] as const]),
    ...(versions.tensorflow === undefined ? [] : [["TensorFlow", versions.tensorflow] as const]),
    ...(git ? [["commit", `${git.commit.slice(0, 8)}${git.dirty ? " with changes" : ""}`] as const] : []),
  ];
}
