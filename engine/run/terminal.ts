// How a run shows itself while it goes on: a bar on a terminal, plain lines in a pipe. Everything is drawn from the
// program's own steps, since no timer fires in a loop that never yields. What the program prints never tears the bar.
// Knows nothing of checkpoints, recorders or sockets.
import cliProgress from "cli-progress";
import type { WriteStream } from "node:tty";
import { type ProgressMeter, progressMeter } from "../runs/progress.js";
import { fitTo, type LineParts, progressText } from "./progressText.js";

export interface Display {
  /** A loop over a loader begins. */
  epoch(phase: string, epoch: number, epochs: number, time: number): void;
  /** A step without a loader begins. */
  begin(phase: string): void;
  step(phase: string, step: number, position: number, length: number, time: number): void;
  metric(name: string, value: number): void;
  /** The loop is over. */
  leave(time: number): void;
  /** Nothing more is drawn; the streams are the program's again. */
  close(): void;
}

/** Draws at most this often. */
const redrawMs = 100;
const plainLineMs = 2000;
/** Loops that end more often than this leave no line each. */
const keptLineMs = 500;
const barWidth = 24;
/** Of a bar that only shows that something moves. */
const movingWidth = 6;
const mostMetrics = 4;

/** What the loop shows: filled by the same calls for both kinds of display. */
interface Loop {
  readonly meter: ProgressMeter;
  /** Newest values of each phase: a loop inside another does not take its metrics away. */
  readonly metrics: Map<string, Map<string, number>>;
  phase: string;
  active: boolean;
  /** It has steps but no loader, so nobody says when it is over. */
  open: boolean;
}

const newLoop = (): Loop => ({ meter: progressMeter(), metrics: new Map(), phase: "", active: false, open: false });

export function openDisplay(out: NodeJS.WriteStream = process.stdout): Display {
  return out.isTTY ? terminalDisplay(out) : plainDisplay(out);
}

function plainDisplay(out: NodeJS.WritableStream): Display {
  const loop = newLoop();
  let lastLine = 0;
  let lastKept = 0;
  let waiting: string | undefined;
  let printed: string | undefined;
  const print = (text: string | undefined) => {
    waiting = undefined;
    if (text === undefined || text === printed) return;
    out.write(`${text}\n`);
    printed = text;
  };
  return {
    ...feeding(loop, {
      moved: (time) => {
        if (lastLine === 0) lastLine = time; // the first line comes after the first seconds
        if (time - lastLine < plainLineMs) return;
        print(lineOf(loop));
        lastLine = time;
      },
      leftOpen: () => (waiting = lineOf(loop)),
    }),
    leave: (time) => {
      loop.active = false;
      if (isMeasuring(loop)) return;
      waiting = lineOf(loop);
      if (time - lastKept < keptLineMs && !isLast(loop)) return;
      print(waiting);
      lastLine = lastKept = time;
    },
    close: () => print(loop.active && loop.open ? lineOf(loop) : waiting),
  };
}

function terminalDisplay(out: WriteStream): Display {
  const loop = newLoop();
  let lastDraw = 0;
  let lastKept = 0;
  let shown = false;
  let frame = 0;
  let waiting: string | undefined;
  let atLineStart = true;

  const guards = [out, process.stderr].filter((stream) => stream.isTTY).map(guard);

  function guard(stream: NodeJS.WriteStream): { readonly write: (text: string) => void; readonly restore: () => void } {
    const original = stream.write;
    const write = (text: string) => void original.call(stream, text);
    const guarded: typeof stream.write = (...args: readonly unknown[]) => {
      erase();
      const text = args[0];
      if (text !== "") atLineStart = endsLine(text);
      return Reflect.apply(original, stream, args) as boolean;
    };
    stream.write = guarded;
    return {
      write,
      restore: () => {
        // Somebody who wrapped it later keeps his wrapper; ours then only passes on.
        if (stream.write === guarded) stream.write = original;
      },
    };
  }
  const [{ write }] = guards;
  function erase() {
    if (shown) write("\r\x1b[K");
    shown = false;
  }

  const columns = () => (out.columns || 80) - 1;
  const draw = (time: number) => {
    const text = lineOf(loop, (share) => (share === undefined ? movingBar(frame++) : bar(share)));
    // A line that the program has not finished is not drawn over.
    if (text === undefined || !atLineStart) return;
    write(`\r${fitTo(text, columns())}\x1b[K`);
    shown = true;
    lastDraw = time;
  };
  const keep = (text: string | undefined, time: number) => {
    if (text === undefined) return;
    erase();
    write(`${atLineStart ? "" : "\n"}${fitTo(text, columns())}\n`);
    atLineStart = true;
    lastKept = time;
    waiting = undefined;
  };
  return {
    ...feeding(loop, {
      moved: (time) => {
        if (time - lastDraw >= redrawMs) draw(time);
      },
      leftOpen: () => (waiting = finalLineOf(loop)),
    }),
    leave: (time) => {
      loop.active = false;
      if (isMeasuring(loop)) return erase();
      waiting = finalLineOf(loop);
      if (time - lastKept >= keptLineMs || isLast(loop)) keep(waiting, time);
    },
    close: () => {
      keep(loop.active ? finalLineOf(loop) : waiting, lastDraw);
      erase();
      for (const { restore } of guards) restore();
    },
  };
}

interface Moves {
  readonly moved: (time: number) => void;
  /** Another loop begins while steps without a loader may be over or not: their line is the last so far. */
  readonly leftOpen: () => void;
}

/** The calls that are the same for both: they feed the meter, then let the display decide whether to draw. */
function feeding(loop: Loop, { moved, leftOpen }: Moves): Pick<Display, "epoch" | "begin" | "step" | "metric"> {
  return {
    epoch: (phase, epoch, epochs, time) => {
      if (loop.active && loop.open) leftOpen();
      loop.metrics.set(phase, new Map());
      [loop.phase, loop.active, loop.open] = [phase, true, false];
      loop.meter.epoch(phase, epoch, epochs, time);
    },
    begin: (phase) => {
      if (!loop.active) [loop.phase, loop.active, loop.open] = [phase, true, true];
    },
    step: (phase, step, position, length, time) => {
      [loop.phase, loop.active] = [phase, true];
      loop.meter.step(phase, step, position, length, time);
      moved(time);
    },
    metric: (name, value) => {
      // What is logged between loops is the program's own to print.
      if (!loop.active) return;
      const metrics = metricsOf(loop);
      if (metrics.size < mostMetrics || metrics.has(name)) metrics.set(name, value);
    },
  };
}

function metricsOf({ metrics, phase }: Loop): Map<string, number> {
  const known = metrics.get(phase) ?? new Map<string, number>();
  metrics.set(phase, known);
  return known;
}

/** A loop that never came to its first step has nothing to show. */
function lineOf(loop: Loop, withBar?: LineParts["bar"]): string | undefined {
  const progress = loop.meter.progress();
  return progress && progress.position > 0
    ? progressText({ progress, metrics: metricsOf(loop), bar: withBar })
    : undefined;
}

/** The line that stays on a terminal: what was left to do then is of no interest later. */
function finalLineOf(loop: Loop): string | undefined {
  const progress = loop.meter.progress();
  if (!progress || progress.position === 0) return undefined;
  return progressText({
    progress: { ...progress, eta: undefined },
    metrics: metricsOf(loop),
    bar: (share) => (share === undefined ? "" : bar(share)),
  });
}

function isMeasuring(loop: Loop): boolean {
  const phase = loop.meter.progress()?.phase;
  return phase === "test" || phase === "validate";
}

function isLast(loop: Loop): boolean {
  const progress = loop.meter.progress();
  return progress !== undefined && progress.epochs > 0 && progress.epoch >= progress.epochs;
}

const bar = (share: number): string =>
  cliProgress.Format.BarFormat(Math.min(1, Math.max(0, share)), {
    barsize: barWidth,
    barCompleteString: "█".repeat(barWidth),
    barIncompleteString: "░".repeat(barWidth),
    barGlue: "",
  });

/** A bar without a total: a piece of it goes to and fro. */
function movingBar(frame: number): string {
  const room = barWidth - movingWidth;
  const turn = frame % (2 * room);
  const before = turn <= room ? turn : 2 * room - turn;
  return "░".repeat(before) + "█".repeat(movingWidth) + "░".repeat(room - before);
}

function endsLine(text: unknown): boolean {
  if (typeof text === "string") return text.endsWith("\n");
  return text instanceof Uint8Array && text[text.length - 1] === 10;
}
