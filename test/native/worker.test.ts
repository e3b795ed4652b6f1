import assert from "node:assert/strict";
import { runProgram } from "./runProgram.js";

describe("native threads", () => {
  it("a worker reads and computes with the main thread's tensors while that never yields", async () => {
    const answer = await runProgram<{ values: number[]; sum: number[]; staleCode: string; devices: string[] }>(
      "workerReads",
    );
    assert.deepEqual(answer.values, [1, 2, 3, 4]);
    assert.deepEqual(answer.sum, [2, 4, 6, 8]);
    assert.equal(answer.staleCode, "GRADTAPE");
    assert.deepEqual(answer.devices.slice(0, 2), ["cpu", "cpu:1"]);
  });

  it("several threads make, assign, read and drop tensors at once", async () => {
    const answer = await runProgram<{ rounds: number; wrong: number; tensors: number; bytes: number }>("crowd");
    assert.equal(answer.wrong, 0);
    assert.ok(answer.rounds > 1000);
    // What the workers made went with their environments.
    assert.equal(answer.tensors, 1);
    assert.equal(answer.bytes, 256);
  }).timeout(60_000);
});
