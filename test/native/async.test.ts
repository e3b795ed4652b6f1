import assert from "node:assert/strict";
import { dtypes } from "./dtypes.js";
import { floats, hold, ints, kernel, openNative, readFloats, release, thrown, type } from "./openNative.js";
import { runProgram } from "./runProgram.js";

describe("native asynchronous devices", () => {
  const native = openNative();
  const device = 1;
  beforeEach(() => native.setAsync(device, true));
  afterEach(() => {
    try {
      native.synchronize(device);
    } catch {
      // Left by a test that failed.
    }
    native.setAsync(device, false);
    release(native);
  });

  const add = kernel(native, "AddV2", 2);
  const gather = kernel(native, "GatherV2", 3, {
    attrs: [
      { name: "batch_dims", type: "int", value: 0 },
      type("Tparams", dtypes.float32),
      type("Tindices", dtypes.int32),
      type("Taxis", dtypes.int32),
    ],
  });

  function badGather(): number {
    const x = floats(native, [1, 2, 3, 4], [4], device);
    const index = ints(native, [0, 9], [2], device);
    const axis = ints(native, [0], [], device);
    return hold((out) => native.execute(gather, device, out, x, index, axis));
  }

  it("compute the same, and know the shape when asked", () => {
    const x = floats(native, [1, 2], [2], device);
    let sum = x;
    for (let i = 0; i < 500; i++) {
      const before = sum;
      sum = hold((out) => native.execute(add, device, out, before, x));
    }
    assert.deepEqual(native.info(sum), { dtype: dtypes.float32, dims: [2], device, bytes: 8, version: 0 });
    assert.deepEqual(readFloats(native, sum), [501, 1002]);
    native.synchronize(device);
  });

  it("let a bad launch pass, raise its error at the wait, and work again after it", () => {
    const bad = badGather();
    const error = thrown(() => native.synchronize(device));
    assert.equal(error.code, "INVALID_ARGUMENT");
    // TensorFlow does not say which operation it was.
    assert.deepEqual([error.op, error.message], ["", "indices[1] = 9 is not in [0, 4)"]);
    native.synchronize(device);
    const x = floats(native, [1, 2], [2], device);
    assert.deepEqual(
      readFloats(
        native,
        hold((out) => native.execute(add, device, out, x, x)),
      ),
      [2, 4],
    );
    // The result that never came stays an error.
    for (const use of [
      () => native.read(bad),
      () => native.item(bad, 0),
      () => native.info(bad),
      () => native.view(bad),
    ]) {
      assert.equal(thrown(use).code, "INVALID_ARGUMENT");
    }
  });

  it("throw the pending error when a result is read", () => {
    const bad = badGather();
    const sum = (): number => hold((out) => native.execute(add, device, out, bad, bad));
    // The next launch reports it too, unless it came before the error; then its own result is poisoned.
    const error = thrown(() => native.read(sum()));
    assert.equal(error.code, "INVALID_ARGUMENT");
    assert.deepEqual([error.op, error.message], ["", "indices[1] = 9 is not in [0, 4)"]);
    assert.match(thrown(() => native.synchronize(device)).message, /is not in \[0, 4\)/);
  });

  it("raise the error at the launching call again once they are synchronous", () => {
    native.setAsync(device, false);
    assert.equal(thrown(badGather).op, "GatherV2");
    const x = floats(native, [1, 2], [2], device);
    assert.deepEqual(
      readFloats(
        native,
        hold((out) => native.execute(add, device, out, x, x)),
      ),
      [2, 4],
    );
  });

  it("leave other devices synchronous", () => {
    badGather();
    const x = floats(native, [1, 2], [2], 0);
    assert.deepEqual(
      readFloats(
        native,
        hold((out) => native.execute(add, 0, out, x, x)),
      ),
      [2, 4],
    );
    native.synchronize(0);
    assert.equal(thrown(() => native.synchronize(device)).code, "INVALID_ARGUMENT");
  });

  it("let the process end while operations are pending", async () => {
    assert.deepEqual(await runProgram("endWhilePending"), { launched: 5 });
  });

  it("pass pending results to synchronous devices, which wait", () => {
    const x = floats(native, [1, 2], [2], device);
    const pending = hold((out) => native.execute(add, device, out, x, x));
    const copy = hold((out) => native.copyTo(pending, 0, out));
    assert.deepEqual(
      readFloats(
        native,
        hold((out) => native.execute(add, 0, out, copy, pending)),
      ),
      [4, 8],
    );
    const back = hold((out) => native.copyTo(copy, device, out));
    assert.deepEqual(readFloats(native, back), [2, 4]);
  });
});
