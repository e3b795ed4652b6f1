// Reads a run's metrics from its files, first all, then what is new: the same for a run that lives, one that was started
// in a terminal, and an old one. No vscode here.
import { join } from "node:path";
import type { MetricPoints } from "../../engine/protocol.js";
import { countEvents, pointsOf, readEvents, readRecorder, type RunEvent } from "../../engine/runs/index.js";

export class MetricFollower {
  #next = 0;

  constructor(private readonly folder: string) {}

  /** The points that were written since the last call. */
  read(): readonly MetricPoints[] {
    const events: RunEvent[] = [];
    for (;;) {
      const read = readEvents(join(this.folder, "events.bin"), this.#next);
      for (const event of read.events) if (event.kind === "metric") events.push(event);
      const stuck = read.next === this.#next;
      this.#next = read.next;
      if (!read.more || stuck) break;
    }
    return events.length === 0 ? [] : pointsOf(events, namesOf(this.folder));
  }
}

/** The newest value of each metric that appears among the last events: enough for a list, however long the run. */
export function latestMetrics(folder: string): readonly MetricPoints[] {
  const file = join(folder, "events.bin");
  const { events } = readEvents(file, Math.max(0, countEvents(file) - 4096));
  return pointsOf(events, namesOf(folder));
}

function namesOf(folder: string): (id: number) => string {
  const strings = readRecorder(join(folder, "recorder.bin"))?.strings ?? [];
  return (id) => strings[id] ?? `metric ${id}`;
}
