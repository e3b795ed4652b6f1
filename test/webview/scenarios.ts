// What the host of the harness knows, by name: each scenario is a situation a panel must show well.
import type { MetricPoints, RunSummary, TensorSubject } from "../../engine/protocol.js";
import { brokenMetrics, longMetrics, metricsAt, runAt, summaryOf } from "../support/fakeRun.js";
import * as tensors from "./fakeTensors.js";

export interface RecordedRun {
  readonly run: RunSummary;
  readonly metrics: readonly MetricPoints[];
}

export interface Scenario {
  readonly runs?: readonly RecordedRun[];
  readonly subject?: TensorSubject;
  readonly tensors?: readonly tensors.ServedTensor[];
  /** Requests that fail, with their messages. */
  readonly fails?: Readonly<Record<string, string>>;
  /** Requests that are never answered. */
  readonly silent?: readonly string[];
}

const at = { file: "/home/ada/digits/net.ts", line: 14 };
const minutes = 60_000;

const finished = (id: string, minutesAgo: number, seed: number, lr: number): RecordedRun => {
  const { startedAt, options } = summaryOf();
  const started = startedAt - minutesAgo * minutes;
  return {
    run: runAt(1250, {
      id,
      state: "finished",
      startedAt: started,
      endedAt: started + 31_200,
      exitCode: 0,
      options: { ...options, lr, seed },
      seed,
    }),
    metrics: metricsAt(1250, seed),
  };
};

const before = [
  finished("20250314-091207-mnist-train", 15, 4, 0.003),
  finished("20250314-085541-mnist-train", 31, 9, 0.05),
];

const failedWith = (change: Partial<RunSummary>): RunSummary =>
  runAt(312, { state: "failed", endedAt: summaryOf().startedAt + 7_900, exitCode: 1, checkpoints: [], ...change });

const subject = (expression: string, { ref }: tensors.ServedTensor, live = true): TensorSubject => ({
  kind: "tensor",
  expression,
  tensor: ref,
  at,
  live,
});

const showing = (expression: string, tensor: tensors.ServedTensor, ...others: tensors.ServedTensor[]): Scenario => ({
  subject: subject(expression, tensor),
  tensors: [tensor, ...others],
});

const scenarios = {
  live: () => ({ runs: [{ run: runAt(300), metrics: metricsAt(300) }, ...before] }),
  starting: () => ({ runs: [{ run: summaryOf({ state: "starting" }), metrics: [] }] }),
  finished: () => ({ runs: before }),
  noRuns: () => ({ runs: [] }),
  noMetrics: () => ({ runs: [{ run: { ...before[0].run, verb: "run" as const }, metrics: [] }] }),
  failed: () => ({
    runs: [
      {
        run: failedWith({
          error: {
            name: "ShapeError",
            message: "linear: expected input of 320 features, got 400 ([64, 400])\nSet fc1's inFeatures to 400.",
            at: { file: "/home/ada/digits/mnist.ts", line: 27, column: 17 },
            stack:
              "ShapeError: linear: expected input of 320 features, got 400 ([64, 400])\n    at Net.forward (/home/ada/digits/mnist.ts:27:17)\n    at train (/home/ada/digits/mnist.ts:58:23)",
          },
          last: {
            op: "reshape",
            done: true,
            scope: "Net",
            at: { file: "/home/ada/digits/mnist.ts", line: 26 },
            step: 312,
            phase: "forward",
          },
        }),
        metrics: metricsAt(312),
      },
      ...before,
    ],
  }),
  killed: () => ({
    runs: [
      {
        run: failedWith({
          exitCode: undefined,
          signal: "SIGKILL",
          last: {
            op: "conv2d",
            done: false,
            scope: "Net.conv1",
            at: { file: "/home/ada/digits/mnist.ts", line: 22 },
            step: 312,
            phase: "backward",
          },
        }),
        metrics: metricsAt(312),
      },
    ],
  }),
  nan: () => ({ runs: [{ run: runAt(600), metrics: brokenMetrics(412, 600) }] }),
  million: () => ({ runs: [{ run: runAt(1250), metrics: longMetrics(1_000_000) }] }),
  listFails: () => ({ fails: { "runs.list": "runs.list: the folder .gradtape/runs cannot be read (EACCES)" } }),
  openFails: () => ({ runs: before, fails: { "runs.open": "events.bin: expected GTEVT001, got another file" } }),
  opening: () => ({ runs: before, silent: ["runs.open"] }),
  stopFails: () => ({
    runs: [{ run: runAt(300), metrics: metricsAt(300) }],
    fails: { "run.stop": "run.stop: the process does not answer" },
  }),
  tensor: () => showing("conv1 output", tensors.activations(), tensors.activationGradient()),
  frozen: () => {
    const tensor = tensors.activations();
    return { subject: subject("this.conv1.weight", tensor, false), tensors: [tensor, tensors.activationGradient()] };
  },
  broken: () => showing("x", tensors.broken()),
  vector: () => showing("bias", tensors.vector()),
  scalar: () => showing("loss", tensors.scalar()),
  emptyTensor: () => showing("batch", tensors.empty()),
  labels: () => showing("target", tensors.labels()),
  huge: () => showing("attention", tensors.huge()),
  noTensor: () => ({ subject: { kind: "none" as const, reason: "The program is not stopped at a breakpoint." } }),
  pageFails: () => ({
    ...showing("x", tensors.broken()),
    fails: { "tensor.page": "tensor.page: the process went on and its values are gone" },
  }),
} satisfies Record<string, () => Scenario>;

export type ScenarioName = keyof typeof scenarios;
export const scenarioOf = (name: ScenarioName): Scenario => scenarios[name]();
