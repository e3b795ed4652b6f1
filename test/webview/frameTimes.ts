// Measures what interaction costs: the time of the page's own work in a frame, and between frames. For reports and for
// coarse limits; a shared machine without a GPU draws slowly.
import type { Page } from "playwright-core";

export interface FrameTimes {
  /** 90th percentile of a frame callback's own work, ms. */
  readonly work: number;
  readonly text: string;
}

interface Recording {
  readonly works: number[];
  readonly stamps: number[];
  stop: () => void;
}

/** Records while `act` runs. Only frames in which the page did something count. */
export async function frameTimes(page: Page, act: () => Promise<void>): Promise<FrameTimes> {
  await page.evaluate(() => {
    const works: number[] = [];
    const stamps: number[] = [];
    const original = window.requestAnimationFrame;
    window.requestAnimationFrame = (callback) =>
      original((time) => {
        const start = performance.now();
        callback(time);
        works.push(performance.now() - start);
        stamps.push(time);
      });
    const recording: Recording = { works, stamps, stop: () => (window.requestAnimationFrame = original) };
    Object.assign(window, { recording });
  });
  await act();
  const { works, stamps } = await page.evaluate(() => {
    const { recording } = window as unknown as { recording: Recording };
    recording.stop();
    return { works: recording.works, stamps: recording.stamps };
  });
  const work = percentile(works, 0.9);
  const gaps = stamps
    .slice(1)
    .map((stamp, at) => stamp - stamps[at])
    .filter((gap) => gap > 0);
  const text = `${works.length} callbacks, work median ${percentile(works, 0.5).toFixed(1)} ms, p90 ${work.toFixed(1)} ms, worst ${percentile(works, 1).toFixed(1)} ms; between frames median ${percentile(gaps, 0.5).toFixed(1)} ms`;
  return { work, text };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
