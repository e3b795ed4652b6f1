import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { DType } from "../dtype.js";
import { elementReader, runDecoder } from "./decode.js";

/** Every element, read one by one; the run must agree, wherever it begins. */
function decodeAll(dtype: DType, data: ArrayBuffer, count: number): number[] {
  const read = elementReader(dtype, data);
  const single = Array.from({ length: count }, (_, i) => read(i));
  const decode = runDecoder(dtype, data);
  for (const start of [0, Math.min(3, count)]) {
    const run = new Float64Array(count + 1).fill(-77);
    decode(start, count - start, run);
    assert.deepEqual([...run.subarray(0, count - start)], single.slice(start));
    assert.equal(run[count - start], -77, "writes no further");
  }
  return single;
}

describe("decoding of elements", () => {
  /** SHA-256 of all 65,536 values as float32, NaN as 0: made by numpy 2.4 and ml_dtypes 0.6. */
  const halves = {
    float16: "faa6d965574036872b0d39a42d1f8bee361d5be92b1e718155a69556a5abacdd",
    bfloat16: "2950e27364395060b01ae85b45dd15a2ab8891f6ee8b0af2b541dbda5524d0b4",
  } as const;
  for (const [dtype, sha256] of Object.entries(halves)) {
    it(`reads every ${dtype}`, () => {
      const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
      const values = Float32Array.from(decodeAll(dtype as DType, bits.buffer, bits.length), (v) => (v === v ? v : 0));
      assert.equal(createHash("sha256").update(values).digest("hex"), sha256);
    });
  }

  it("reads int64 exactly up to 2^53 and rounds once beyond", () => {
    const exact = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, -(2n ** 32n), 2n ** 53n, -(2n ** 53n), 4294967295n];
    const beyond = [2n ** 53n + 1n, 2n ** 53n + 3n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n + 513n];
    const values = BigInt64Array.from([...exact, ...beyond]);
    assert.deepEqual(decodeAll("int64", values.buffer, values.length), Array.from(values, Number));
  });

  it("reads the others as they are", () => {
    const cases = {
      float32: new Float32Array([0, -0, 1.5, NaN, Infinity, -Infinity, 3.4028234663852886e38]),
      float64: new Float64Array([0, -0, 0.1, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308]),
      int8: new Int8Array([-128, 0, 127, 1]),
      uint8: new Uint8Array([0, 255, 128, 1]),
      int16: new Int16Array([-32768, 0, 32767, 1]),
      int32: new Int32Array([-(2 ** 31), 0, 2 ** 31 - 1, 1]),
    };
    for (const [dtype, values] of Object.entries(cases)) {
      assert.deepEqual(decodeAll(dtype as DType, values.buffer, values.length), [...values]);
    }
  });

  it("reads any byte but 0 as true", () => {
    assert.deepEqual(decodeAll("bool", new Uint8Array([0, 1, 2, 255]).buffer, 4), [0, 1, 1, 1]);
  });
});
