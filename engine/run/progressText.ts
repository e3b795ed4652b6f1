// A run's progress as one line of text, for a terminal and for a pipe. Pure: no streams, no clock.
import type { RunProgress } from "../protocol.js";

export interface LineParts {
  readonly progress: RunProgress;
  /** Metrics to show, newest values. */
  readonly metrics: ReadonlyMap<string, number>;
  /** A bar of the given share, when there is room for one; of no share when it is not known how much there is. */
  readonly bar?: (share: number | undefined) => string;
}

/**
 * "epoch 1/10  120/125  loss 0.412  41 steps/s", or "step 120  loss 0.412  41 steps/s" for steps without a loader. With
 * a bar, it and the time left are added.
 */
export function progressText({ progress, metrics, bar }: LineParts): string {
  const { phase, epoch, epochs, position, length, step, stepsPerSecond, eta } = progress;
  const name = phase === "train" || phase === "" ? "" : phase;
  const turn = epoch > 0 && (epochs > 0 || epoch > 1) ? `epoch ${epochs > 0 ? `${epoch}/${epochs}` : epoch}` : "";
  const parts = [
    [name, turn].filter(Boolean).join(" "),
    bar ? bar(length > 0 ? position / length : undefined) : "",
    length > 0 ? `${position}/${length}` : epoch > 0 ? `${position}` : `step ${step}`,
    ...[...metrics].map(([metric, value]) => `${metric} ${numberText(value)}`),
    stepsPerSecond > 0 ? `${speedText(stepsPerSecond)} steps/s` : "",
    bar && eta !== undefined && eta >= 0.5 ? `ETA ${durationText(eta)}` : "",
  ];
  return parts.filter(Boolean).join("  ");
}

/** Four significant digits, and no digits that say nothing. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return `${value}`;
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? value.toPrecision(4) : value.toExponential(3);
}

const speedText = (perSecond: number): string =>
  perSecond >= 10 ? perSecond.toFixed(0) : perSecond >= 1 ? perSecond.toFixed(1) : perSecond.toPrecision(2);

/** Seconds as "1:12" or "2:03:40". */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** The first `columns` characters: a line that wraps cannot be drawn over. */
export function fitTo(text: string, columns: number): string {
  const letters = Array.from(text);
  return letters.length <= columns ? text : `${letters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
