// Metrics as series of points, from events: the same for a live run and for an old one. Knows no files.
import type { MetricPoints } from "../protocol.js";
import type { RunEvent } from "./eventsFormat.js";

/** Series of points, one per metric, in the order in which the metrics first appeared. Other events are passed over. */
export function pointsOf(events: Iterable<RunEvent>, nameOf: (id: number) => string): MetricPoints[] {
  const series = new Map<number, { steps: number[]; values: number[]; times: number[] }>();
  for (const event of events) {
    if (event.kind !== "metric") continue;
    let points = series.get(event.name);
    if (!points) series.set(event.name, (points = { steps: [], values: [], times: [] }));
    points.steps.push(event.step);
    points.values.push(event.value);
    points.times.push(event.time);
  }
  return [...series].map(([name, { steps, values, times }]) => ({
    name: nameOf(name),
    steps: Float64Array.from(steps),
    values: Float64Array.from(values),
    times: Float64Array.from(times),
  }));
}
