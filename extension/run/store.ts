// All runs that are known, newest first: those that live and those whose folders lie on disk. Whoever learns something
// about a run puts it here; views and panels listen. Knows no files, processes or sockets.
import * as vscode from "vscode";
import type { MetricPoints, RunSummary } from "../../engine/protocol.js";
import type { LatestMetrics } from "./runLook.js";

export class RunStore implements vscode.Disposable {
  #runs = new Map<string, RunSummary>();
  #latest = new Map<string, Map<string, number>>();
  #changed = new vscode.EventEmitter<RunSummary>();
  #removed = new vscode.EventEmitter<string>();
  #grew = new vscode.EventEmitter<string>();

  /** A run is new or says something new. */
  readonly onChanged = this.#changed.event;
  /** A run went away, by id. */
  readonly onRemoved = this.#removed.event;
  /** A run has new points, by id: they lie in its files. */
  readonly onGrew = this.#grew.event;

  /** Newest first. */
  list(): readonly RunSummary[] {
    return [...this.#runs.values()].sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
  }

  get(id: string): RunSummary | undefined {
    return this.#runs.get(id);
  }

  put(run: RunSummary): void {
    this.#runs.set(run.id, run);
    this.#changed.fire(run);
  }

  /** Changes fields of a run that is there; nothing otherwise. */
  patch(id: string, fields: Partial<RunSummary>): void {
    const run = this.#runs.get(id);
    if (run) this.put({ ...run, ...fields });
  }

  remove(id: string): void {
    this.#latest.delete(id);
    if (this.#runs.delete(id)) this.#removed.fire(id);
  }

  /** The newest value of each metric, as far as known. */
  latest(id: string): LatestMetrics {
    return this.#latest.get(id) ?? new Map();
  }

  knowsLatest(id: string): boolean {
    return this.#latest.has(id);
  }

  /** Remembers the last value of each metric and tells that the run grew. */
  grew(id: string, metrics: readonly MetricPoints[]): void {
    const latest = this.#latest.get(id) ?? new Map<string, number>();
    for (const { name, values } of metrics) if (values.length > 0) latest.set(name, values[values.length - 1]);
    this.#latest.set(id, latest);
    this.#grew.fire(id);
  }

  dispose(): void {
    this.#changed.dispose();
    this.#removed.dispose();
    this.#grew.dispose();
  }
}
