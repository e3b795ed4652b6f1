import assert from "node:assert/strict";
import type { RunSummary } from "../../engine/protocol.js";
import { ago, duration, runDescription, runTooltip, significant, statusText } from "./runLook.js";

const now = Date.UTC(2030, 0, 1, 12);
const progress = { phase: "train", epoch: 2, epochs: 10, position: 312, length: 938, step: 1250, stepsPerSecond: 41.2 };
const run = (fields: Partial<RunSummary> = {}): RunSummary => ({
  format: 1,
  id: "one",
  program: "/home/mnist.ts",
  verb: "train",
  options: { batchSize: 64, lr: 0.01 },
  state: "running",
  pid: 1,
  startedAt: now - 72_000,
  device: "cpu",
  synchronousErrors: false,
  versions: { gradtape: "0.1.0", node: "v20.0.0" },
  folder: "/home/.gradtape/runs/one",
  title: "mnist.ts › train",
  checkpoints: [],
  ...fields,
});
const metrics = (entries: Record<string, number>) => new Map(Object.entries(entries));

describe("how a run looks", () => {
  it("in a row: loss, accuracy, epoch, time", () => {
    const latest = metrics({ loss: 0.21312, "test loss": 0.3, "test accuracy": 0.9781 });
    assert.equal(runDescription(run({ progress }), latest, now), "loss 0.3 · 97.8 % · 2/10 · 1:12");
    assert.equal(runDescription(run({ state: "starting", debugging: true }), new Map(), now), "debugging · 1:12");
    const finished = run({ state: "finished", endedAt: now - 180_000, startedAt: now - 200_000, progress });
    assert.equal(runDescription(finished, metrics({ loss: 0.5 }), now), "loss 0.5 · 0:20 · 3 min ago");
    const failed = run({ state: "failed", endedAt: now, error: { name: "ShapeError", message: "" } });
    assert.equal(runDescription(failed, metrics({ reward: 12345.678 }), now), "ShapeError · reward 12300 · 1:12 · now");
  });

  it("in the status bar: name, position, speed", () => {
    assert.equal(statusText(run({ progress })), "mnist 2/10 · 41 steps/s");
    assert.equal(
      statusText(run({ progress: { ...progress, epochs: 0, stepsPerSecond: 1234.5 } })),
      "mnist 312/938 · 1235 steps/s",
    );
    assert.equal(statusText(run({ progress: { ...progress, stepsPerSecond: 0.123 } })), "mnist 2/10 · 0.12 steps/s");
    assert.equal(statusText(run({ state: "starting" })), "mnist starts");
    assert.equal(statusText(run({ state: "stopping", progress })), "mnist stops");
    assert.equal(statusText(run()), "mnist");
  });

  it("in a tooltip: state, error with its place, values, options; nothing is taken for markup", () => {
    const text = runTooltip(
      run({
        state: "failed",
        error: { name: "ShapeError", message: "got [64, *]\nmore", at: { file: "/home/net.ts", line: 14 } },
        seed: 1,
        git: { commit: "0123456789abcdef", dirty: true },
        options: { path: "a|b" },
      }),
      metrics({ loss: 0.213123 }),
      now,
    );
    assert.match(text, /^\*\*mnist\.ts › train\*\* — \$\(error\) failed/);
    assert.match(text, /ShapeError: got \\\[64, \\\*\\\] at net.ts:14/);
    assert.match(text, /\| loss \| 0.2131 \|\n\| path \| a\\\|b \|/);
    assert.match(text, /cpu · seed 1 · gradtape 0.1.0 · 01234567 with changes/);
    assert.doesNotMatch(text, /more/);
  });

  it("numbers", () => {
    assert.deepEqual(
      [0, 0.21312, 97.81, 1.234e-7, 12345678, -0.5, NaN, Infinity].map((x) => significant(x)),
      ["0", "0.2131", "97.81", "1.23e-7", "1.23e+7", "-0.5", "NaN", "∞"],
    );
    assert.deepEqual([400, 5_000, 72_000, 7_389_000].map(duration), ["0:00", "0:05", "1:12", "2:03:09"]);
    assert.deepEqual([0, 59_999, 180_000, 3_600_000, 86_400_000, 200_000_000].map(ago), [
      "now",
      "now",
      "3 min ago",
      "1 h ago",
      "yesterday",
      "2 days ago",
    ]);
  });
});
