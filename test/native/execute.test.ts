import assert from "node:assert/strict";
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

describe("native execute", () => {
  const native = openNative();
  afterEach(() => release(native));

  const add = kernel(native, "AddV2", 2);
  const concat = (list: number) =>
    kernel(native, "ConcatV2", 1, {
      listInput: 0,
      attrs: [
        type("T", dtypes.float32),
        type("Tidx", dtypes.int32),
        ...(list === 0 ? [] : [{ name: "N", type: "int", value: list } as const]),
      ],
    });

  it("runs a kernel on each device", () => {
    for (const device of [0, 1]) {
      const a = floats(native, [1, 2, 3, 4], [2, 2], device);
      const b = floats(native, [10, 20], [2], device);
      const sum = hold((out) => native.execute(add, device, out, a, b));
      assert.deepEqual(readFloats(native, sum), [11, 22, 13, 24]);
      assert.deepEqual(native.info(sum), { dtype: dtypes.float32, dims: [2, 2], device, bytes: 16, version: 0 });
    }
  });

  it("gives the same id to the same specification only", () => {
    assert.equal(kernel(native, "AddV2", 2), add);
    assert.notEqual(kernel(native, "AddV2", 2, { attrs: [type("T", dtypes.float64)] }), add);
    const fill = (value: number) => kernel(native, "Selu", 1, { attrs: [{ name: "x", type: "float", value }] });
    assert.equal(new Set([NaN, Infinity, -Infinity, 0, -0].map(fill)).size, 5);
  });

  it("runs one kernel again after an error, and with other shapes and dtypes", () => {
    // Without T among the attributes TensorFlow infers it from the inputs, anew when they change.
    const inferred = kernel(native, "AddV2", 2, { attrs: [] });
    const a = floats(native, [1, 2], [2]);
    const three = floats(native, [1, 2, 3], [3]);
    const whole = ints(native, [5, 6], [2]);
    const run = (x: number, y: number) => hold((out) => native.execute(inferred, 0, out, x, y));
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(readFloats(native, run(a, a)), [2, 4]);
      assert.equal(thrown(() => run(a, three)).code, "INVALID_ARGUMENT");
      assert.equal(thrown(() => run(a, whole)).code, "INVALID_ARGUMENT");
      assert.deepEqual(readFloats(native, run(three, three)), [2, 4, 6]);
      assert.deepEqual([...new Int32Array(native.read(run(whole, whole)))], [10, 12]);
    }
  });

  it("takes a list input of any length", () => {
    const axis = ints(native, [0], []);
    const parts = [1, 2, 3].map((value) => floats(native, [value], [1]));
    const join = concat(0);
    for (const count of [2, 3, 2, 3]) {
      const joined = hold((out) => native.execute(join, 0, out, ...parts.slice(0, count), axis));
      assert.deepEqual(readFloats(native, joined), [1, 2, 3].slice(0, count));
    }
    const many = Array.from({ length: 100 }, (_, value) => floats(native, [value], [1]));
    const all = hold((out) => native.execute(concat(100), 0, out, ...many, axis));
    assert.deepEqual(
      readFloats(native, all),
      many.map((_, value) => value),
    );
    const error = thrown(() => native.execute(join, 0, new Owner(), axis));
    assert.match(error.message, /at least one tensor in its list/);
  });

  it("takes a list input after others", () => {
    // DynamicStitch has two lists; PackV of one list in the middle is ConcatV2's mirror: IdentityN is the list alone.
    const identities = kernel(native, "IdentityN", 0, { listInput: 0, outputs: 2, attrs: [] });
    const a = floats(native, [1], [1]);
    const b = ints(native, [7], [1]);
    const owners = [new Owner(), new Owner()];
    const [first, second] = native.executeMany(identities, 0, owners, [a, b]);
    assert.equal(native.item(first, 0), 1);
    assert.equal(native.item(second, 0), 7);
    const concatFirst = kernel(native, "Concat", 1, { listInput: 1, attrs: [type("T", dtypes.float32)] });
    const axis = ints(native, [0], []);
    const joined = hold((out) => native.execute(concatFirst, 0, out, axis, a, a));
    assert.deepEqual(readFloats(native, joined), [1, 1]);
    native.free(first);
    native.free(second);
    assert.equal(owners.length, 2);
  });

  it("gives several results and drops those nobody owns", () => {
    const split = kernel(native, "TopKV2", 2, {
      outputs: 2,
      attrs: [{ name: "sorted", type: "bool", value: true }, type("T", dtypes.float32)],
    });
    const x = floats(native, [3, 1, 2], [3]);
    const k = ints(native, [2], []);
    collectGarbage();
    const before = native.memory(0);
    const owners = [new Owner(), new Owner()];
    const [values, indices] = native.executeMany(split, 0, owners, [x, k]);
    assert.deepEqual(readFloats(native, values), [3, 2]);
    assert.deepEqual([...new Int32Array(native.read(indices))], [0, 2]);
    native.free(values);
    native.free(indices);
    const owner = new Owner();
    const [none, kept] = native.executeMany(split, 0, [undefined, owner], [x, k]);
    assert.equal(none, 0);
    assert.equal(native.item(kept, 1), 2);
    assert.equal(native.memory(0).tensors, before.tensors + 1);
    native.free(kept);
    assert.equal(owners.length + Number(owner.id), 2);
  });

  it("passes private attributes of oneDNN's kernels through", () => {
    if (!native.hasOp("_MklNativeMaxPool")) return; // Not an x86 build.
    const numbers = (name: string, value: readonly number[]) => ({ name, type: "ints", value }) as const;
    const text = (name: string, value: string) => ({ name, type: "string", value }) as const;
    const pool = kernel(native, "_MklNativeMaxPool", 1, {
      outputs: 2,
      attrs: [
        type("T", dtypes.float32),
        numbers("ksize", [1, 2, 2, 1]),
        numbers("strides", [1, 2, 2, 1]),
        numbers("explicit_paddings", []),
        text("padding", "VALID"),
        text("data_format", "NHWC"),
        { name: "workspace_enabled", type: "bool", value: true },
        text("_kernel", "MklNameChangeOp"),
      ],
    });
    const x = floats(native, [1, 5, 2, 3], [1, 2, 2, 1]);
    for (let round = 0; round < 3; round++) {
      const owner = new Owner();
      [owner.id] = native.executeMany(pool, 0, [owner, undefined], [x]);
      assert.deepEqual(readFloats(native, owner.id), [5]);
      native.free(owner.id);
    }
  });

  it("sets every kind of attribute", () => {
    const attrs = [
      type("dtype", dtypes.float32),
      { name: "shape", type: "shape", value: [2, 3] },
      { name: "shared_name", type: "string", value: "" },
    ] as const;
    const placeholder = kernel(native, "ImmutableConst", 0, {
      attrs: [attrs[0], attrs[1], { name: "memory_region_name", type: "string", value: "/nowhere" }],
    });
    assert.equal(thrown(() => native.execute(placeholder, 0, new Owner())).op, "ImmutableConst");
    const bucketize = kernel(native, "Bucketize", 1, {
      attrs: [type("T", dtypes.float32), { name: "boundaries", type: "floats", value: [0, 10, 100] }],
    });
    const x = floats(native, [-5, 10000, 150, 10, 5], [5]);
    const buckets = hold((out) => native.execute(bucketize, 0, out, x));
    assert.deepEqual([...new Int32Array(native.read(buckets))], [0, 3, 3, 2, 1]);
    const formats = kernel(native, "EncodeProto", 1, {
      attrs: [
        { name: "field_names", type: "strings", value: ["a", "b"] },
        { name: "Tinput_types", type: "types", value: [dtypes.int32] },
      ],
    });
    assert.notEqual(thrown(() => native.execute(formats, 0, new Owner(), x)).message, "");
  });
});
