// Type promotion, against PyTorch's table (test/golden/ops/promotion.json): every pair of dtypes, tensors with dims, 0-d
// tensors and numbers, results and refusals; and every dtype under the functions of one tensor. The values prove that
// every dtype has a kernel.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type DType, dtypes, isFloating } from "../../engine/dtype.js";
import { DTypeError, F, GradtapeError, type Tensor, tensor } from "../../engine/index.js";
import * as ops from "../../engine/ops/index.js";

const golden = JSON.parse(readFileSync(new URL("../golden/ops/promotion.json", import.meta.url), "utf8")) as Readonly<
  Record<string, string>
>;

const made = (values: readonly number[] | number, dtype: DType): Tensor =>
  tensor(values, { dtype: "float64" }).to(dtype);

const left = [0, 1, 3];
const right = [1, 1, 2];
const numbers = [2, 0.5];

/** "dtype v v v", or "error". */
function outcome(call: () => Tensor): string {
  let x: Tensor;
  try {
    x = call();
  } catch (error) {
    assert.ok(error instanceof GradtapeError, String(error));
    return "error";
  }
  const values = Array.from(x.to("float64").toTypedArray() as Float64Array, text);
  return [x.dtype, ...values].join(" ");
}

/** As Python's `%.6g`, for the values that come here. */
const text = (value: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  return String(Number(value.toPrecision(6)));
};

const pairs: Readonly<Record<string, (x: Tensor, y: Tensor | number) => Tensor>> = {
  add: (x, y) => x.add(y),
  div: (x, y) => x.div(y),
  eq: (x, y) => x.eq(y),
  add_: (x, y) => x.clone().add_(y),
  div_: (x, y) => x.clone().div_(y),
};

describe("type promotion as PyTorch's", () => {
  for (const [name, op] of Object.entries(pairs)) {
    for (const a of dtypes) {
      it(`${name} of ${a} with every dtype, 0-d tensors and numbers`, () => {
        const x = made(left, a);
        const wrong: string[] = [];
        const check = (row: string, call: () => Tensor): void => {
          const [own, theirs] = [outcome(call), golden[row]];
          assert.ok(theirs !== undefined, `no row "${row}": run test/golden/ops/promotion.py`);
          if (own !== theirs) wrong.push(`${row}: expected ${theirs}, got ${own}`);
        };
        for (const b of dtypes) {
          check(`${name} ${a} ${b}`, () => op(x, made(right, b)));
          check(`${name} ${a} ${b} 0-d`, () => op(x, made(right[2], b)));
          if (!name.endsWith("_")) check(`${name} 0-d ${a} ${b}`, () => op(made(left[2], a), made(right, b)));
        }
        for (const number of numbers) check(`${name} ${a} ${number}`, () => op(x, number));
        assert.deepEqual(wrong, []);
      });
    }
  }

  const own = Object.keys(pairs);
  const one = [...new Set(Object.keys(golden).map((row) => row.split(" ")[0]))].filter((name) => !own.includes(name));
  for (const name of one) {
    it(`${name} of every dtype`, () => {
      const [owner, key] = name.startsWith("F.") ? [F, name.slice(2)] : [ops, name];
      const op = (owner as unknown as Readonly<Record<string, (x: Tensor) => Tensor>>)[key];
      const results = dtypes.map((dtype) => `${dtype}: ${outcome(() => op(made(left, dtype))).split(" ")[0]}`);
      assert.deepEqual(
        results,
        dtypes.map((dtype) => `${dtype}: ${golden[`${name} ${dtype}`]}`),
      );
    });
  }

  it("refuses an in-place result of a higher kind, naming both dtypes", () => {
    assert.throws(
      () => tensor([1n]).add_(0.5),
      (error: unknown) => {
        assert.ok(error instanceof DTypeError);
        assert.match(error.message, /add_.*float32.*int64/);
        return true;
      },
    );
  });

  it("makes a floating result of integers that keeps a gradient's dtype", () => {
    const weight = tensor([0.5, 2], { requiresGrad: true });
    weight
      .mul(tensor([3n, 4n]))
      .sum()
      .backward();
    assert.equal(weight.grad?.dtype, "float32");
    assert.ok(isFloating(weight.grad.dtype));
    assert.deepEqual(weight.grad.toArray(), [3, 4]);
  });
});
