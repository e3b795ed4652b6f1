// The state of the Run panel and how it changes: plain data and pure functions, no DOM and no messages.
import type { MetricPoints, RunState, RunSummary } from "../../../engine/protocol.js";
import { createSeries, createSmoothed, type Series, type Smoothed } from "../../charts/series.js";
import type { Domain } from "../../charts/lineScale.js";
import { compareFamilies, parseMetric } from "./families.js";

/** What survives hiding, reload and a restart. */
export interface Kept {
  readonly run?: string;
  /** Runs drawn behind the one on show. */
  readonly overlaid: readonly string[];
  readonly log: boolean;
  /** Weight of the moving average, 0 to 0.99. */
  readonly smoothing: number;
  readonly domain?: Domain;
}

export type Opening =
  | { readonly kind: "listing" }
  /** No run exists. */
  | { readonly kind: "empty" }
  | { readonly kind: "opening"; readonly run: string }
  | { readonly kind: "open"; readonly run: string }
  | { readonly kind: "failed"; readonly run: string | undefined; readonly message: string };

export interface PanelState {
  readonly kept: Kept;
  readonly opening: Opening;
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly curves: ReadonlyMap<string, RunCurves>;
  readonly cursor?: number;
  /** What the last action came to, when it failed. */
  readonly notice?: string;
  /** Raised when points arrive: the curves themselves grow in place. */
  readonly revision: number;
}

export const initialKept: Kept = { overlaid: [], log: false, smoothing: 0.9 };

export const initialState = (saved: unknown): PanelState => ({
  kept: keptOf(saved),
  opening: { kind: "listing" },
  runs: [],
  curves: new Map(),
  revision: 0,
});

/** All points of one run, by metric. Grows in place: a million points are not copied for each that arrives. */
export interface RunCurves {
  readonly metrics: Map<string, Curves>;
}

export interface Curves {
  readonly raw: Series;
  readonly smoothed: Smoothed;
  /** Time of the newest point: what is not later has been seen. */
  lastTime: number;
}

export const emptyCurves = (): RunCurves => ({ metrics: new Map() });

/**
 * Adds points. Those not newer than the last of their metric are left out: an event may tell again what the answer that
 * opened the run already held.
 */
export function appendPoints(curves: RunCurves, metrics: readonly MetricPoints[]): void {
  for (const { name, steps, values, times } of metrics) {
    let known = curves.metrics.get(name);
    if (!known) {
      const raw = createSeries();
      known = { raw, smoothed: createSmoothed(raw), lastTime: -Infinity };
      curves.metrics.set(name, known);
    }
    let from = 0;
    while (from < times.length && seen(known, times[from], steps[from])) from++;
    if (from === times.length) continue;
    known.raw.append(steps.subarray(from), values.subarray(from));
    known.lastTime = Math.max(known.lastTime, times[times.length - 1]);
  }
}

const seen = ({ raw, lastTime }: Curves, time: number, step: number): boolean =>
  time < lastTime || (time === lastTime && raw.length > 0 && step <= raw.x(raw.length - 1));

export const shownRun = (state: PanelState): RunSummary | undefined =>
  state.opening.kind === "open" ? runOf(state, state.opening.run) : undefined;

export const runOf = (state: PanelState, id: string): RunSummary | undefined => state.runs.find((run) => run.id === id);

/** Runs of the same program and verb can be drawn over each other. */
export const comparable = (a: RunSummary, b: RunSummary): boolean =>
  a.id !== b.id && a.program === b.program && a.verb === b.verb;

export const withRuns = (state: PanelState, runs: readonly RunSummary[]): PanelState => ({
  ...state,
  runs: [...runs].sort((a, b) => b.startedAt - a.startedAt),
});

/** A run that is new, or has changed. */
export function withRun(state: PanelState, run: RunSummary): PanelState {
  const others = state.runs.filter(({ id }) => id !== run.id);
  return withRuns(state, [...others, run]);
}

export function withoutRun(state: PanelState, id: string): PanelState {
  const curves = new Map(state.curves);
  curves.delete(id);
  const kept = { ...state.kept, overlaid: state.kept.overlaid.filter((one) => one !== id) };
  return { ...state, curves, kept, runs: state.runs.filter((run) => run.id !== id) };
}

export const withKept = (state: PanelState, change: Partial<Kept>): PanelState => ({
  ...state,
  kept: { ...state.kept, ...change },
});

export interface ChartSpec {
  readonly family: string;
  readonly members: readonly { readonly run: string; readonly metric: string; readonly test: boolean }[];
}

/** One chart per family of metrics of the shown run; overlaid runs add their curves to it. */
export function chartsOf(state: PanelState): readonly ChartSpec[] {
  if (state.opening.kind !== "open") return [];
  const shown = state.opening.run;
  const run = runOf(state, shown);
  const overlaid = state.kept.overlaid.filter((id) => {
    const other = runOf(state, id);
    return run !== undefined && other !== undefined && comparable(run, other);
  });
  const families = new Map<string, { run: string; metric: string; test: boolean }[]>();
  for (const id of [shown, ...overlaid]) {
    for (const metric of state.curves.get(id)?.metrics.keys() ?? []) {
      const { family, split } = parseMetric(metric);
      if (id !== shown && !families.has(family)) continue;
      const members = families.get(family) ?? [];
      families.set(family, members);
      members.push({ run: id, metric, test: split === "test" });
    }
  }
  return [...families]
    .map(([family, members]) => ({ family, members: [...members].sort((a, b) => Number(a.test) - Number(b.test)) }))
    .sort((a, b) => compareFamilies(a.family, b.family));
}

export interface MetricRow {
  readonly metric: string;
  readonly last: number;
  readonly lastStep: number;
  readonly min: number;
  readonly max: number;
  readonly points: number;
}

export function metricRows(curves: RunCurves): readonly MetricRow[] {
  return [...curves.metrics].map(([metric, { raw }]) => {
    const { min, max } = raw.extremes(0, raw.length);
    const last = raw.length - 1;
    return {
      metric,
      last: last < 0 ? NaN : raw.y(last),
      lastStep: last < 0 ? NaN : raw.x(last),
      min: min > max ? NaN : min,
      max: min > max ? NaN : max,
      points: raw.length,
    };
  });
}

export interface StateWord {
  readonly word: string;
  readonly kind: "live" | "good" | "bad" | "quiet";
  readonly icon: string;
}

export function stateWord(state: RunState): StateWord {
  switch (state) {
    case "starting":
      return { word: "starting", kind: "live", icon: "loading" };
    case "running":
      return { word: "live", kind: "live", icon: "circle-filled" };
    case "stopping":
      return { word: "stopping", kind: "live", icon: "circle-filled" };
    case "stopped":
      return { word: "stopped", kind: "quiet", icon: "debug-stop" };
    case "finished":
      return { word: "finished", kind: "good", icon: "pass-filled" };
    case "failed":
      return { word: "failed", kind: "bad", icon: "error" };
    default:
      return state satisfies never;
  }
}

/** Saved state may come from an older version of the panel: what does not fit is dropped. */
function keptOf(saved: unknown): Kept {
  if (typeof saved !== "object" || saved === null) return initialKept;
  const { run, overlaid, log, smoothing, domain } = saved as Partial<Record<keyof Kept, unknown>>;
  return {
    ...(typeof run === "string" ? { run } : {}),
    overlaid: Array.isArray(overlaid) ? overlaid.filter((id): id is string => typeof id === "string") : [],
    log: log === true,
    smoothing: typeof smoothing === "number" && smoothing >= 0 && smoothing < 1 ? smoothing : initialKept.smoothing,
    ...(isDomain(domain) ? { domain } : {}),
  };
}

const isDomain = (value: unknown): value is Domain =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1];
