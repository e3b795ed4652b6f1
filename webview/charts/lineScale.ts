// Which part of the plane a line chart shows. Pure.
import { visibleRange } from "./decimate.js";
import type { Series } from "./series.js";

export type Domain = readonly [low: number, high: number];

/** From the first to the last x of all series; one point or none gets some width. */
export function fullDomain(all: readonly Series[]): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const series of all) {
    if (series.length === 0) continue;
    low = Math.min(low, series.x(0));
    high = Math.max(high, series.x(series.length - 1));
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, low + 0.5] : [low, high];
}

/** The values on show in `domain`, with a little air; only positive ones on a log scale. */
export function valueDomain(
  curves: readonly { readonly raw: Series; readonly smooth?: Series }[],
  domain: Domain,
  log: boolean,
): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const { raw } of curves) {
    const [from, to] = visibleRange(raw, domain[0], domain[1]);
    const { min, max } = raw.extremes(from, to);
    low = Math.min(low, log && min <= 0 ? smallestPositive(raw, from, to) : min);
    high = Math.max(high, max);
  }
  if (low > high || (log && high <= 0)) return log ? [0.1, 1] : [0, 1];
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.15, high * 1.15];
  const air = (high - low || Math.abs(high) || 1) * 0.04;
  // What is never negative gets no room below 0.
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

function smallestPositive(series: Series, from: number, to: number): number {
  let least = Infinity;
  for (let at = from; at < to; at++) {
    const value = series.y(at);
    if (value > 0 && value < least) least = value;
  }
  return least;
}
