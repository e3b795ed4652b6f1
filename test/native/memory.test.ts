import assert from "node:assert/strict";
import { dtypes } from "./dtypes.js";
import { floats, hold, kernel, openNative, Owner, release } from "./openNative.js";
import { runProgram } from "./runProgram.js";

describe("native memory", () => {
  const native = openNative();
  afterEach(() => release(native));

  it("is counted by device, copies on the device they were copied to", () => {
    const before = [native.memory(0), native.memory(1)];
    const x = hold((out) => native.create(dtypes.float64, [1000], 0, out, undefined));
    const copy = hold((out) => native.copyTo(x, 1, out));
    const changes = () =>
      [0, 1].map((device) => {
        const { bytes, tensors } = native.memory(device);
        return [bytes - before[device].bytes, tensors - before[device].tensors];
      });
    assert.deepEqual(changes(), [
      [8000, 1],
      [8000, 1],
    ]);
    native.free(x);
    assert.deepEqual(changes(), [
      [0, 0],
      [8000, 1],
    ]);
    native.free(copy);
    assert.deepEqual(changes(), [
      [0, 0],
      [0, 0],
    ]);
  });

  it("has a peak that can be reset", () => {
    native.resetPeakMemory(0);
    const start = native.memory(0);
    assert.equal(start.peakBytes, start.bytes);
    const big = hold((out) => native.create(dtypes.uint8, [5000], 0, out, undefined));
    native.free(big);
    const after = native.memory(0);
    assert.equal(after.bytes, start.bytes);
    assert.equal(after.peakBytes, start.bytes + 5000);
    native.resetPeakMemory(0);
    assert.equal(native.memory(0).peakBytes, start.bytes);
  });

  it("counts what assign drops, and snapshots once", () => {
    const target = floats(native, [1, 2, 3, 4], [4]);
    const source = floats(native, [5], [1]);
    const before = native.memory(0).bytes;
    const snapshot = hold((out) => native.snapshot(target, out));
    assert.equal(native.memory(0).bytes, before);
    native.assign(target, source);
    assert.equal(native.memory(0).bytes, before);
    native.free(snapshot);
    assert.equal(native.memory(0).bytes, before - 16);
  });

  it("counts asynchronous results once they are known", () => {
    const add = kernel(native, "AddV2", 2);
    const x = floats(native, [1, 2, 3, 4], [4]);
    const before = native.memory(0).bytes;
    native.setAsync(0, true);
    try {
      const owners = Array.from({ length: 600 }, () => new Owner());
      for (const owner of owners) owner.id = native.execute(add, 0, owner, x, x);
      assert.equal(native.memory(0).bytes, before + 600 * 16);
      for (const { id } of owners) native.free(id);
      assert.equal(native.memory(0).bytes, before);
    } finally {
      native.setAsync(0, false);
    }
  });

  it("stays flat in a loop that never yields", async () => {
    interface Loop {
      readonly early: number;
      readonly late: number;
      readonly most: number;
      readonly peakBytes: number;
    }
    const small = await runProgram<Loop>("flatLoop", ["4", "200000"]);
    const large = await runProgram<Loop>("flatLoop", ["250000", "20000"]);
    const pending = await runProgram<Loop>("flatLoop", ["250000", "10000", "async"]);
    for (const loop of [small, large]) {
      assert.ok(loop.late < loop.early * 1.05 + 8e6, `RSS grew from ${loop.early} to ${loop.late} bytes`);
    }
    // Without finalizers inside the collection all 20,000 megabytes would be alive.
    for (const loop of [large, pending]) {
      assert.ok(loop.peakBytes < 500e6, `${loop.peakBytes} bytes were alive at once`);
    }
    assert.ok(small.most < 150_000, `${small.most} small tensors were alive at once`);
  }).timeout(120_000);
});
