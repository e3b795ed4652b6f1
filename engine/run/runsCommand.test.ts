import assert from "node:assert/strict";
import { type ListedRun, runsTable } from "./runsCommand.js";

const startedAt = new Date(2025, 0, 2, 3, 4).getTime();
const run = (fields: Partial<ListedRun>): ListedRun => ({
  format: 1,
  id: "20250102-030400-net-train",
  program: "/project/net.ts",
  verb: "train",
  title: "net.ts › train",
  options: {},
  state: "finished",
  pid: 1,
  startedAt,
  endedAt: startedAt + 72_000,
  device: "cpu",
  synchronousErrors: true,
  versions: { gradtape: "1", node: "20" },
  folder: "/project/runs/x",
  checkpoints: [],
  metrics: new Map(),
  ...fields,
});
const progress = { phase: "train", epoch: 10, epochs: 10, position: 32, length: 32, step: 320, stepsPerSecond: 40 };

describe("the table of runs", () => {
  const cells = (fields: Partial<ListedRun>) =>
    runsTable([run(fields)], startedAt + 5000)
      .split("\n")[1]
      .split(/ {2,}/);

  it("has the progress, the metrics and the time taken", () => {
    const metrics = new Map([
      ["testLoss", 0.31],
      ["lr", 0.01],
      ["loss", 0.41234],
      ["accuracy", 0.958],
    ]);
    assert.equal(
      runsTable([run({ progress, metrics })]),
      `state     program         progress     metrics                      started           took  run
finished  net.ts › train  epoch 10/10  loss 0.4123 accuracy 0.9580  2025-01-02 03:04  1:12  20250102-030400-net-train`,
    );
  });

  for (const [what, fields, text] of [
    ["inside an epoch", { position: 5 }, "epoch 10/10 5/32"],
    ["epochs that nobody counts", { epochs: 0, epoch: 3 }, "epoch 3"],
    ["one loop", { epochs: 0, epoch: 1 }, "32/32"],
    ["steps without a loader", { epochs: 0, epoch: 0, length: 0 }, "step 320"],
  ] as const) {
    it(`shows ${what}`, () => assert.equal(cells({ progress: { ...progress, ...fields } })[2], text));
  }

  it("takes a loss or an accuracy under another name", () => {
    const metrics = new Map([
      ["trainLoss", 2],
      ["valAcc", 0.5],
    ]);
    assert.equal(cells({ progress, metrics })[3], "trainLoss 2 valAcc 0.5000");
  });

  it("counts on for a run that goes on, and leaves out what is not known", () => {
    assert.ok(cells({ state: "running", endedAt: undefined }).includes("0:05"));
    assert.ok(!cells({ state: "failed", endedAt: undefined }).some((cell) => /^\d+:\d\d$/.test(cell)));
  });
});
