// Every in-place form of an elementwise operation does what the operation does, to the tensor and to its views, and is
// recorded.
import assert from "node:assert/strict";
import { AutogradError, type Tensor, noGrad, tensor } from "../../engine/index.js";
import * as forms from "../../engine/ops/inplaceElementwise.js";
import * as ops from "../../engine/ops/index.js";

type Call = (x: Tensor, ...rest: unknown[]) => Tensor;

const values = [0.25, 0.5, 0.75, 0.9];
const other = (): Tensor => tensor([0.5, 0.5, 0.25, 2], { dtype: "float64" });

/** What a form wants beside its tensor; a number's place is filled by a tensor too. */
const argumentsOf: Readonly<Record<string, () => readonly unknown[]>> = {
  clamp_: () => [0.3, 0.8],
  clampMin_: () => [0.3],
  clampMax_: () => [0.8],
  lerp_: () => [other(), 0.3],
  addcmul_: () => [other(), other(), { value: 2 }],
  addcdiv_: () => [other(), other(), { value: 2 }],
  pow_: () => [3],
  cumsum_: () => [0],
  cumprod_: () => [0],
};
const binaries =
  "eq_ ge_ gt_ le_ lt_ ne_ fmod_ remainder_ floorDivide_ atan2_ logicalAnd_ logicalOr_ logicalXor_".split(" ");

describe("in-place elementwise forms", () => {
  for (const [name, form] of Object.entries(forms) as [string, Call][]) {
    const bits = name.startsWith("bitwise");
    const rest = (): readonly unknown[] => {
      if (bits) return name === "bitwiseNot_" ? [] : [tensor([1n, 3n, 0n, 7n])];
      return argumentsOf[name]?.() ?? (binaries.includes(name) ? [other()] : []);
    };
    const plain = (ops as unknown as Record<string, Call>)[name.slice(0, -1)];
    const made = (): Tensor => (bits ? tensor([1n, 2n, 3n, 4n]) : tensor(values, { dtype: "float64" }));

    it(`${name} changes the tensor and its views as ${name.slice(0, -1)} says`, () => {
      const x = made();
      const view = x.view([2, 2]);
      const expected = plain(made(), ...rest()).to(x.dtype);
      const version = x.version;
      assert.equal(form(x, ...rest()), x);
      assert.deepEqual(x.toArray(), expected.toArray());
      assert.deepEqual((view.toArray() as number[][]).flat(), expected.toArray());
      assert.ok(x.version > version);
    });

    if (bits) continue;
    it(`${name} is recorded, and refused on a leaf`, () => {
      const leaf = made().requiresGrad_();
      assert.throws(() => form(leaf, ...rest()), AutogradError);
      noGrad(() => form(leaf, ...rest()));

      const [a, b] = [made().requiresGrad_(), made().requiresGrad_()];
      form(a.mul(1), ...rest())
        .sum()
        .backward();
      const out = plain(b.mul(1), ...rest()).to("float64");
      if (out.requiresGrad) out.sum().backward();
      assert.deepEqual(a.grad?.toArray(), b.grad?.toArray() ?? [0, 0, 0, 0]);
    });
  }
});
