import assert from "node:assert/strict";
import { nothingLeftText, resumedText } from "./resumeText.js";

const place = (epoch: number, position: number, step: number) => ({ epoch, position, step, generators: undefined });

describe("what is said of a resumed run", () => {
  const resumed = (epoch: number, position: number, step: number) =>
    resumedText("/project/runs/a.safetensors", place(epoch, position, step), "/project");

  it("tells the file and the place", () => {
    assert.equal(resumed(3, 5, 373), "resumed from runs/a.safetensors at epoch 3, step 373");
    assert.equal(resumed(1, 0, 0), "resumed from runs/a.safetensors at epoch 1, step 0");
    assert.equal(resumed(0, 9, 9), "resumed from runs/a.safetensors at step 9");
  });

  it("names no epoch that was never begun", () =>
    assert.equal(resumed(3, 0, 16), "resumed from runs/a.safetensors at the end of epoch 2, step 16"));

  it("says that nothing is left only when the checkpoint says so", () => {
    const end = "nothing left to train: the checkpoint is at the end of epoch 2";
    assert.equal(nothingLeftText(place(3, 0, 16), false), end);
    assert.equal(nothingLeftText(place(2, 8, 16), true), end);
    assert.equal(nothingLeftText(place(2, 4, 12), false), undefined);
    assert.equal(nothingLeftText(place(1, 0, 0), false), undefined);
    assert.equal(nothingLeftText(place(0, 9, 9), false), "nothing left to train: the checkpoint is at step 9");
  });
});
