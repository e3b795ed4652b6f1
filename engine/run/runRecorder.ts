// What a run tells its files: which step, which line, which metric. A thin layer over the addon's recorder that turns
// names into their ids once. Knows nothing of what is trained.
import type { NativeBinding } from "../native/binding.js";
import type { Phase, SourceLine } from "../protocol.js";
import { ArgumentError } from "../errors.js";
import { eventKinds } from "../runs/eventsFormat.js";
import { phases } from "../runs/recorderFormat.js";
import type { Observer } from "../state.js";
import { userLine } from "./userLine.js";

/** The part of the addon that records and stops. */
export type RecorderBinding = Pick<
  NativeBinding,
  "intern" | "setLine" | "setScope" | "setStep" | "setPhase" | "event" | "stopRequested" | "acknowledgeStop"
>;

export interface RunRecorder {
  /** Takes the user's line now; `below` is the function whose caller it is. */
  line(below: (...args: never[]) => unknown): void;
  phase(phase: Phase): void;
  /** The step that is going on. */
  step(step: number): void;
  metric(name: string, step: number, value: number): void;
  stepDone(phase: string, step: number, position: number, length: number): void;
  epoch(phase: string, step: number, epoch: number, epochs: number): void;
  checkpoint(step: number, bytes: number): void;
  /** What the engine tells while it computes. */
  readonly observer: Observer;
}

export function runRecorder(native: RecorderBinding): RunRecorder {
  const ids = new Map<string, number>();
  const idOf = (text: string): number => {
    let id = ids.get(text);
    if (id === undefined) ids.set(text, (id = native.intern(text)));
    return id;
  };
  const lineIds = new Map<SourceLine, number>();
  const line = (below: (...args: never[]) => unknown) => {
    const at = userLine(below);
    if (!at) return;
    let id = lineIds.get(at);
    if (id === undefined) lineIds.set(at, (id = idOf(`${at.file}:${at.line}`)));
    native.setLine(id);
  };

  const phaseNumber = (phase: Phase) => phases.indexOf(phase);
  let current = phaseNumber("other");
  const setPhase = (number: number) => {
    current = number;
    native.setPhase(number);
  };
  const outerPhases: number[] = [];
  const scopes: number[] = [];

  const observer: Observer = {
    enterModule: (path) => {
      const scope = idOf(path);
      scopes.push(scope);
      native.setScope(scope);
      line(observer.enterModule);
    },
    leaveModule: () => {
      scopes.pop();
      native.setScope(scopes[scopes.length - 1] ?? 0);
    },
    enterPhase: (phase) => {
      outerPhases.push(current);
      setPhase(phaseNumber(phase));
      line(observer.enterPhase);
    },
    leavePhase: () => setPhase(outerPhases.pop() ?? phaseNumber("other")),
  };

  return {
    line,
    phase: (phase) => setPhase(phaseNumber(phase)),
    step: (step) => native.setStep(step),
    metric: (name, step, value) => {
      const id = idOf(name);
      if (id === 0) {
        throw new ArgumentError(
          "log: expected a few metrics under names that stay the same, got more names than a run keeps (256 KiB); log one metric at many steps instead",
        );
      }
      native.event(eventKinds.metric, id, step, value, 0);
    },
    stepDone: (phase, step, position, length) => native.event(eventKinds.step, idOf(phase), step, position, length),
    epoch: (phase, step, epoch, epochs) => native.event(eventKinds.epoch, idOf(phase), step, epoch, epochs),
    // The file's name is its step: a name in the table of strings for each would fill it.
    checkpoint: (step, bytes) => native.event(eventKinds.checkpoint, 0, step, bytes, 0),
    observer,
  };
}
