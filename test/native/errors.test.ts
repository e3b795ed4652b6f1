import assert from "node:assert/strict";
import type { KernelSpec } from "../../engine/native/binding.js";
import { dtypes } from "./dtypes.js";
import {
  collectGarbage,
  floats,
  hold,
  ints,
  kernel,
  openNative,
  Owner,
  readFloats,
  release,
  thrown,
  type,
} from "./openNative.js";

describe("native errors", () => {
  const native = openNative();
  afterEach(() => release(native));
  const add = kernel(native, "AddV2", 2);

  it("carry TensorFlow's code, operation and message", () => {
    const a = floats(native, [1, 2], [2]);
    const b = floats(native, [1, 2, 3], [3]);
    const error = thrown(() => native.execute(add, 0, new Owner(), a, b));
    assert.ok(error instanceof Error);
    assert.deepEqual(
      { code: error.code, op: error.op, message: error.message },
      { code: "INVALID_ARGUMENT", op: "AddV2", message: "Incompatible shapes: [2] vs. [3]" },
    );
  });

  it("name unknown operations", () => {
    const error = thrown(() => native.execute(kernel(native, "NoSuchOperation", 0), 0, new Owner()));
    assert.equal(error.code, "NOT_FOUND");
    assert.equal(error.op, "NoSuchOperation");
  });

  it("refuse ids that are stale, freed or none, and never confuse tensors", () => {
    const a = floats(native, [1], [1]);
    const freed = floats(native, [2], [1]);
    native.free(freed);
    const reused = floats(native, [3], [1]);
    assert.notEqual(reused, freed);
    const expected: [number, RegExp][] = [
      [freed, /which was freed/],
      [0, /which is none/],
      [a + 2 ** 40, /which never existed/],
      [2 ** 60, /which is none/],
      [-1, /which is none/],
      [NaN, /which is none/],
      [0.5, /which is none/],
    ];
    for (const [id, text] of expected) {
      const calls = [
        () => native.execute(add, 0, new Owner(), a, id),
        () => native.read(id),
        () => native.info(id),
        () => native.free(id),
        () => native.assign(a, id),
        () => native.snapshot(id, new Owner()),
        () => native.toTfjs(id),
      ];
      for (const call of calls) {
        const error = thrown(call);
        assert.equal(error.code, "GRADTAPE");
        assert.match(error.message, text);
      }
    }
    assert.equal(native.item(reused, 0), 3);
  });

  it("refuse wrong numbers of inputs before TensorFlow sees them", () => {
    const a = floats(native, [1], [1]);
    for (const inputs of [[], [a], [a, a, a], Array.from({ length: 40 }, () => a)]) {
      assert.match(
        thrown(() => native.execute(add, 0, new Owner(), ...inputs)).message,
        /AddV2: expected 2 inputs, got/,
      );
    }
    // Kernels whose definition is wrong.
    const three = kernel(native, "AddV2", 3);
    assert.match(thrown(() => native.execute(three, 0, new Owner(), a, a, a)).message, /expected 2 inputs, got 3/);
    const list = kernel(native, "AddV2", 1, { listInput: 0 });
    assert.match(thrown(() => native.execute(list, 0, new Owner(), a, a)).message, /registered it otherwise/);
    const two = kernel(native, "AddV2", 2, { outputs: 2 });
    assert.equal(thrown(() => native.executeMany(two, 0, [new Owner(), new Owner()], [a, a])).op, "AddV2");
    const none = kernel(native, "AddV2", 2, { outputs: 0 });
    assert.equal(thrown(() => native.executeMany(none, 0, [], [a, a])).op, "AddV2");
    assert.deepEqual(
      readFloats(
        native,
        hold((out) => native.execute(add, 0, out, a, a)),
      ),
      [2],
    );
  });

  it("refuse arguments of wrong kinds and never end the process", () => {
    const a = floats(native, [1, 2], [2]);
    const wrong: unknown[] = [undefined, null, "x", {}, [], -1, 1.5, NaN, Infinity, 1e300, 10n, Symbol("s"), () => 0];
    const anyNative = native as unknown as Record<string, (...parameters: unknown[]) => unknown>;
    const attempt = (name: string, ...parameters: unknown[]) => {
      try {
        anyNative[name](...parameters);
      } catch (error) {
        assert.ok(error instanceof Error, `${name} threw ${String(error)}`);
      }
    };
    const names = Object.keys(native).filter((name) => !/load|[Rr]ecorder|stop|Stop|setAsync|free|assign/.test(name));
    assert.ok(names.length > 15);
    for (const name of names) {
      attempt(name);
      for (const value of wrong) {
        attempt(name, value);
        attempt(name, value, value, value, value, value);
        attempt(name, a, value, value, value);
        attempt(name, add, 0, value, a, value);
        attempt(name, add, 0, value, [a, value]);
        attempt(name, 1, value, 0, new Owner(), new Float32Array(2));
        attempt(name, 1, [2], 0, value, new Float32Array(2));
        attempt(name, 1, [2], 0, new Owner(), value);
      }
    }
    assert.deepEqual(readFloats(native, a), [1, 2]);
  });

  it("refuse definitions of kernels that are none", () => {
    const good: KernelSpec = { op: "Relu", attrs: [type("T", dtypes.float32)], listInput: -1, inputs: 1, outputs: 1 };
    const bad: unknown[] = [
      undefined,
      { ...good, op: 5 },
      { ...good, attrs: undefined },
      { ...good, attrs: [{ name: "T", type: "type", value: 999 }] },
      { ...good, attrs: [{ name: "T", type: "colour", value: 1 }] },
      { ...good, attrs: [{ name: "T", type: "int", value: 1.5 }] },
      { ...good, attrs: [{ name: "T", type: "ints", value: 1 }] },
      { ...good, attrs: [null] },
      { ...good, inputs: -1 },
      { ...good, outputs: 1e9 },
      { ...good, listInput: 2 },
      { ...good, alias: "yes" },
    ];
    for (const spec of bad) assert.equal(thrown(() => native.defineKernel(spec as KernelSpec)).code, "GRADTAPE");
    assert.ok(native.defineKernel(good) > 0);
  });

  it("refuse data that do not fit, and sizes that no memory holds", () => {
    const make = (dims: readonly number[], data?: ArrayBufferView) =>
      thrown(() => native.create(dtypes.float32, dims, 0, new Owner(), data));
    assert.match(make([3], new Float32Array(2)).message, /expected 12 bytes of data for that shape and dtype, got 8/);
    assert.match(make([2], new Float32Array(0)).message, /expected 8 bytes .* got 0/);
    assert.match(make([-1]).message, /expected sizes of 0 or more/);
    assert.equal(make([2 ** 40, 2 ** 40]).code, "RESOURCE_EXHAUSTED");
    assert.equal(make([2 ** 46]).code, "RESOURCE_EXHAUSTED");
    assert.match(make(new Array(300).fill(1)).message, /at most 254 dimensions/);
    const strings = thrown(() => native.create(dtypes.string, [1], 0, new Owner(), new Uint8Array(24)));
    assert.match(strings.message, /dtype 7 has no plain bytes/);
    assert.equal(thrown(() => native.create(31, [1], 0, new Owner(), undefined)).code, "GRADTAPE");
  });

  it("refuse an owner that is no object, and keep nothing", () => {
    const a = floats(native, [1], [1]);
    collectGarbage();
    const before = native.memory(0);
    for (const owner of [undefined, 1, "x"]) {
      assert.match(
        thrown(() => native.execute(add, 0, owner as never, a, a)).message,
        /an object that owns the result/,
      );
    }
    assert.deepEqual(native.memory(0).tensors, before.tensors);
    assert.equal(native.item(ints(native, [1], []), 0), 1);
  });
});
