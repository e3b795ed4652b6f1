import assert from "node:assert/strict";
import { tensor } from "../../engine/create.js";
import "../../engine/index.js";
import { collateRaw, defaultCollate } from "../../engine/data/collate.js";
import { RawArray } from "../../engine/data/raw.js";
import { ArgumentError, DTypeError, ShapeError } from "../../engine/errors.js";
import { Tensor } from "../../engine/tensor.js";

function same(actual: unknown, dtype: string, values: unknown): void {
  assert.ok(actual instanceof Tensor);
  assert.equal(actual.dtype, dtype);
  assert.deepEqual(actual.toArray(), values);
}

const row = (...values: number[]) => new RawArray(Float32Array.from(values), [values.length], "float32");

describe("collate", function () {
  this.timeout(20_000);
  it("makes tensors of numbers, bigints and booleans, and lists of strings", () => {
    same(defaultCollate([3, 1, 2]), "int64", [3, 1, 2]);
    same(defaultCollate([-1, 2 ** 53 - 1]), "int64", [-1, 2 ** 53 - 1]);
    same(defaultCollate([3, 0.5]), "float32", [3, 0.5]);
    same(defaultCollate([Infinity]), "float32", [Infinity]);
    same(defaultCollate([5n, -5n]), "int64", [5, -5]);
    same(defaultCollate([true, false]), "bool", [true, false]);
    assert.deepEqual(defaultCollate(["a", "b"]), ["a", "b"]);
  });

  it("stacks tensors, typed arrays and mixtures of the two, keeping the dtype", () => {
    const halves = [tensor([1, 2], { dtype: "float64" }), tensor([3, 4], { dtype: "float64" })];
    same(defaultCollate(halves), "float64", [
      [1, 2],
      [3, 4],
    ]);
    same(collateRaw<Tensor>([row(1, 2), row(3, 4)]), "float32", [
      [1, 2],
      [3, 4],
    ]);
    same(collateRaw<Tensor>([row(1, 2), tensor([3, 4])]), "float32", [
      [1, 2],
      [3, 4],
    ]);
    same(defaultCollate([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]), "uint8", [
      [1, 2],
      [3, 4],
    ]);
    same(defaultCollate([BigInt64Array.of(1n), BigInt64Array.of(2n)]), "int64", [[1], [2]]);
  });

  it("makes batches of any size and dtype one after another", () => {
    const odd = defaultCollate([new Uint8Array(4_000_003).fill(7), new Uint8Array(4_000_003).fill(8)]);
    same(defaultCollate([Float64Array.of(1.5), Float64Array.of(2.5), Float64Array.of(3.5)]), "float64", [
      [1.5],
      [2.5],
      [3.5],
    ]);
    // The first batch keeps its contents, although batches are put together in the same memory.
    assert.deepEqual([...odd.shape], [2, 4_000_003]);
    assert.ok(odd.toTypedArray().every((value, i) => value === (i < 4_000_003 ? 7 : 8)));
  });

  it("keeps the gradient of stacked tensors", () => {
    const x = tensor([1, 2]).requiresGrad_();
    defaultCollate([x, x]).sum().backward();
    assert.deepEqual(x.grad?.toArray(), [2, 2]);
  });

  it("goes into tuples and objects, entry by entry", () => {
    const [images, labels] = collateRaw<[Tensor, number]>([
      [row(1, 2), 7],
      [row(3, 4), 8],
    ]);
    same(images, "float32", [
      [1, 2],
      [3, 4],
    ]);
    same(labels, "int64", [7, 8]);
    const batch = defaultCollate([
      { at: [1, 0.5], name: "a", more: { flag: true } },
      { at: [2, 1.5], name: "b", more: { flag: false } },
    ]);
    same(batch.at[0], "int64", [1, 2]);
    same(batch.at[1], "float32", [0.5, 1.5]);
    assert.deepEqual(batch.name, ["a", "b"]);
    same(batch.more.flag, "bool", [true, false]);
  });

  it("names sample, field and shapes of what does not fit", () => {
    const fails = (
      samples: readonly unknown[],
      kind: new (message: string) => Error,
      message: RegExp,
      indices?: number[],
    ) =>
      assert.throws(
        () => collateRaw(samples as never, indices),
        (error) => error instanceof kind && (assert.match(error.message, message), true),
      );
    fails([], ArgumentError, /^collate: expected at least 1 sample, got 0$/);
    fails(
      [
        [row(1, 2), 0],
        [row(1, 2), 0],
        [row(1, 2, 3), 0],
      ],
      ShapeError,
      /^collate: expected the shape \[2\] of the batch's first sample, got \[3\] in sample 17, field \[0\]; /,
      [4, 9, 17],
    );
    fails(
      [row(1), tensor([1], { dtype: "int64" })],
      DTypeError,
      /expected float32 .* got int64 in position 1 of the batch$/,
    );
    fails(
      [{ a: 1 }, { a: "x" }],
      ArgumentError,
      /expected a number .* got a string in position 1 of the batch, field \.a$/,
    );
    fails([{ a: 1 }, { b: 1 }], ArgumentError, /expected the keys a .* got b in position 1/);
    fails([{ a: 1 }, { a: 1, b: 1 }], ArgumentError, /expected the keys a .* got a, b/);
    fails([[1, 2], [1]], ArgumentError, /expected 2 entries .* got 1 in position 1/);
    fails([1, undefined], ArgumentError, /expected a number .* got undefined/);
    fails([undefined], ArgumentError, /got undefined in position 0 of the batch; give the DataLoader a collateFn/);
    fails([[new Map()]], ArgumentError, /got an instance of Map in position 0 of the batch, field \[0\]/);
    fails([row(1), 1], ArgumentError, /expected a tensor .* got a number/);
  });
});
