import assert from "node:assert/strict";
import {
  baseName,
  bytesOf,
  exactNumber,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatShape,
} from "./format.js";

describe("format", () => {
  it("keeps four significant digits and no more zeros than they need", () => {
    const shown: readonly (readonly [number, string])[] = [
      [0, "0"],
      [-0, "0"],
      [1, "1"],
      [0.1, "0.1"],
      [0.012345, "0.01235"],
      [-2.1, "−2.1"],
      [1234.5678, "1,235"],
      [12_345.6, "12,346"],
      [123_456, "123,456"],
      [1_234_567, "1.23e6"],
      [0.00012345, "1.23e-4"],
      [1e-30, "1e-30"],
      [NaN, "NaN"],
      [Infinity, "∞"],
      [-Infinity, "−∞"],
    ];
    for (const [value, text] of shown) assert.equal(formatNumber(value), text);
  });

  it("gives the shortest text that reads back as the same value of the dtype", () => {
    assert.equal(exactNumber(Math.fround(0.1), "float32"), "0.1");
    assert.equal(exactNumber(Math.fround(0.1), "float64"), "0.10000000149011612");
    assert.equal(exactNumber(-0, "float32"), "-0");
    assert.equal(exactNumber(1, "bool"), "true");
    assert.equal(exactNumber(2 ** 53, "int64"), "9007199254740992");
    assert.equal(exactNumber(NaN, "float32"), "NaN");
    for (const value of [1 / 3, 1e-45, 3.4028234663852886e38, 16_777_217, 2.718281828]) {
      const single = Math.fround(value);
      assert.equal(Math.fround(Number(exactNumber(single, "float32"))), single);
    }
  });

  it("writes times, sizes, counts, shapes and percentages", () => {
    assert.deepEqual([0.12, 4.2, 59.4, 72, 7389].map(formatDuration), ["120 ms", "4.2 s", "59 s", "1:12", "2:03:09"]);
    assert.equal(formatDuration(Infinity), "?");
    assert.deepEqual([512, 4096, 2_306_867, 400e6].map(formatBytes), ["512 B", "4 KiB", "2.2 MiB", "381 MiB"]);
    assert.equal(formatCount(-31_250), "−31,250");
    assert.equal(formatShape([64, 10]), "[64, 10]");
    assert.equal(formatPercent(97.83), "97.8 %");
    assert.equal(formatPercent(NaN), "NaN");
    assert.equal(bytesOf("float32", [64, 10]), 2560);
    assert.equal(baseName("C:\\nets\\mnist.ts"), "mnist.ts");
  });
});
