import assert from "node:assert/strict";
import { progressMeter } from "./progress.js";

describe("a run's progress", () => {
  it("is unknown before the first event", () => assert.equal(progressMeter().progress(), undefined));

  it("knows the place, the speed and the time left", () => {
    const meter = progressMeter();
    meter.epoch("train", 2, 3, 1000);
    for (let i = 1; i <= 50; i++) meter.step("train", 100 + i, i, 100, 1000 + i * 20);
    assert.deepEqual(meter.progress(), {
      phase: "train",
      epoch: 2,
      epochs: 3,
      position: 50,
      length: 100,
      step: 150,
      stepsPerSecond: 50,
      eta: 3, // 50 steps of this epoch and 100 of the next
    });
  });

  it("follows a change of speed within seconds", () => {
    const meter = progressMeter();
    let time = 0;
    for (let i = 1; i <= 1000; i++) meter.step("train", i, i, 0, (time += 10));
    for (let i = 1; i <= 100; i++) meter.step("train", i, i, 0, (time += 100));
    const { stepsPerSecond, eta } = meter.progress() ?? {};
    assert.ok(Math.abs((stepsPerSecond ?? 0) - 10) < 0.5, `${stepsPerSecond}`);
    assert.equal(eta, undefined, "no length, no time left");
  });

  it("does not count the step that it begins with, whose time is not known", () => {
    const meter = progressMeter();
    for (let i = 1; i <= 3; i++) meter.step("train", i, i, 0, i * 100);
    assert.equal(meter.progress()?.stepsPerSecond, 10);
  });

  it("leaves the time between loops out", () => {
    const meter = progressMeter();
    for (let i = 1; i <= 10; i++) meter.step("train", i, i, 10, i * 100);
    meter.epoch("train", 2, 2, 60_000);
    meter.step("train", 11, 1, 10, 60_100);
    assert.equal(meter.progress()?.stepsPerSecond, 10);
  });

  it("gives no time left while it only measures, and finds its epoch again", () => {
    const meter = progressMeter();
    meter.epoch("train", 4, 9, 0);
    meter.step("train", 1, 1, 10, 100);
    meter.epoch("test", 1, 0, 200);
    meter.step("test", 1, 1, 5, 300);
    assert.equal(meter.progress()?.eta, undefined);
    meter.step("train", 2, 2, 10, 400);
    const { phase, epoch, epochs } = meter.progress() ?? {};
    assert.deepEqual([phase, epoch, epochs], ["train", 4, 9]);
  });
});
