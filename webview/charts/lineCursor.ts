// Where a crosshair stands on a set of curves, and what it reads there. Pure.
import type { Series } from "./series.js";

interface Readable {
  readonly label: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly raw: Series;
}

export interface CurveReading {
  readonly label: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly x: number;
  readonly value: number;
}

/** Position of the point of `series` closest to `x`; -1 when it is empty. */
export function nearestPosition(series: Series, x: number): number {
  const at = series.lowerBound(x);
  if (at === 0) return series.length === 0 ? -1 : 0;
  if (at === series.length) return at - 1;
  return series.x(at) - x < x - series.x(at - 1) ? at : at - 1;
}

/**
 * The x of a point closest to `x`. With `step`, of the point |way| points further on, at least `atLeast` away: on a screen
 * where a pixel holds a hundred points, an arrow moves by a pixel.
 */
export function nearest(
  curves: readonly Readable[],
  x: number,
  step?: { readonly way: number; readonly atLeast: number },
): number | undefined {
  let best: number | undefined;
  for (const { raw } of curves) {
    if (raw.length === 0) continue;
    const aim = step ? beyond(raw, x, step) : nearestPosition(raw, x);
    const found = raw.x(aim);
    if (best === undefined || closer(found, best, x, step)) best = found;
  }
  return best;
}

/** The value of every curve at its point closest to `x`. */
export function reading(curves: readonly Readable[], x: number): readonly CurveReading[] {
  return curves.flatMap(({ label, colour, dashed, raw }) => {
    const at = nearestPosition(raw, x);
    return at < 0 ? [] : [{ label, colour, dashed, x: raw.x(at), value: raw.y(at) }];
  });
}

function beyond(
  series: Series,
  x: number,
  { way, atLeast }: { readonly way: number; readonly atLeast: number },
): number {
  const from = nearestPosition(series, x);
  const byPoints = from + way;
  const byDistance = nearestPosition(series, x + way * atLeast);
  const aim = way > 0 ? Math.max(byPoints, byDistance) : Math.min(byPoints, byDistance);
  return Math.min(series.length - 1, Math.max(0, aim));
}

function closer(found: number, best: number, x: number, step?: { readonly way: number }): boolean {
  if (!step) return Math.abs(found - x) < Math.abs(best - x);
  // The next point of any curve, but never the one the crosshair stands on.
  const ahead = (value: number): number => (value - x) * Math.sign(step.way);
  if (ahead(best) <= 0) return ahead(found) > ahead(best);
  return ahead(found) > 0 && ahead(found) < ahead(best);
}
