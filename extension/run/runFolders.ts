// Finds the runs on disk and keeps the store in step with them: at start, when folders come and go, and while a run
// lives that was started elsewhere (a terminal). Runs that this window supervises are left to their supervisor.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import * as vscode from "vscode";
import { readRun } from "../../engine/runs/index.js";
import { inBackground, type Log } from "../log.js";
import { Lifetime } from "../lifetime.js";
import { latestMetrics } from "./follower.js";
import { isAlive } from "./runLook.js";
import { runsFolderOf } from "./runsFolder.js";
import type { RunStore } from "./store.js";

/** How often a run of another process is looked at. */
const pollMs = 1000;

export class RunFolders implements vscode.Disposable {
  #lifetime = new Lifetime();
  #roots = new Set<string>();
  #started = false;
  #timer: NodeJS.Timeout | undefined;
  #scan: Promise<void> | undefined;
  #again = false;

  constructor(
    private readonly store: RunStore,
    private readonly log: Log,
    /** True for runs whose supervisor lives in this window. */
    private readonly isSupervised: (folder: string) => boolean,
  ) {}

  /** Reads everything once and watches from then on. Later calls wait for the same reading. */
  async start(): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      this.#lifetime.own(
        vscode.workspace.onDidChangeWorkspaceFolders(({ added }) => added.forEach((f) => this.#watchWorkspace(f))),
      );
      vscode.workspace.workspaceFolders?.forEach((folder) => this.#watchWorkspace(folder));
      this.#refresh();
    }
    await this.#scan;
  }

  /** Also the runs of a program outside the workspace. */
  include(runsFolder: string): void {
    this.#roots.add(runsFolder);
    this.#refresh();
  }

  #watchWorkspace(folder: vscode.WorkspaceFolder): void {
    if (folder.uri.scheme !== "file") return;
    const root = runsFolderOf(folder.uri.fsPath);
    const watcher = this.#lifetime.own(
      vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, ".gradtape/runs/*/run.json")),
    );
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) event(() => this.#refresh());
    this.include(root);
  }

  /** One scan at a time; what happens during one is seen by the next. */
  #refresh(): void {
    if (!this.#started) return;
    if (this.#scan) {
      this.#again = true;
      return;
    }
    this.#scan = this.#read().finally(() => {
      this.#scan = undefined;
      if (this.#again) {
        this.#again = false;
        this.#refresh();
      }
    });
    inBackground(this.log, "reading runs", this.#scan);
  }

  async #read(): Promise<void> {
    for (const root of this.#roots) {
      for (const name of await readdir(root).catch(() => [])) {
        this.#readOne(join(root, name));
        await breathe(); // hundreds of runs must not hold up the editor
      }
    }
    for (const { id, folder } of this.store.list()) {
      if (folder !== "" && !this.isSupervised(folder) && !existsSync(folder)) this.store.remove(id);
    }
    this.#follow();
  }

  #readOne(folder: string): void {
    if (this.isSupervised(folder)) return;
    const run = readRun(folder, { progress: false });
    if (!run) return;
    const known = this.store.get(run.id);
    if (known && !isAlive(known) && known.endedAt === run.endedAt && known.state === run.state) return;
    this.store.put({ ...run, progress: known?.progress });
    if (isAlive(run) || !this.store.knowsLatest(run.id)) this.store.grew(run.id, latestMetrics(folder));
  }

  /** A run of a terminal writes into a mapped file, which no watcher sees: it is read again while it lives. */
  #follow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const living = this.store
      .list()
      .filter((run) => isAlive(run) && run.folder !== "" && !this.isSupervised(run.folder));
    if (living.length === 0) return;
    this.#timer = setTimeout(() => {
      for (const { folder, id } of living) {
        const run = readRun(folder);
        if (!run || this.isSupervised(folder)) continue;
        this.store.put(run);
        this.store.grew(id, latestMetrics(folder));
      }
      this.#follow();
    }, pollMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#started = false;
    this.#lifetime.dispose();
  }
}
