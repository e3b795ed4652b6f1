import assert from "node:assert/strict";
import { ascending, drawSeed, permutation, randomBelow, type RandomSource } from "./order.js";

/** A full-period generator of 32 bits: good enough to see bias, and not the engine's own. */
function source(seed: number): RandomSource {
  let state = seed >>> 0;
  return {
    random32() {
      state = (state + 0x9e3779b9) >>> 0;
      let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    },
  };
}

const scripted = (...values: number[]): RandomSource => ({
  random32: () => values.shift() ?? assert.fail("drew too often"),
});

describe("order", () => {
  it("draws again where a value would favour small results", () => {
    // 2^32 = 3 * 1431655765 + 1: the last value is one too many.
    assert.equal(randomBelow(scripted(2 ** 32 - 1, 5), 3), 2);
    assert.equal(randomBelow(scripted(2 ** 32 - 2), 3), 2);
    assert.equal(randomBelow(scripted(2 ** 32 - 1), 2 ** 32), 2 ** 32 - 1);
    assert.equal(randomBelow(scripted(123), 1), 0);
  });

  it("permutes: every number once, the same for the same source", () => {
    const order = permutation(1_000, source(1));
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [...ascending(1_000)],
    );
    assert.deepEqual(order, permutation(1_000, source(1)));
    assert.notDeepEqual(order, permutation(1_000, source(2)));
    assert.deepEqual([...permutation(1, scripted())], [0]);
    assert.deepEqual([...permutation(0, scripted())], []);
  });

  it("gives each of the orders of four equally often", () => {
    const counts = new Map<string, number>();
    const rounds = 24_000;
    const random = source(7);
    for (let i = 0; i < rounds; i++) {
      const key = permutation(4, random).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    assert.ok(chi2 < 49.7, `chi2 ${chi2} of 23 degrees of freedom`); // p = 0.001
  });

  it("draws seeds of 53 bits", () => {
    assert.equal(drawSeed(scripted(2 ** 32 - 1, 2 ** 32 - 1)), Number.MAX_SAFE_INTEGER);
    assert.equal(drawSeed(scripted(0, 2 ** 11)), 1);
    assert.equal(drawSeed(scripted(1, 0)), 2 ** 21);
  });
});
