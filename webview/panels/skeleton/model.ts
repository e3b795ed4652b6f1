// The panel's state as plain data, and how it changes: no DOM, no messages, so that all of it is tested without either.
import type { RunSummary } from "../../../engine/protocol.js";

export type SkeletonState =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  /** Newest first. */
  | { readonly kind: "open"; readonly runs: readonly RunSummary[] };

export const initialState: SkeletonState = { kind: "loading" };

export const withRuns = (_: SkeletonState, runs: readonly RunSummary[]): SkeletonState => ({
  kind: "open",
  runs: [...runs].sort((a, b) => b.startedAt - a.startedAt),
});

/** A run that is new, or has changed. What arrives before the list is part of it. */
export const withRun = (state: SkeletonState, run: RunSummary): SkeletonState =>
  state.kind === "open" ? withRuns(state, [...state.runs.filter(({ id }) => id !== run.id), run]) : state;

export const withoutRun = (state: SkeletonState, id: string): SkeletonState =>
  state.kind === "open" ? { ...state, runs: state.runs.filter((run) => run.id !== id) } : state;
