// Runs as a program would record them: curves with the shapes, noise and rhythm of a digit classifier's training.
// The same every time. Runs in the page and in tests alike.
import type { MetricPoints, RunSummary } from "../../engine/protocol.js";
import { seededRandom } from "./random.js";

const startedAt = Date.UTC(2025, 2, 14, 9, 26, 53);
const stepsPerEpoch = 125;
const epochs = 10;
const msPerStep = 24;

export const summaryOf = (change: Partial<RunSummary> = {}): RunSummary => ({
  format: 1,
  id: "20250314-092653-mnist-train",
  program: "/home/ada/digits/mnist.ts",
  verb: "train",
  options: { batchSize: 64, testBatchSize: 1000, epochs, lr: 0.01, momentum: 0.5, seed: 1, logInterval: 10 },
  state: "running",
  pid: 41_372,
  startedAt,
  device: "cpu",
  seed: 1,
  synchronousErrors: false,
  versions: { gradtape: "0.1.0", node: "v20.20.2", tensorflow: "2.18.1" },
  git: { commit: "4f1c2ab9d07e", dirty: true },
  folder: "/home/ada/digits/.gradtape/runs/20250314-092653-mnist-train",
  title: "mnist.ts › train",
  checkpoints: [],
  ...change,
});

/** What such a run has logged after `steps` steps: loss each step, loss and accuracy on the test digits each epoch. */
export function metricsAt(steps: number, seed = 1): readonly MetricPoints[] {
  const random = seededRandom(seed);
  const noise = (): number => random() + random() + random() - 1.5;
  const rate = 60 + 30 * random();
  const loss = points("loss", steps, (step) => [step, trainLoss(step, rate) * Math.exp(0.45 * noise())]);
  const epochsDone = Math.floor(steps / stepsPerEpoch);
  const test = seededRandom(seed + 100);
  const testLoss = points("testLoss", epochsDone, (epoch) => [
    epoch * stepsPerEpoch,
    trainLoss(epoch * stepsPerEpoch, rate) * 0.52 + 0.012 * test(),
  ]);
  const testAccuracy = points("testAccuracy", epochsDone, (epoch) => [
    epoch * stepsPerEpoch,
    0.963 - 0.28 * Math.exp(-epoch / 1.6) - 0.004 * test(),
  ]);
  return [loss, testLoss, testAccuracy].filter(({ steps: { length } }) => length > 0);
}

/** The points of `to` that `from` steps do not have yet, as events carry them. */
export function metricsBetween(from: number, to: number, seed = 1): readonly MetricPoints[] {
  return metricsAt(to, seed)
    .map(({ name, steps, values, times }) => {
      const first = steps.findIndex((step) => step > from);
      const cut = first < 0 ? steps.length : first;
      return { name, steps: steps.slice(cut), values: values.slice(cut), times: times.slice(cut) };
    })
    .filter(({ steps }) => steps.length > 0);
}

/** A run in the middle of its work. */
export function runAt(step: number, change: Partial<RunSummary> = {}): RunSummary {
  const epoch = Math.min(epochs, Math.floor((step - 1) / stepsPerEpoch) + 1);
  const { folder } = summaryOf();
  return summaryOf({
    progress: {
      phase: "train",
      epoch,
      epochs,
      position: step - (epoch - 1) * stepsPerEpoch,
      length: stepsPerEpoch,
      step,
      stepsPerSecond: 41.3,
      eta: (epochs * stepsPerEpoch - step) / 41.3,
    },
    checkpoints: Array.from({ length: Math.min(3, Math.floor(step / 250)) }, (_, at) => {
      const saved = (Math.floor(step / 250) - at) * 250;
      return { file: `${folder}/checkpoints/${saved}.safetensors`, step: saved, bytes: 177_344 };
    }),
    ...change,
  });
}

/** A curve of a million points: a long run that logs each step. */
export function longMetrics(count: number): readonly MetricPoints[] {
  const random = seededRandom(7);
  return [
    points("loss", count, (step) => [
      step,
      2.2 * Math.exp(-step / (count / 9)) + 0.3 + 0.25 * (random() - 0.5) + (step % 77_777 === 0 ? 1.5 : 0),
    ]),
  ];
}

/** Loss that turns NaN at a step. */
export function brokenMetrics(at: number, count: number): readonly MetricPoints[] {
  const [loss] = metricsAt(count);
  loss.values.fill(NaN, at - 1);
  return [loss];
}

const trainLoss = (step: number, rate: number): number =>
  2.05 * Math.exp(-step / rate) + 0.55 * Math.exp(-step / 500) + 0.12;

function points(
  name: string,
  count: number,
  at: (place: number) => readonly [step: number, value: number],
): MetricPoints {
  const steps = new Float64Array(count);
  const values = new Float64Array(count);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [step, value] = at(i + 1);
    steps[i] = step;
    values[i] = Math.fround(value);
    times[i] = startedAt + steps[i] * msPerStep;
  }
  return { name, steps, values, times };
}
