import assert from "node:assert/strict";
import { durationText, fitTo, numberText, progressText } from "./progressText.js";

const at = {
  phase: "train",
  epoch: 2,
  epochs: 10,
  position: 120,
  length: 125,
  step: 245,
  stepsPerSecond: 41.3,
  eta: 72,
};

describe("a run's progress as text", () => {
  it("is one plain line", () => {
    const metrics = new Map([["loss", 0.41234]]);
    assert.equal(progressText({ progress: at, metrics }), "epoch 2/10  120/125  loss 0.4123  41 steps/s");
  });

  it("has a bar and the time left on a terminal", () => {
    const bar = (share = NaN) => `[${(share * 100).toFixed(0)}]`;
    const text = progressText({ progress: at, metrics: new Map(), bar });
    assert.equal(text, "epoch 2/10  [96]  120/125  41 steps/s  ETA 1:12");
  });

  it("leaves out what is not known", () => {
    const progress = { ...at, epoch: 1, epochs: 0, length: 0, stepsPerSecond: 0, eta: undefined };
    assert.equal(progressText({ progress, metrics: new Map() }), "120");
    assert.equal(
      progressText({ progress: { ...progress, phase: "test", length: 16 }, metrics: new Map() }),
      "test  120/16",
    );
  });

  it("counts steps where there is no loader, with a bar of no share", () => {
    const progress = { ...at, epoch: 0, epochs: 0, length: 0, eta: undefined };
    const metrics = new Map([["loss", 0.5]]);
    assert.equal(progressText({ progress, metrics }), "step 245  loss 0.5000  41 steps/s");
    const bar = (share: number | undefined) => `[${share}]`;
    assert.equal(progressText({ progress, metrics, bar }), "[undefined]  step 245  loss 0.5000  41 steps/s");
  });

  const numbers: readonly (readonly [number, string])[] = [
    [0, "0"],
    [12, "12"],
    [0.412345, "0.4123"],
    [1234.567, "1235"],
    [0.0001234567, "1.235e-4"],
    [12345678.9, "1.235e+7"],
    [NaN, "NaN"],
    [Infinity, "Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of numbers) it(`writes ${value} as ${text}`, () => assert.equal(numberText(value), text));

  it("writes durations", () => {
    assert.deepEqual([0, 59.6, 72, 7420].map(durationText), ["0:00", "1:00", "1:12", "2:03:40"]);
  });

  it("cuts a line that would wrap", () => {
    assert.equal(fitTo("abcdef", 6), "abcdef");
    assert.equal(fitTo("abcdef", 4), "abc…");
  });
});
