import assert from "node:assert/strict";
import { dtypes } from "./dtypes.js";
import { collectGarbage, floats, hold, kernel, openNative, Owner, release } from "./openNative.js";
import { runProgram } from "./runProgram.js";

describe("native memory", () => {
  const native = openNative();
  beforeEach(collectGarbage);
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

  it("is given back when V8 collects the owners, views included", async () => {
    const before = native.memory(0);
    // In a function of its own: this one's frame would keep the last owner.
    const makeAndLook = () => {
      const owner = new Owner();
      owner.id = native.create(dtypes.uint8, [1 << 20], 0, owner, undefined);
      assert.equal(native.view(owner.id).byteLength, 1 << 20);
    };
    for (let i = 0; i < 50; i++) makeAndLook();
    assert.ok(native.memory(0).tensors > before.tensors);
    // Views go with a turn of the event loop, after the collection.
    for (let turn = 0; turn < 20 && native.memory(0).tensors > before.tensors; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { bytes, tensors } = native.memory(0);
    assert.deepEqual([bytes, tensors], [before.bytes, before.tensors]);
  });

  it("stays flat in a loop that never yields", async () => {
    interface Loop {
      readonly early: number;
      readonly late: number;
      readonly most: number;
      readonly peakBytes: number;
    }
    const small = await runProgram<Loop>("flatLoop", ["4", "200000"]);
    assert.ok(small.late < small.early * 1.05, `RSS grew from ${small.early} to ${small.late} bytes`);
    assert.ok(small.most < 150_000, `${small.most} small tensors were alive at once`);
    // Without finalizers inside the collection all 20,000 megabytes would be alive.
    const large = await runProgram<Loop>("flatLoop", ["250000", "20000"]);
    const pending = await runProgram<Loop>("flatLoop", ["250000", "10000", "async"]);
    const viewed = await runProgram<Loop>("flatLoop", ["250000", "10000", "view"]);
    for (const { early, late, peakBytes } of [large, pending, viewed]) {
      assert.ok(late < early + 100e6, `RSS grew from ${early} to ${late} bytes`);
      assert.ok(peakBytes < 500e6, `${peakBytes} bytes were alive at once`);
    }
  }).timeout(120_000);
});
