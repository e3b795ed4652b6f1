// Runs of this window: one engine process each, from the click to its end. Every process is ours to end; what happens to
// it is put into the store. Knows sockets and processes, not views.
import * as vscode from "vscode";
import { type ConnectedRun, listenForRuns, type RunsListener } from "../../engine/channelSocket.js";
import type { RunRecord, RunSummary } from "../../engine/protocol.js";
import { isAlive, readRecord, readRun } from "../../engine/runs/index.js";
import { basename } from "node:path";
import { setting } from "../config.js";
import { inBackground, type Log, messageOf } from "../log.js";
import { concludeRun } from "./conclude.js";
import { type EngineProcess, type Exit, spawnEngine } from "./engineProcess.js";
import type { OutputChannel, RunOutput } from "./output.js";
import { planRun, type RunPlan, type RunRequest } from "./plan.js";
import { duration, runIcon } from "./runLook.js";
import type { RunStore } from "./store.js";

/** A run that does not stop by itself within this time is ended: a second after the click nothing of it is left. */
const stopMs = 950;

/** A process that has written its last word and goes on for so long is ended: some versions of Node.js hang at their end under a debugger. */
const lingerMs = 3000;

/** Starts the engine under the debugger. */
export type DebugLauncher = (plan: RunPlan) => Promise<EngineProcess>;
/** Sees to it that a run can start (libtensorflow is there); false when the user cancelled. */
export type Preparation = (plan: RunPlan) => Promise<boolean>;

interface LiveRun {
  readonly request: RunRequest;
  readonly askedAt: number;
  /** Changes once: when the process says which run folder it writes. */
  id: string;
  invitation?: { readonly token: string; cancel(): void };
  connected?: ConnectedRun;
  process?: EngineProcess;
  stopAsked: boolean;
  readonly output: RunOutput;
  /** Settles when the run is over. */
  over: Promise<void>;
}

export interface Renamed {
  readonly from: string;
  readonly to: string;
}

export class Supervisor implements vscode.Disposable {
  #live = new Map<string, LiveRun>();
  #listener: Promise<RunsListener> | undefined;
  #count = 0;
  #started = new vscode.EventEmitter<RunSummary>();
  #renamed = new vscode.EventEmitter<Renamed>();
  #ended = new vscode.EventEmitter<RunSummary>();

  /** A run was asked for and appears in the store as "starting". */
  readonly onStarted = this.#started.event;
  /** The process said hello: the run goes on under the id of its folder. */
  readonly onRenamed = this.#renamed.event;
  /** A run of this window is over. */
  readonly onEnded = this.#ended.event;

  constructor(
    private readonly extensionRoot: string,
    private readonly store: RunStore,
    private readonly output: OutputChannel,
    private readonly log: Log,
    private readonly launchDebug: DebugLauncher,
    private readonly prepare: Preparation,
  ) {}

  /** Starts a run and returns at once; the store tells what becomes of it. */
  start(request: RunRequest): string {
    const run = placeholder(request, `starting-${++this.#count}`);
    const live: LiveRun = {
      request,
      askedAt: run.startedAt,
      id: run.id,
      stopAsked: false,
      output: this.output.for(run.title),
      over: Promise.resolve(),
    };
    this.#live.set(live.id, live);
    this.store.put(run);
    this.#started.fire(run);
    live.over = this.#run(live).catch((error: unknown) => this.#conclude(live, { failure: messageOf(error) }));
    return live.id;
  }

  /** False when no such run lives. */
  stop(id: string): boolean {
    const live = this.#live.get(id);
    if (!live) return this.#stopForeign(id);
    if (live.stopAsked) return true;
    live.stopAsked = true;
    this.store.patch(live.id, { state: "stopping" });
    if (!live.connected) {
      live.process?.kill();
      return true;
    }
    const forced = setTimeout(() => this.#end(live), stopMs);
    void live.over.finally(() => clearTimeout(forced));
    inBackground(this.log, "run.stop", live.connected.channel.ask("run.stop", {}));
    return true;
  }

  /** True for a run of this window, also before its process has said hello. */
  owns(run: RunSummary): boolean {
    return [...this.#live.values()].some(({ connected, request, askedAt }) =>
      connected
        ? connected.folder === run.folder
        : request.program === run.program && request.verb === run.verb && run.startedAt >= askedAt && isAlive(run),
    );
  }

  /** The socket to a living run, by run id. */
  connectedRun(id: string): ConnectedRun | undefined {
    return this.#live.get(id)?.connected;
  }

  /** The living run whose process was started with this token. */
  runOfToken(token: string): string | undefined {
    return [...this.#live.values()].find((live) => live.invitation?.token === token)?.id;
  }

  /** Stops everything that lives and waits for it. */
  async shutDown(): Promise<void> {
    const living = [...this.#live.values()];
    for (const { id } of living) this.stop(id);
    await Promise.all(living.map(({ over }) => over));
  }

  dispose(): void {
    for (const live of this.#live.values()) this.#end(live);
    void this.#listener?.then((listener) => listener.dispose());
    this.#started.dispose();
    this.#renamed.dispose();
    this.#ended.dispose();
  }

  async #run(live: LiveRun): Promise<void> {
    this.#listener ??= listenForRuns();
    const listener = await this.#listener;
    const { environment, cancel } = listener.invite((run) => this.#greet(live, run), { again: live.request.debug });
    live.invitation = { token: environment.GRADTAPE_TOKEN, cancel };
    const uri = vscode.Uri.file(live.request.program);
    const plan = await planRun(live.request, {
      workspaceFolder: vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath,
      extensionRoot: this.extensionRoot,
      nodePath: setting("nodePath", uri),
      invitation: environment,
    });
    this.log.info(`${plan.node.path} (${plan.node.version}) ${plan.engine.cli} ${plan.args.join(" ")}, in ${plan.cwd}`);
    if (!(await this.prepare(plan))) live.stopAsked = true;
    if (live.stopAsked) return this.#conclude(live, {});
    live.process = live.request.debug ? await this.launchDebug(plan) : spawnEngine(plan, live.output);
    // The user may have pressed Stop while the debugger started.
    if (live.stopAsked) live.process.kill();
    this.#conclude(live, await live.process.exit);
  }

  #greet(live: LiveRun, run: ConnectedRun): void {
    if (live.connected) this.#restarted(live);
    live.connected = run;
    const { channel, folder } = run;
    const rename = (id: string) => {
      const summary = readRun(folder);
      if (id === live.id || !summary) return;
      const from = live.id;
      this.#live.delete(from);
      this.#live.set(id, live);
      live.id = id;
      this.store.put(this.#withState(live, { ...summary, debugging: live.request.debug }));
      this.#renamed.fire({ from, to: id });
      this.store.remove(from);
    };
    const record = readRecord(folder);
    if (record) rename(record.id);
    channel.hear("run.record", ({ record }) => {
      rename(record.id);
      if (!isAlive(record)) this.#expectEnd(live);
      else this.store.patch(record.id, this.#withState(live, record));
    });
    channel.hear("run.progress", ({ progress }) => this.store.patch(live.id, { progress }));
    channel.hear("run.metrics", ({ metrics }) => this.store.grew(live.id, metrics));
    channel.hear("run.checkpoint", () => {
      const checkpoints = readRun(folder, { progress: false })?.checkpoints;
      if (checkpoints) this.store.patch(live.id, { checkpoints });
    });
    if (live.stopAsked) this.#end(live);
  }

  /** The debugger ended the program and started it again in the same session: another run, with a folder of its own. */
  #restarted(live: LiveRun): void {
    const before = this.store.get(live.id);
    live.connected?.channel.dispose();
    this.#live.delete(live.id);
    if (before) this.store.put(concludeRun(before, { exit: {}, stopAsked: true, tail: "" }));
    const next = placeholder(live.request, `starting-${++this.#count}`);
    live.id = next.id;
    this.#live.set(live.id, live);
    this.store.put(next);
    this.#started.fire(next);
  }

  /** The last word is written: the run is over when its process is, which must not linger. */
  #expectEnd(live: LiveRun): void {
    const run = live.connected;
    const forced = setTimeout(() => {
      if (live.connected === run) this.#end(live);
    }, lingerMs);
    void live.over.finally(() => clearTimeout(forced));
  }

  /** While a stop is under way a record that still says "running" is behind. */
  #withState<Record extends RunRecord>(live: LiveRun, run: Record): Record {
    return live.stopAsked && run.state === "running" ? { ...run, state: "stopping" } : run;
  }

  #conclude(live: LiveRun, exit: Exit): void {
    if (!this.#live.delete(live.id)) return;
    live.invitation?.cancel();
    live.connected?.channel.dispose();
    const known = this.store.get(live.id) ?? placeholder(live.request, live.id);
    const run = concludeRun(known, { exit, stopAsked: live.stopAsked, tail: live.process?.tail() ?? "" });
    live.output.end(closingLine(run));
    // A start that was called off leaves nothing behind.
    if (run.folder === "" && run.state === "stopped") this.store.remove(run.id);
    else this.store.put(run);
    this.#ended.fire(run);
  }

  /** By force: through whoever started the process, and by its own id, since a debugger may not get through to it. */
  #end(live: LiveRun): void {
    live.process?.kill();
    if (live.request.debug && live.connected) killQuietly(live.connected.pid, "SIGKILL");
  }

  /** A run of a terminal is stopped as Ctrl+C there would. */
  #stopForeign(id: string): boolean {
    const run = this.store.get(id);
    if (!run || !isAlive(run) || run.pid <= 0) return false;
    return killQuietly(run.pid, "SIGINT");
  }
}

/** False when the process is gone or not ours. */
function killQuietly(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** A run that was asked for and has no folder yet. */
function placeholder({ program, verb, debug }: RunRequest, id: string): RunSummary {
  return {
    format: 1,
    id,
    program,
    verb,
    options: {},
    state: "starting",
    pid: 0,
    startedAt: Date.now(),
    device: "",
    synchronousErrors: false,
    versions: { gradtape: "", node: "" },
    folder: "",
    title: `${basename(program)} › ${verb}`,
    debugging: debug,
    checkpoints: [],
  };
}

function closingLine(run: RunSummary): string {
  const took = duration((run.endedAt ?? Date.now()) - run.startedAt);
  const error = run.state === "failed" && run.error ? `: ${run.error.name}: ${run.error.message}` : "";
  return `── ${run.title} ${runIcon(run).word} after ${took}${error} ──`;
}
