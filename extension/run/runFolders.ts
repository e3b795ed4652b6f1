// Finds the runs on disk and keeps the store in step with them: at start, when folders come and go, and while a run
// lives that was started elsewhere (a terminal). Runs that this window supervises are left to their supervisor.
import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import * as vscode from "vscode";
import type { RunSummary } from "../../engine/protocol.js";
import { isAlive, readRun } from "../../engine/runs/index.js";
import { inBackground, type Log } from "../log.js";
import { Lifetime } from "../lifetime.js";
import { watchFolder } from "./folderWatch.js";
import { latestMetrics } from "./follower.js";
import { runsFolderOf } from "./runsFolder.js";
import type { RunStore } from "./store.js";

/** How often a run of another process is looked at. */
const pollMs = 1000;
/** A folder without a record that is younger may yet become a run; it is looked at again so soon. */
const freshMs = 5000;
const againMs = 100;

export class RunFolders implements vscode.Disposable {
  #lifetime = new Lifetime();
  #roots = new Set<string>();
  #started = false;
  #timer: NodeJS.Timeout | undefined;
  #later: NodeJS.Timeout | undefined;
  #scan: Promise<void> | undefined;
  #again = false;

  constructor(
    private readonly store: RunStore,
    private readonly log: Log,
    /** True for runs whose supervisor lives in this window. */
    private readonly isSupervised: (run: RunSummary) => boolean,
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

  /** Also runs outside the workspace: those of a lone program. */
  include(runsFolder: string): void {
    if (this.#roots.has(runsFolder)) return;
    this.#roots.add(runsFolder);
    this.#lifetime.own(watchFolder(runsFolder, () => this.#refresh()));
    this.#refresh();
  }

  #watchWorkspace({ uri }: vscode.WorkspaceFolder): void {
    if (uri.scheme === "file") this.include(runsFolderOf(uri.fsPath));
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
    for (const run of this.store.list()) {
      if (run.folder !== "" && !this.isSupervised(run) && !existsSync(run.folder)) this.store.remove(run.id);
    }
    this.#follow();
  }

  #readOne(folder: string): void {
    const run = readRun(folder, { progress: false });
    if (!run) return this.#lookAgain(folder);
    if (this.isSupervised(run)) return;
    const known = this.store.get(run.id);
    if (known && !isAlive(known) && known.endedAt === run.endedAt && known.state === run.state) return;
    this.store.put({ ...run, progress: known?.progress });
    if (isAlive(run) || !this.store.knowsLatest(run.id)) this.store.grew(run.id, latestMetrics(folder));
  }

  /** A run makes its folder a moment before its record. */
  #lookAgain(folder: string): void {
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? 0);
    if (age < freshMs) this.#later ??= setTimeout(() => ((this.#later = undefined), this.#refresh()), againMs);
  }

  /** A run of a terminal writes into a mapped file, which no watcher sees: it is read again while it lives. */
  #follow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const living = this.store.list().filter((run) => isAlive(run) && run.folder !== "" && !this.isSupervised(run));
    if (living.length === 0) return;
    this.#timer = setTimeout(() => {
      for (const { folder, id } of living) {
        const run = readRun(folder);
        if (!run || this.isSupervised(run)) continue;
        this.store.put(run);
        this.store.grew(id, latestMetrics(folder));
      }
      this.#follow();
    }, pollMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#later);
    this.#started = false;
    this.#lifetime.dispose();
  }
}
