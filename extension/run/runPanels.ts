// Ties the Run panel to the store: what it shows, the points it has had, and what it is told when a run goes on.
import type * as vscode from "vscode";
import type { HostRequests } from "../../engine/protocol.js";
import { progressOf } from "../../engine/runs/index.js";
import { Lifetime } from "../lifetime.js";
import type { Panel, PanelHost } from "../panelHost.js";
import { MetricFollower } from "./follower.js";
import type { RunStore } from "./store.js";

/** The runs that a page has asked for; a run without a folder has no points yet. */
type Followed = Map<string, MetricFollower | undefined>;

export class RunPanels implements vscode.Disposable {
  #lifetime = new Lifetime();
  #followed = new Map<Panel, Followed>();
  /** To be shown once the page listens. */
  #wanted = new Map<Panel, string>();
  #known = new WeakSet<Panel>();

  constructor(
    private readonly store: RunStore,
    private readonly panels: PanelHost,
  ) {
    this.#lifetime.own(store.onChanged((run) => this.#each((panel) => panel.tell("run.changed", { run }))));
    this.#lifetime.own(store.onRemoved((run) => this.#each((panel) => panel.tell("run.removed", { run }))));
    this.#lifetime.own(store.onGrew((id) => this.#grew(id)));
  }

  /** Makes the Run panel show this run; opens it when it is closed, unless that is not wanted. */
  show(id: string, { preserveFocus = true, open = true } = {}): void {
    const panel = open ? this.panels.open("run", { preserveFocus }) : this.panels.find("run");
    if (!panel) return;
    this.attend(panel);
    if (panel.listens) panel.tell("run.show", { run: id });
    else this.#wanted.set(panel, id);
  }

  /** Opens the Run panel without a run in mind. */
  showEmpty(): void {
    this.attend(this.panels.open("run", { preserveFocus: false }));
  }

  /** The process said hello: the run goes on under another id. */
  rename(from: string, to: string): void {
    this.#each((panel) => {
      if (this.#wanted.get(panel) === from) this.#wanted.set(panel, to);
      if (this.#followed.get(panel)?.has(from)) panel.tell("run.show", { run: to });
    });
  }

  /** A panel may also come from a reload: known from its first question. */
  attend(panel: Panel): void {
    if (this.#known.has(panel)) return;
    this.#known.add(panel);
    panel.onHidden(() => this.#followed.delete(panel));
    panel.onReady(() => {
      const id = this.#wanted.get(panel);
      this.#wanted.delete(panel);
      if (id !== undefined) panel.tell("run.show", { run: id });
    });
    panel.onClosed(() => this.#wanted.delete(panel));
  }

  /** @throws Error when the run is gone. */
  open(panel: Panel, id: string): ReturnType<HostRequests["runs.open"]> {
    const known = this.store.get(id);
    if (!known) throw new Error("runs.open: the run is gone");
    // A list does without what has to be read from all events.
    const run =
      known.progress === undefined && known.folder !== "" ? { ...known, progress: progressOf(known.folder) } : known;
    const follower = run.folder === "" ? undefined : new MetricFollower(run.folder);
    const followed = this.#followed.get(panel) ?? new Map<string, MetricFollower | undefined>();
    this.#followed.set(panel, followed.set(id, follower));
    return { run, metrics: follower?.read() ?? [] };
  }

  #grew(id: string): void {
    for (const [panel, followed] of this.#followed) {
      if (!panel.listens) continue;
      const metrics = followed.get(id)?.read() ?? [];
      if (metrics.length > 0) panel.tell("run.metrics", { run: id, metrics });
    }
  }

  #each(act: (panel: Panel) => void): void {
    for (const panel of this.panels.all("run")) act(panel);
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
