import assert from "node:assert/strict";
import { dtypes } from "./dtypes.js";
import {
  collectGarbage,
  floats,
  hold,
  kernel,
  openNative,
  Owner,
  readFloats,
  release,
  thrown,
  type,
} from "./openNative.js";

describe("native tensors", () => {
  const native = openNative();
  afterEach(() => release(native));

  const create = (dtype: number, data: ArrayBufferView, length: number) =>
    hold((out) => native.create(dtype, [length], 0, out, data));

  it("hold every dtype, and items come as numbers", () => {
    const samples: [number, ArrayBufferView, number[]][] = [
      [dtypes.float32, Float32Array.of(1.5, -2), [1.5, -2]],
      [dtypes.float64, Float64Array.of(Math.PI, -0), [Math.PI, -0]],
      [dtypes.int8, Int8Array.of(-128, 127), [-128, 127]],
      [dtypes.uint8, Uint8Array.of(0, 255), [0, 255]],
      [dtypes.int16, Int16Array.of(-32768, 32767), [-32768, 32767]],
      [dtypes.uint16, Uint16Array.of(0, 65535), [0, 65535]],
      [dtypes.int32, Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [-(2 ** 31), 2 ** 31 - 1]],
      [dtypes.uint32, Uint32Array.of(0, 2 ** 32 - 1), [0, 2 ** 32 - 1]],
      [dtypes.bool, Uint8Array.of(0, 1), [0, 1]],
      [dtypes.int64, BigInt64Array.of(-5n, 2n ** 53n), [-5, 2 ** 53]],
      [dtypes.uint64, BigUint64Array.of(7n, 2n ** 53n), [7, 2 ** 53]],
      // 1, -2, smallest subnormal, largest, infinity
      [dtypes.float16, Uint16Array.of(0x3c00, 0xc000, 1, 0x7bff, 0xfc00), [1, -2, 2 ** -24, 65504, -Infinity]],
      [dtypes.bfloat16, Uint16Array.of(0x3f80, 0xc000, 0x7f80), [1, -2, Infinity]],
    ];
    for (const [dtype, data, expected] of samples) {
      const id = create(dtype, data, expected.length);
      expected.forEach((value, index) => assert.equal(native.item(id, index), value, `dtype ${dtype}`));
      assert.equal(native.info(id).bytes, data.byteLength);
      assert.deepEqual(new Uint8Array(native.read(id)), new Uint8Array(data.buffer));
    }
    assert.ok(Number.isNaN(native.item(create(dtypes.float16, Uint16Array.of(0x7e00), 1), 0)));
  });

  it("give integers beyond 2^53 as bigints", () => {
    assert.equal(native.item(create(dtypes.int64, BigInt64Array.of(2n ** 53n + 1n), 1), 0), 2n ** 53n + 1n);
    assert.equal(native.item(create(dtypes.int64, BigInt64Array.of(-(2n ** 63n)), 1), 0), -(2n ** 63n));
    assert.equal(native.item(create(dtypes.uint64, BigUint64Array.of(2n ** 64n - 1n), 1), 0), 2n ** 64n - 1n);
  });

  it("refuse items that are outside or no numbers", () => {
    const x = floats(native, [1, 2], [2]);
    for (const index of [-1, 2, 0.5, NaN]) assert.equal(thrown(() => native.item(x, index)).code, "GRADTAPE");
    const complex = create(dtypes.complex64, Float32Array.of(1, 2), 1);
    assert.match(thrown(() => native.item(complex, 0)).message, /are no numbers/);
    assert.deepEqual([...new Float32Array(native.read(complex))], [1, 2]);
  });

  it("take parts of buffers, data views, shared memory, and nothing", () => {
    const whole = Float32Array.of(0, 1, 2, 3);
    assert.deepEqual(readFloats(native, create(dtypes.float32, whole.subarray(1, 3), 2)), [1, 2]);
    assert.deepEqual(readFloats(native, create(dtypes.float32, new DataView(whole.buffer, 8), 2)), [2, 3]);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([4, 5]);
    assert.deepEqual(readFloats(native, create(dtypes.float32, shared, 2)), [4, 5]);
    const unset = hold((out) => native.create(dtypes.float32, [2, 0], 1, out, undefined));
    assert.deepEqual(native.info(unset).dims, [2, 0]);
    assert.equal(native.read(unset).byteLength, 0);
    const empty = create(dtypes.float32, new Float32Array(0), 0);
    assert.equal(native.view(empty).byteLength, 0);
  });

  it("are copied into: later changes of the source do not reach them", () => {
    const source = Float32Array.of(1, 2);
    const x = create(dtypes.float32, source, 2);
    source.fill(9);
    assert.deepEqual(readFloats(native, x), [1, 2]);
  });

  it("take other contents by assign, which raises the version; snapshots keep theirs", () => {
    const target = floats(native, [1, 2], [2]);
    const source = floats(native, [3, 4], [2]);
    const before = hold((out) => native.snapshot(target, out));
    native.assign(target, source);
    assert.deepEqual(readFloats(native, target), [3, 4]);
    assert.deepEqual(readFloats(native, before), [1, 2]);
    assert.equal(native.info(target).version, 1);
    assert.equal(native.info(source).version, 0);
    assert.equal(native.info(before).version, 0);
    native.free(source);
    native.assign(target, before);
    native.assign(target, target);
    assert.deepEqual(readFloats(native, target), [1, 2]);
    assert.equal(native.info(target).version, 3);
  });

  it("copy to another device and keep their values there", () => {
    const x = floats(native, [1, 2], [2]);
    const copy = hold((out) => native.copyTo(x, 1, out));
    assert.equal(native.info(copy).device, 1);
    native.assign(x, floats(native, [5, 6], [2]));
    assert.deepEqual(readFloats(native, copy), [1, 2]);
  });

  it("are viewed without a copy when large, and the view outlives the tensor", () => {
    const values = Float32Array.from({ length: 100_000 }, (_, i) => i);
    const id = create(dtypes.float32, values, values.length);
    const one = new Float32Array(native.view(id));
    const two = new Float32Array(native.view(id));
    assert.deepEqual(one, values);
    // Only a test may write here: it shows that both views are the same memory.
    one[7] = -1;
    assert.equal(two[7], -1);
    native.free(id);
    assert.equal(two[99_999], 99_999);
    const small = floats(native, [1], [1]);
    const copied = new Float32Array(native.view(small));
    copied[0] = 5;
    assert.equal(native.item(small, 0), 1);
  });

  it("are shared by kernels that only change the shape", () => {
    const reshape = kernel(native, "Reshape", 2, {
      attrs: [type("T", dtypes.float32), type("Tshape", dtypes.int32)],
      alias: true,
    });
    const x = floats(native, [1, 2, 3, 4], [4]);
    const shape = hold((out) => native.create(dtypes.int32, [2], 0, out, Int32Array.of(2, 2)));
    collectGarbage();
    const bytes = native.memory(0).bytes;
    const y = hold((out) => native.execute(reshape, 0, out, x, shape));
    const z = hold((out) => native.execute(reshape, 0, out, y, shape));
    assert.equal(native.memory(0).bytes, bytes);
    assert.equal(native.info(y).bytes, 16);
    // The buffer stays counted as long as somebody uses it.
    native.free(x);
    native.free(y);
    assert.equal(native.memory(0).bytes, bytes);
    native.free(z);
    assert.equal(native.memory(0).bytes, bytes - 16);
  });

  it("stay with their owner, and one object may own several", () => {
    const owner = new Owner();
    const a = native.create(dtypes.int32, [1], 0, owner, Int32Array.of(1));
    const b = native.create(dtypes.int32, [1], 0, owner, Int32Array.of(2));
    assert.equal(native.item(a, 0), 1);
    assert.equal(native.item(b, 0), 2);
    native.free(a);
    native.free(b);
    assert.ok(owner);
  });
});
