// The Runs view: one row per run, newest first.
import * as vscode from "vscode";
import { commandId, viewId } from "../contributions.js";
import { setContext } from "../contextKeys.js";
import { Lifetime } from "../lifetime.js";
import { type Log, inBackground } from "../log.js";
import type { RunSummary } from "../../engine/protocol.js";
import { isAlive } from "../../engine/runs/index.js";
import type { RunFolders } from "./runFolders.js";
import type { RunItem } from "./runItem.js";
import { runDescription, runIcon, runTooltip } from "./runLook.js";
import type { RunStore } from "./store.js";

/** A row is drawn again at most this often while its run reports. */
const redrawMs = 250;
/** "3 min ago" grows old. */
const agoMs = 60_000;

export function registerRunsView(store: RunStore, folders: RunFolders, log: Log): vscode.Disposable {
  const lifetime = new Lifetime();
  const provider = lifetime.own(new RunsProvider(store));
  const view = lifetime.own(
    vscode.window.createTreeView(viewId("runs"), {
      treeDataProvider: provider,
      canSelectMany: true,
      showCollapseAll: false,
    }),
  );
  const readWhenSeen = () => {
    if (view.visible) inBackground(log, "reading runs", folders.start());
  };
  lifetime.own(view.onDidChangeVisibility(readWhenSeen));
  readWhenSeen();

  const count = () => {
    const runs = store.list();
    const alive = runs.filter(isAlive).length;
    setContext("hasRuns", runs.length > 0);
    setContext("running", alive > 0);
    view.badge =
      alive === 0 ? undefined : { value: alive, tooltip: alive === 1 ? "1 run is alive" : `${alive} runs are alive` };
  };
  lifetime.own(store.onChanged(count));
  lifetime.own(store.onRemoved(count));
  const clock = setInterval(() => {
    if (view.visible) provider.redrawAll();
  }, agoMs);
  lifetime.own({ dispose: () => clearInterval(clock) });
  return lifetime;
}

class RunsProvider implements vscode.TreeDataProvider<RunItem>, vscode.Disposable {
  #items = new Map<string, RunItem>();
  #changed = new vscode.EventEmitter<RunItem | undefined>();
  #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #lifetime = new Lifetime();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(private readonly store: RunStore) {
    this.#lifetime.own(this.#changed);
    this.#lifetime.own(store.onChanged(({ id }) => this.#redraw(id)));
    this.#lifetime.own(store.onGrew((id) => this.#redraw(id)));
    this.#lifetime.own(
      store.onRemoved((id) => {
        this.#items.delete(id);
        this.redrawAll();
      }),
    );
  }

  getChildren(parent?: RunItem): RunItem[] {
    return parent ? [] : this.store.list().map(({ id }) => this.#item(id));
  }

  getTreeItem({ run: id }: RunItem): vscode.TreeItem {
    const run = this.store.get(id);
    return run ? treeItem(run, this.store) : new vscode.TreeItem(id);
  }

  resolveTreeItem(item: vscode.TreeItem, { run: id }: RunItem): vscode.TreeItem {
    const run = this.store.get(id);
    if (run) {
      const text = new vscode.MarkdownString(runTooltip(run, this.store.latest(id), Date.now()), true);
      item.tooltip = text;
    }
    return item;
  }

  redrawAll(): void {
    this.#changed.fire(undefined);
  }

  /** Rows that are there are drawn one by one; a new one changes the list. */
  #redraw(id: string): void {
    this.#waiting.add(id);
    this.#timer ??= setTimeout(() => this.#flush(), redrawMs);
  }

  #flush(): void {
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    if (waiting.some((id) => !this.#items.has(id))) return this.redrawAll();
    for (const id of waiting) this.#changed.fire(this.#items.get(id));
  }

  #item(id: string): RunItem {
    let item = this.#items.get(id);
    if (!item) this.#items.set(id, (item = { run: id }));
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#lifetime.dispose();
  }
}

function treeItem(run: RunSummary, store: RunStore): vscode.TreeItem {
  const { icon, color, word } = runIcon(run);
  const item = new vscode.TreeItem(run.title);
  item.id = run.id;
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.description = runDescription(run, store.latest(run.id), Date.now());
  item.contextValue = `${isAlive(run) ? "alive" : "over"}${run.folder === "" ? "" : " recorded"}`;
  item.command = { command: commandId("openRun"), title: "Open Run", arguments: [{ run: run.id } satisfies RunItem] };
  item.accessibilityInformation = { label: `${run.title}, ${word}, ${item.description}` };
  return item;
}
