// Arithmetic of strides, against the memory itself: positions written out element by element.
import assert from "node:assert/strict";
import type { Shape } from "./shape.js";
import { type Strides, contiguousStrides, isInOrder, stridesUnder } from "./viewMaking.js";

/** Where each element lies, in logical order. */
function positions(shape: Shape, strides: Strides): number[] {
  return shape.reduce<number[]>(
    (at, n, i) => at.flatMap((p) => Array.from({ length: n }, (_, k) => p + k * strides[i])),
    [0],
  );
}

/** All shapes of `n` elements with up to `rank` dims. */
function shapesOf(n: number, rank: number): Shape[] {
  if (rank === 0) return n === 1 ? [[]] : [];
  const shorter = shapesOf(n, rank - 1);
  const exact = (left: number, dims: number): Shape[] =>
    dims === 0
      ? left === 1
        ? [[]]
        : []
      : Array.from({ length: left }, (_, i) => i + 1)
          .filter((d) => left % d === 0)
          .flatMap((d) => exact(left / d, dims - 1).map((rest) => [d, ...rest]));
  return [...shorter, ...exact(n, rank)];
}

describe("strides", () => {
  const layouts: readonly (readonly [Shape, Strides])[] = [
    [
      [2, 3, 4],
      [12, 4, 1],
    ],
    [
      [4, 3, 2],
      [1, 4, 12],
    ],
    [
      [2, 4, 3],
      [12, 1, 4],
    ],
    [
      [3, 2, 4],
      [4, 12, 1],
    ],
    [
      [2, 3, 2],
      [12, 4, 2],
    ],
    [
      [2, 3, 3],
      [12, 4, 1],
    ],
    [
      [2, 1, 4],
      [12, 77, 1],
    ],
    [
      [2, 3],
      [0, 1],
    ],
    [[6], [0]],
    [[1], [5]],
    [[], []],
  ];

  it("of another shape are found exactly where the elements lie in equal distances", () => {
    for (const [shape, strides] of layouts) {
      const there = positions(shape, strides);
      for (const to of shapesOf(there.length, 3)) {
        const found = stridesUnder(shape, strides, to);
        const what = `${JSON.stringify(shape)} by ${JSON.stringify(strides)} as ${JSON.stringify(to)}`;
        if (found) assert.deepEqual(positions(to, found), there, what);
        else assert.ok(!canLieIn(to, there), `${what} was not found`);
      }
    }
  });

  it("tell elements in order", () => {
    for (const [shape, strides] of layouts) {
      const there = positions(shape, strides);
      assert.equal(
        isInOrder(shape, strides),
        there.every((p, i) => p === i),
        JSON.stringify([shape, strides]),
      );
    }
    assert.ok(isInOrder([0, 3], [1, 9]));
    assert.deepEqual(contiguousStrides([2, 3, 4]), [12, 4, 1]);
  });
});

/** Whether a shape can have its elements at these positions: its strides would be the distances of its first neighbours. */
function canLieIn(shape: Shape, there: readonly number[]): boolean {
  const steps = contiguousStrides(shape);
  const strides = shape.map((n, i) => (n > 1 ? there[steps[i]] - there[0] : 0));
  return positions(shape, strides).every((p, i) => p === there[i]);
}
