// The run as the user's program sees it: its options, its loops, its metrics and its checkpoints. The turn of a tracked
// loop is the step boundary, where everything happens that may not happen in the middle of a step.
// Knows neither the command line nor sockets: whoever starts a run hands them in.
import { ArgumentError } from "../errors.js";
import { findCheckpoint, type Place, readCheckpoint, writeCheckpoint } from "./checkpointFiles.js";
import { checkParts, type CheckpointParts, restoreParts, statesOf } from "./checkpointParts.js";
import { type Loggable, numberOf } from "./loggable.js";
import type { OptionsOf, OptionSpec } from "./options.js";
import { RunStopped } from "./programError.js";
import { nothingLeftText } from "./resumeText.js";
import type { RecorderBinding, RunRecorder } from "./runRecorder.js";
import { batchesOf, type Loader, type Tracked, trackedLoop, type TrackOptions } from "./track.js";
import type { Display } from "./terminal.js";

export interface CheckpointOptions {
  /** Save after every so many steps of training (default: only at the end and when the run is stopped). */
  readonly every?: number;
}

/** Where a program begins: at its start, or where its checkpoint was taken. */
export interface Start {
  /** The epoch to begin with, from 1. */
  readonly epoch: number;
  /** Steps done before. */
  readonly step: number;
  /** The checkpoint that was read; undefined for a fresh start. */
  readonly file?: string;
}

/** One run of a program's `train` or `test`. */
export interface Run<S extends OptionSpec = OptionSpec> {
  /** The values of the program's options, typed by its table. */
  readonly options: OptionsOf<S>;
  /** The seed that the generators began with; undefined when none was given. */
  readonly seed: number | undefined;
  /** Folder of this run: its record, metrics and checkpoints. */
  readonly folder: string;
  /**
   * Goes through a loader, for `for` and `for await`, and makes each turn a step: progress and metrics are recorded,
   * checkpoints that are due are saved, and Stop is heard. A resumed run continues in the epoch and at the batch where
   * its checkpoint was taken; epochs before that have no batches.
   * @throws {RunStopped} at a boundary after Stop: let it pass.
   */
  track<Batch>(loader: Loader<Batch>, options?: TrackOptions): Tracked<Batch>;
  /** Makes one call a step, for programs without a loader. Gives what `body` gives. */
  step<T>(body: () => T): T;
  /**
   * Records metrics of this step: `run.log({ loss })`. A tensor of one element is read, which waits for its device.
   * @throws {ArgumentError} for anything else.
   */
  log(metrics: Readonly<Record<string, Loggable>>): void;
  /**
   * Says what a checkpoint holds: modules, optimisers, arrays, Maps and plain objects by name. All of them go into one
   * file together with the generators' states and the place in the data, so that a resumed run ends bit-equal to one
   * that was never interrupted. With `--resume` the checkpoint asked for is read now, arrays and objects in place.
   * @throws {StateDictError} listing what does not fit; {CheckpointError} when there is none.
   */
  checkpoint(parts: CheckpointParts, options?: CheckpointOptions): Start;
  /**
   * Reads parts of a checkpoint, for `test`: the one given by `--resume`, else the program's newest.
   * @throws {StateDictError} listing what does not fit; {CheckpointError} when there is none.
   */
  restore(parts: CheckpointParts): Start;
}

/** What a run needs from the process that it runs in. */
export interface RunSetting<S extends OptionSpec> {
  readonly options: OptionsOf<S>;
  readonly seed: number | undefined;
  readonly folder: string;
  /** Absolute path of the program, and where its earlier runs are. */
  readonly program: string;
  readonly root: string;
  /** The phase whose turns are the run's steps: "train" or "test". */
  readonly mainPhase: string;
  /** From which checkpoint: false for none, true for the newest, or a file. */
  readonly resume: boolean | string;
  readonly native: RecorderBinding;
  readonly recorder: RunRecorder;
  readonly display: Display;
  readonly generators: { state(): unknown; restore(state: unknown): void };
  /** Called when a checkpoint was read. */
  readonly onResumed: (file: string, place: Place) => void;
}

/** A run, and what its process does when the program is through. */
export interface RunHandle<S extends OptionSpec> {
  readonly run: Run<S>;
  /** Saves the last checkpoint. */
  finish(): void;
  readonly step: number;
  /** The last checkpoint of this run. */
  readonly lastCheckpoint: string | undefined;
  /** The program said what a checkpoint holds. */
  readonly registered: boolean;
  /** Why a resumed program took no step, in words; undefined when it took one or that is not known. */
  readonly nothingLeft: string | undefined;
}

export function makeRun<S extends OptionSpec>(setting: RunSetting<S>): RunHandle<S> {
  const { native, recorder, display, generators, mainPhase, folder } = setting;
  let step = 0;
  /** The epoch of the main loop that is going on or was the last. */
  let epoch = 0;
  let position = 0;
  let loader: unknown;
  /** Inside the main loop the generators are as they are; after it, as they were at its last boundary. */
  let atBoundary: unknown;
  let inMainLoop = false;
  let resumeAt: Place | undefined;
  let resumedAt: Place | undefined;
  /** Nothing was left of the epoch that the checkpoint was taken in. */
  let wentThrough = false;
  let parts: CheckpointParts | undefined;
  let every = Infinity;
  let lastSaved = -1;
  let lastCheckpoint: string | undefined;
  const epochsBegun = new Map<string, number>();

  const saveAt = (place: Place) => {
    if (!parts) return;
    const { file, bytes } = writeCheckpoint(folder, { place, states: statesOf(parts) });
    recorder.checkpoint(place.step, bytes);
    lastSaved = place.step;
    lastCheckpoint = file;
  };
  const placeNow = (): Place => ({
    step,
    epoch,
    position,
    ...(loader === undefined ? {} : { loader }),
    generators: inMainLoop || atBoundary === undefined ? generators.state() : atBoundary,
  });

  const honourStop = () => {
    if (!native.stopRequested()) return;
    native.acknowledgeStop();
    if (lastSaved !== step && step > 0) saveAt(placeNow());
    throw new RunStopped();
  };

  /** The end of a step of any loop. */
  const boundary = (phase: string, at: number, length: number, below: (...args: never[]) => unknown) => {
    const counts = phase === mainPhase;
    if (counts) step++;
    recorder.line(below);
    recorder.stepDone(phase, step, at, length);
    display.step(phase, step, at, length, Date.now());
    if (counts && step - Math.max(0, lastSaved) >= every) saveAt(placeNow());
    honourStop();
  };

  const restoreFrom = (asked: true | string, into: CheckpointParts, whole: boolean) => {
    const file = findCheckpoint(setting.root, setting.program, asked);
    const { place, states } = readCheckpoint(file);
    restoreParts(into, states, file, { whole });
    setting.onResumed(file, place);
    return { file, place };
  };

  const run: Run<S> = {
    options: setting.options,
    seed: setting.seed,
    folder,

    track: (source, { phase = mainPhase, epochs = 0, epoch: given } = {}) =>
      trackedLoop(source, () => {
        const number = given ?? (epochsBegun.get(phase) ?? 0) + 1;
        epochsBegun.set(phase, number);
        const counts = phase === mainPhase;
        const from = counts ? resumeAt : undefined;
        if (from && number < from.epoch) return undefined;
        if (counts) resumeAt = undefined;
        honourStop();
        const continued = from?.epoch === number ? from : undefined;
        const { batches, length, state } = batchesOf(source, continued, () =>
          generators.restore(continued?.generators),
        );
        let at = continued?.position ?? 0;
        let open = false;
        if (counts) [epoch, position, loader, inMainLoop] = [number, at, state?.(), true];
        recorder.epoch(phase, step, number, epochs);
        display.epoch(phase, number, epochs, Date.now());
        const leave = () => {
          if (counts) {
            wentThrough ||= continued !== undefined && at === continued.position;
            atBoundary = generators.state();
            inMainLoop = false;
          }
          recorder.phase(inMainLoop ? "forward" : "other");
          display.leave(Date.now());
        };
        return {
          batches,
          before: (below) => {
            if (open) {
              if (counts) [position, loader] = [at, state?.()];
              boundary(phase, at, length, below);
            }
            open = false;
            recorder.phase("data");
          },
          handedOut: () => {
            open = true;
            at++;
            if (counts) recorder.step(step + 1);
            recorder.phase("forward");
          },
          leave,
        };
      }),

    step: (body) => {
      const around = <T>(result: T): T => {
        position++;
        boundary(mainPhase, position, 0, run.step);
        inMainLoop = false;
        return result;
      };
      if (resumeAt) {
        position = resumeAt.position;
        generators.restore(resumeAt.generators);
        resumeAt = undefined;
      }
      honourStop();
      inMainLoop = true;
      display.begin(mainPhase);
      recorder.step(step + 1);
      recorder.phase("forward");
      const result = body();
      return isPromise(result) ? (result.then(around) as typeof result) : around(result);
    },

    log: (metrics) => {
      recorder.line(run.log);
      const at = inMainLoop ? step + 1 : step;
      for (const [name, value] of Object.entries(metrics)) {
        const number = numberOf(name, value);
        recorder.metric(name, at, number);
        display.metric(name, number);
      }
    },

    checkpoint: (registered, { every: asked = Infinity } = {}) => {
      recorder.line(run.checkpoint);
      if (parts) throw new ArgumentError("checkpoint: expected one call with all parts, got a second call");
      if (!(asked >= 1)) throw new ArgumentError(`checkpoint: expected every to be 1 or more, got ${asked}`);
      checkParts(registered);
      parts = registered;
      every = asked;
      if (setting.resume === false) return { epoch: 1, step: 0 };
      const { file, place } = restoreFrom(setting.resume, registered, true);
      generators.restore(place.generators);
      resumeAt = resumedAt = place;
      lastSaved = step = place.step;
      [epoch, position, loader] = [place.epoch, place.position, place.loader];
      recorder.step(step);
      return { epoch: Math.max(1, place.epoch), step, file };
    },

    restore: (into) => {
      recorder.line(run.restore);
      checkParts(into);
      const { file, place } = restoreFrom(setting.resume || true, into, false);
      return { epoch: Math.max(1, place.epoch), step: place.step, file };
    },
  };

  return {
    run,
    finish: () => {
      // A run that did nothing has nothing to keep; one that ended in the middle of an epoch starts the next one anew.
      if (step === 0 || (resumeAt && lastSaved === step)) return;
      inMainLoop = true; // the generators as they are now: the program is through with this epoch
      loader = undefined;
      saveAt({ ...placeNow(), epoch: epoch > 0 ? epoch + 1 : 0, position: epoch > 0 ? 0 : position });
    },
    get step() {
      return step;
    },
    get lastCheckpoint() {
      return lastCheckpoint;
    },
    get registered() {
      return parts !== undefined;
    },
    get nothingLeft() {
      return resumedAt?.step === step ? nothingLeftText(resumedAt, wentThrough) : undefined;
    },
  };
}

const isPromise = (value: unknown): value is Promise<never> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
