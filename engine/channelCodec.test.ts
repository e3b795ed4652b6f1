import assert from "node:assert/strict";
import { decodeMessage, encodeMessage } from "./channelCodec.js";

describe("messages as MessagePack", () => {
  const arrays = [
    Float64Array.of(0, -0, 1.5, NaN, Infinity, 5e-324),
    Float32Array.of(1.5, NaN),
    Int32Array.of(-1, 2 ** 31 - 1),
    Uint32Array.of(2 ** 32 - 1),
    Int16Array.of(-1),
    Uint16Array.of(65535),
    Int8Array.of(-1),
    Uint8Array.of(255),
    Uint8ClampedArray.of(255),
    BigInt64Array.of(-1n),
    BigUint64Array.of(2n ** 64n - 1n),
    new Float64Array(0),
  ];
  for (const array of arrays) {
    it(`carry a ${array.constructor.name} of ${array.length}`, () => {
      const { values } = decodeMessage(encodeMessage({ values: array })) as { values: unknown };
      assert.equal((values as object).constructor, array.constructor);
      assert.deepEqual(values, array);
    });
  }

  it("carry a window of a larger buffer, and only that", () => {
    const all = Float64Array.from({ length: 1000 }, (_, i) => i);
    const bytes = encodeMessage(all.subarray(10, 12));
    assert.ok(bytes.byteLength < 40);
    assert.deepEqual(decodeMessage(bytes), Float64Array.of(10, 11));
  });

  it("carry plain values, and leave out what is undefined", () => {
    const message = { jsonrpc: "2.0", id: 1, params: [{ a: [1, -2.5, "ü", true, null], b: undefined }] };
    assert.deepEqual(decodeMessage(encodeMessage(message)), {
      jsonrpc: "2.0",
      id: 1,
      params: [{ a: [1, -2.5, "ü", true, null] }],
    });
  });

  it("refuse cut and nonsensical bytes", () => {
    const bytes = encodeMessage({ values: Float64Array.of(1, 2, 3) });
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeMessage(bytes.subarray(0, length)), `cut to ${length}`);
    }
    // An array of 2^32 - 1 elements in five bytes: nothing may be made for it.
    assert.throws(() => decodeMessage(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)));
    assert.throws(() => decodeMessage(Uint8Array.of(0xc9, 0xff, 0xff, 0xff, 0xff, 1)));
    // Eight-byte elements in three bytes.
    assert.throws(() => decodeMessage(Uint8Array.of(0xc7, 3, 1, 0, 0, 0)), /cut Float64Array/);
  });
});
