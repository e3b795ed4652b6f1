// Tensor inspectors: one panel per expression and run. At a stop the expression is evaluated again and the panel told;
// its questions go to the run's own socket, which another thread answers while the program is paused.
import type * as vscode from "vscode";
import { engineAnswerValidators } from "../../engine/protocolSchemas.js";
import type { EngineRequests, TensorRef, TensorSubject } from "../../engine/protocol.js";
import type { ConnectedRun } from "../../engine/channelSocket.js";
import { Lifetime } from "../lifetime.js";
import { inBackground, type Log } from "../log.js";
import type { Panel, PanelHost } from "../panelHost.js";
import type { Supervisor } from "../run/supervisor.js";
import { evaluateTensor, refreshSummaries, topFrame } from "./evaluate.js";
import type { StackFrame } from "./protocol.js";
import type { DebugSessions, Stop } from "./sessions.js";

interface Inspected {
  readonly token: string;
  readonly expression: string;
  subject: TensorSubject;
}

/** A step resumes and stops again within this time: the panel does not flicker. */
const settleMs = 250;

const lost: TensorSubject = {
  kind: "none",
  reason: "The program whose tensor this was is gone. Debug again and inspect it at a breakpoint.",
};

type TensorRequest = "tensor.stats" | "tensor.page" | "tensor.image";

export class TensorInspector implements vscode.Disposable {
  #lifetime = new Lifetime();
  #inspected = new Map<Panel, Inspected>();
  #resuming = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly sessions: DebugSessions,
    private readonly supervisor: Supervisor,
    private readonly panels: PanelHost,
    private readonly log: Log,
  ) {
    this.#lifetime.own(
      sessions.onStopped((stop) => inBackground(log, "reading tensors at a stop", this.#stopped(stop))),
    );
    this.#lifetime.own(sessions.onResumed((token) => this.#resumed(token)));
    this.#lifetime.own(sessions.onEnded(({ token }) => this.#freeze(token)));
  }

  /**
   * Opens an inspector for an expression in a frame.
   * @returns why there is none: the expression is no tensor, or the run has no connection
   */
  async inspect(stop: Stop, frame: StackFrame, expression: string): Promise<string | undefined> {
    const value = await evaluateTensor(stop.session, expression, frame);
    if (value.kind === "none") return value.reason;
    if (!this.#runOf(stop.token)) return `${expression}: the program is not connected to this window`;
    const subject: TensorSubject = { ...value, expression, live: true };
    const panel = this.panels.open("tensor", { key: `${stop.token} ${expression}`, title: titleOf(subject) });
    if (!this.#inspected.has(panel)) {
      this.#inspected.set(panel, { token: stop.token, expression, subject });
      panel.onClosed(() => this.#inspected.delete(panel));
    }
    this.#tell(panel, subject);
    return undefined;
  }

  subjectOf(panel: Panel): TensorSubject {
    return this.#inspected.get(panel)?.subject ?? lost;
  }

  /** Passes a panel's question on to the engine. @throws Error when the program is gone. */
  async ask<Name extends TensorRequest>(
    panel: Panel,
    name: Name,
    ask: Parameters<EngineRequests[Name]>[0],
    cancel: vscode.CancellationToken,
  ): Promise<ReturnType<EngineRequests[Name]>> {
    const inspected = this.#inspected.get(panel);
    const run = inspected && this.#runOf(inspected.token);
    if (!run) throw new Error("The program has ended: its tensors are gone.");
    const answer = await run.channel.ask(name, ask as never, cancel);
    return engineAnswerValidators[name](answer) as ReturnType<EngineRequests[Name]>;
  }

  async #stopped(stop: Stop): Promise<void> {
    clearTimeout(this.#resuming.get(stop.token));
    this.#resuming.delete(stop.token);
    // First, so that the descriptions are there when VS Code asks for the variables.
    await refreshSummaries(stop);
    const shown = this.#of(stop.token);
    if (shown.length === 0) return;
    const frame = await topFrame(stop);
    for (const [panel, { expression }] of shown) {
      const value = frame && (await evaluateTensor(stop.session, expression, frame));
      // The answer of a stop that is over says nothing about the present one.
      if (this.sessions.stopOf(stop.token) !== stop) return;
      if (value?.kind === "tensor") this.#tell(panel, { ...value, expression, live: true });
      else this.#freezePanel(panel);
    }
  }

  #resumed(token: string): void {
    clearTimeout(this.#resuming.get(token));
    this.#resuming.set(
      token,
      setTimeout(() => this.#freeze(token), settleMs),
    );
  }

  #freeze(token: string): void {
    clearTimeout(this.#resuming.get(token));
    this.#resuming.delete(token);
    for (const [panel] of this.#of(token)) this.#freezePanel(panel);
  }

  /** The values stay as they were read last. */
  #freezePanel(panel: Panel): void {
    const subject = this.#inspected.get(panel)?.subject;
    if (subject?.kind === "tensor" && subject.live) this.#tell(panel, { ...subject, live: false });
  }

  #tell(panel: Panel, subject: TensorSubject): void {
    const inspected = this.#inspected.get(panel);
    if (inspected) inspected.subject = subject;
    panel.setTitle(titleOf(subject));
    panel.tell("tensor.subject", { subject });
  }

  #of(token: string): readonly (readonly [Panel, Inspected])[] {
    return [...this.#inspected].filter(([, inspected]) => inspected.token === token);
  }

  #runOf(token: string): ConnectedRun | undefined {
    const id = this.supervisor.runOfToken(token);
    return id === undefined ? undefined : this.supervisor.connectedRun(id);
  }

  dispose(): void {
    for (const timer of this.#resuming.values()) clearTimeout(timer);
    this.#lifetime.dispose();
  }
}

/** "x · [64, 10, 24, 24]". */
const titleOf = (subject: TensorSubject): string =>
  subject.kind === "tensor" ? `${subject.expression} · ${shapeText(subject.tensor)}` : "Tensor";

const shapeText = ({ shape }: TensorRef) => `[${shape.join(", ")}]`;
