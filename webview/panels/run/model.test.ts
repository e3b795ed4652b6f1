import assert from "node:assert/strict";
import { metricsAt, metricsBetween, runAt, summaryOf } from "../../../test/support/fakeRun.js";
import { formatMetric, parseMetric, titleOf } from "./families.js";
import {
  appendPoints,
  chartsOf,
  emptyCurves,
  initialKept,
  initialState,
  metricRows,
  stateWord,
  withoutRun,
  withRun,
  withRuns,
  type PanelState,
} from "./model.js";
import { headlines } from "./numbers.js";
import { endWords, lastWords, optionPairs, progressWords, shareDone } from "./words.js";

const curvesOf = (steps: number, seed = 1) => {
  const curves = emptyCurves();
  appendPoints(curves, metricsAt(steps, seed));
  return curves;
};

describe("metric families", () => {
  it("puts train and test of one thing together, however they are spelled", () => {
    for (const name of ["testLoss", "test_loss", "test/loss", "val loss", "loss_test", "validation.loss"]) {
      assert.deepEqual(parseMetric(name), { family: "loss", split: "test" }, name);
    }
    assert.deepEqual(parseMetric("trainLoss"), { family: "loss", split: "train" });
    assert.deepEqual(parseMetric("testing"), { family: "testing", split: "train" });
    assert.deepEqual(parseMetric("value"), { family: "value", split: "train" });
    assert.deepEqual(parseMetric("testMSE"), { family: "MSE", split: "test" });
    assert.equal(titleOf("testAccuracy"), "test accuracy");
  });

  it("reads accuracies as percentages, logged as ratios or not", () => {
    assert.equal(formatMetric("testAccuracy", 0.9783, 0.98), "97.8 %");
    assert.equal(formatMetric("accuracy", 97.83, 97.9), "97.8 %");
    assert.equal(formatMetric("loss", 0.07215, 2.3), "0.07215");
  });
});

describe("run panel", () => {
  it("ignores points that the opening answer already held", () => {
    const curves = curvesOf(300);
    appendPoints(curves, metricsBetween(290, 310));
    appendPoints(curves, metricsBetween(300, 310));
    const loss = curves.metrics.get("loss")?.raw;
    assert.equal(loss?.length, 310);
    assert.deepEqual(
      [0, 309].map((at) => loss?.x(at)),
      [1, 310],
    );
  });

  it("makes a chart per family, loss first, test after train", () => {
    const state: PanelState = {
      ...withRun(initialState(undefined), runAt(300)),
      opening: { kind: "open", run: runAt(300).id },
      curves: new Map([[runAt(300).id, curvesOf(300)]]),
    };
    assert.deepEqual(
      chartsOf(state).map(({ family, members }) => [family, members.map(({ metric }) => metric)]),
      [
        ["loss", ["loss", "testLoss"]],
        ["accuracy", ["testAccuracy"]],
      ],
    );
    const listed = withRun(
      withRun(state, summaryOf({ id: "older" })),
      summaryOf({ id: "other", program: "/other.ts" }),
    );
    const overlaid = { ...listed, kept: { ...state.kept, overlaid: ["older", "other", "gone"] } };
    const both = { ...overlaid, curves: new Map(state.curves).set("older", curvesOf(500, 2)) };
    assert.deepEqual(
      chartsOf(both)[0].members.map(({ run, metric }) => [run === "older", metric]),
      [
        [false, "loss"],
        [true, "loss"],
        [false, "testLoss"],
        [true, "testLoss"],
      ],
    );
  });

  it("lists newest first and forgets what was removed", () => {
    const state = withRuns(initialState({ overlaid: ["a"] }), [
      summaryOf({ id: "a", startedAt: 1 }),
      summaryOf({ id: "b", startedAt: 2 }),
    ]);
    assert.deepEqual(
      state.runs.map(({ id }) => id),
      ["b", "a"],
    );
    const after = withoutRun(state, "a");
    assert.deepEqual(
      after.runs.map(({ id }) => id),
      ["b"],
    );
    assert.deepEqual(after.kept.overlaid, []);
  });

  it("drops saved state that does not fit", () => {
    assert.deepEqual(initialState("nonsense").kept, initialKept);
    assert.deepEqual(initialState({ smoothing: 7, domain: [3, 1], log: "yes", overlaid: [1, "a"] }).kept, {
      ...initialKept,
      overlaid: ["a"],
    });
    const kept = { run: "r", overlaid: ["a"], log: true, smoothing: 0.5, domain: [1, 2] as const };
    assert.deepEqual(initialState(kept).kept, kept);
  });

  it("puts test accuracy first among the large numbers", () => {
    const rows = metricRows(curvesOf(500));
    assert.deepEqual(
      headlines(rows).map(({ metric }) => metric),
      ["testAccuracy", "testLoss", "loss"],
    );
    const loss = rows.find(({ metric }) => metric === "loss");
    assert.equal(loss?.points, 500);
    assert.equal(loss?.lastStep, 500);
    assert.ok(loss && loss.min < loss.last && loss.last < loss.max);
  });

  it("says how far it is", () => {
    const run = runAt(300);
    assert.ok(run.progress);
    assert.equal(shareDone(run.progress), (2 + 50 / 125) / 10);
    assert.deepEqual(progressWords(run, run.progress), ["epoch 3/10", "50/125", "41.3 steps/s", "ETA 23 s"]);
    const ended = runAt(1250, { state: "finished", startedAt: 0, endedAt: 31_200 });
    assert.ok(ended.progress);
    assert.deepEqual(progressWords(ended, ended.progress), ["epoch 10/10", "125/125", "1,250 steps", "took 31 s"]);
    const unknown = { ...run.progress, phase: "test", epoch: 0, epochs: 0, length: 0, position: 7, stepsPerSecond: 0 };
    assert.equal(shareDone(unknown), undefined);
    assert.deepEqual(progressWords(run, { ...unknown, eta: undefined }), ["test", "7"]);
  });

  it("has a word for every end", () => {
    assert.match(endWords({ signal: "SIGKILL" }), /killed/);
    assert.match(endWords({ signal: "SIGSEGV" }), /crashed with SIGSEGV/);
    assert.match(endWords({ exitCode: 3 }), /exit code 3/);
    assert.equal(
      lastWords({ op: "conv2d", done: false, scope: "Net.conv1", step: 312, phase: "backward" }),
      "conv2d in Net.conv1, step 312 (backward): it did not return",
    );
    assert.equal(lastWords({ op: "add", done: true, step: 1, phase: "other" }), "add, step 1");
    assert.equal(stateWord("running").word, "live");
    assert.equal(stateWord("failed").kind, "bad");
  });

  it("shows the options as they were given, and what else made the run what it is", () => {
    const pairs = new Map(optionPairs(summaryOf({ resumedFrom: "/a/checkpoints/250.safetensors" })));
    assert.equal(pairs.get("lr"), "0.01");
    assert.equal(pairs.get("seed"), "1");
    assert.equal(pairs.get("resumed from"), "250.safetensors");
    assert.equal(pairs.get("commit"), "4f1c2ab9 with changes");
  });
});
