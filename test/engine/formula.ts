// What the tests of training share with test/golden/training/write.py: its formula, its results, and how close is equal.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "../../engine/index.js";

/** Float64 values by the script's formula. */
export function fill(shape: readonly number[], phase: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(Float64Array.from({ length: size }, (_, i) => (((i * 37 + phase * 11) % 101) - 50) / 250)).reshape(
    shape,
  );
}

/** A file that the script wrote, of the form that the caller names. */
export const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/training/${name}`, import.meta.url), "utf8"));

export const flat = (x: Tensor): number[] => Array.from(x.toTypedArray() as Float64Array);

/** Equal within a part of the expected value, or of 1 where that is larger. */
export function assertClose(
  got: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  assert.equal(got.length, expected.length, what);
  got.forEach((value, i) => {
    const bound = tolerance * Math.max(1, Math.abs(expected[i]));
    assert.ok(Math.abs(value - expected[i]) <= bound, `${what}[${i}]: expected ${expected[i]}, got ${value}`);
  });
}
