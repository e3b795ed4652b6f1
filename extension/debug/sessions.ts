// Watches the debug sessions of Gradtape's runs: where they stand, and how they end. js-debug makes a parent session
// without threads and a child per process and worker; all of one run carry its token.
import * as vscode from "vscode";
import { Lifetime } from "../lifetime.js";
import { setContext } from "../contextKeys.js";
import type { DapMessage, StoppedBody } from "./protocol.js";

export interface Stop {
  readonly token: string;
  readonly session: vscode.DebugSession;
  readonly threadId: number;
}

export interface SessionEnd {
  readonly token: string;
  readonly exitCode?: number;
  /** By the debugger's own Stop button. */
  readonly stoppedByUser: boolean;
}

interface Watched {
  exitCode?: number;
  /** The adapter said that the program is over. */
  terminated: boolean;
  stoppedByUser: boolean;
}

const resuming: readonly string[] = [
  "continue",
  "next",
  "stepIn",
  "stepOut",
  "stepBack",
  "reverseContinue",
  "restartFrame",
  "restart",
];
const ending: readonly string[] = ["disconnect", "terminate"];

export class DebugSessions implements vscode.Disposable {
  #lifetime = new Lifetime();
  #runs = new Map<string, Watched>();
  #stops = new Map<string, Stop>();
  #stopped = this.#lifetime.own(new vscode.EventEmitter<Stop>());
  #resumed = this.#lifetime.own(new vscode.EventEmitter<string>());
  #ended = this.#lifetime.own(new vscode.EventEmitter<SessionEnd>());

  readonly onStopped = this.#stopped.event;
  /** The program of this token goes on. */
  readonly onResumed = this.#resumed.event;
  /** The last session of this token is over. */
  readonly onEnded = this.#ended.event;

  constructor() {
    this.#lifetime.own(
      vscode.debug.registerDebugAdapterTrackerFactory("*", {
        createDebugAdapterTracker: (session) => {
          const token = tokenOf(session);
          return token === undefined ? undefined : this.#tracker(session, token);
        },
      }),
    );
    this.#lifetime.own(
      vscode.debug.onDidTerminateDebugSession((session) => {
        const token = tokenOf(session);
        if (token === undefined) return;
        this.#resume(session, token);
        if (session.parentSession) return;
        const { exitCode, stoppedByUser } = this.#watched(token);
        this.#runs.delete(token);
        this.#ended.fire({ token, exitCode, stoppedByUser });
      }),
    );
  }

  /** Where a run stands now, by its token. */
  stopOf(token: string): Stop | undefined {
    return this.#stops.get(token);
  }

  /** Where any run stands: the one of the session that VS Code has in focus, else the latest. */
  currentStop(): Stop | undefined {
    const active = vscode.debug.activeDebugSession && tokenOf(vscode.debug.activeDebugSession);
    return (active === undefined ? undefined : this.#stops.get(active)) ?? [...this.#stops.values()].at(-1);
  }

  #tracker(session: vscode.DebugSession, token: string): vscode.DebugAdapterTracker {
    return {
      onDidSendMessage: (message: DapMessage) => {
        if (message.type !== "event") return;
        const watched = this.#watched(token);
        if (message.event === "stopped") this.#stop(session, token, message.body as StoppedBody);
        else if (message.event === "continued") this.#resume(session, token);
        else if (message.event === "exited") watched.exitCode = (message.body as { exitCode?: number }).exitCode;
        else if (message.event === "terminated") watched.terminated = true;
      },
      onWillReceiveMessage: ({ type, command = "" }: DapMessage) => {
        if (type !== "request") return;
        if (resuming.includes(command)) this.#resume(session, token);
        const watched = this.#watched(token);
        if (ending.includes(command) && !watched.terminated) watched.stoppedByUser = true;
      },
    };
  }

  #watched(token: string): Watched {
    let watched = this.#runs.get(token);
    if (!watched) this.#runs.set(token, (watched = { terminated: false, stoppedByUser: false }));
    return watched;
  }

  #stop(session: vscode.DebugSession, token: string, { threadId }: StoppedBody): void {
    if (threadId === undefined) return;
    const stop: Stop = { token, session, threadId };
    this.#stops.set(token, stop);
    setContext("paused", true);
    this.#stopped.fire(stop);
  }

  #resume(session: vscode.DebugSession, token: string): void {
    if (this.#stops.get(token)?.session !== session) return;
    this.#stops.delete(token);
    setContext("paused", this.#stops.size > 0);
    this.#resumed.fire(token);
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

/** The token in the environment of the session's root; undefined when the session is none of ours. */
export function tokenOf(session: vscode.DebugSession): string | undefined {
  let root = session;
  while (root.parentSession) root = root.parentSession;
  const environment: unknown = root.configuration.env;
  if (typeof environment !== "object" || environment === null) return undefined;
  const token: unknown = (environment as Record<string, unknown>).GRADTAPE_TOKEN;
  return typeof token === "string" ? token : undefined;
}
