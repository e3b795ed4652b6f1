// How far a run is, how fast it goes and how long it will take, from its events. The terminal feeds it live, readers feed
// it from the file, so both say the same. Knows no files and no clock: time comes with the events.
import type { RunProgress } from "../protocol.js";

/** Speed is that of the last seconds: old enough to be steady, young enough to follow a change. */
const windowMs = 4000;
const sampleMs = 100;
/** Steps of a loop that only measures say nothing of the time that training will take. */
const measuringPhases: readonly string[] = ["test", "validate"];

export interface ProgressMeter {
  /** A loop over a loader begins. `epochs` 0 when unknown. */
  epoch(phase: string, epoch: number, epochs: number, time: number): void;
  /** A step is done. `length` 0 when unknown. */
  step(phase: string, step: number, position: number, length: number, time: number): void;
  /** Undefined before the first event. */
  progress(): RunProgress | undefined;
}

export function progressMeter(): ProgressMeter {
  let phase = "";
  let epoch = 0;
  let epochs = 0;
  let position = 0;
  let length = 0;
  let step = 0;
  let started = false;
  let turns = 0;
  /** Turns by time, of this loop's last seconds. */
  let samples: { readonly time: number; readonly turns: number }[] = [];
  let now = 0;

  /** A loop inside another must not take its epoch away. */
  const epochOf = new Map<string, readonly [epoch: number, epochs: number]>();

  const enter = (name: string, time: number) => {
    started = true;
    // Time spent between two loops (a test after an epoch) is no time of either's steps.
    samples = [{ time, turns }];
    phase = name;
    now = time;
    [epoch, epochs] = epochOf.get(name) ?? [0, 0];
  };

  const speed = () => {
    const oldest = samples[0];
    const seconds = (now - oldest.time) / 1000;
    return seconds > 0 ? (turns - oldest.turns) / seconds : 0;
  };

  return {
    epoch: (name, number, of, time) => {
      epochOf.set(name, [number, of]);
      enter(name, time);
      position = 0;
      length = 0;
    },
    step: (name, number, at, of, time) => {
      const entered = !started || name !== phase;
      turns++;
      // How long this step took is not known: the speed is that of those after it.
      if (entered) enter(name, time);
      step = number;
      position = at;
      length = of;
      now = time;
      if (time - samples[samples.length - 1].time >= sampleMs) samples.push({ time, turns });
      while (samples.length > 2 && time - samples[1].time >= windowMs) samples.shift();
    },
    progress: () => {
      if (!started) return undefined;
      const stepsPerSecond = speed();
      const left = length - position + Math.max(0, epochs - epoch) * length;
      const known = length > 0 && stepsPerSecond > 0 && !measuringPhases.includes(phase);
      const eta = known ? { eta: left / stepsPerSecond } : {};
      return { phase, epoch, epochs, position, length, step, stepsPerSecond, ...eta };
    },
  };
}
