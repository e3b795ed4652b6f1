// Gradient clipping beside PyTorch (test/golden/training/write.py), and its edges.
import assert from "node:assert/strict";
import { GradtapeError, type Tensor, nn, ones, tensor, zeros } from "../../engine/index.js";
import type { DType } from "../../engine/dtype.js";
import { assertClose, fill, flat, golden } from "./formula.js";

const shapes = [[2, 3], [5], []];

interface Clipping {
  readonly action: "clipGradNorm" | "clipGradValue";
  readonly argument: number;
  readonly options: { readonly normType?: number | "Infinity" };
  readonly scale: number;
  readonly norm: number | null;
  readonly grads: readonly (readonly number[])[];
}

describe("nn.utils", () => {
  const withGrads = (scale: number, dtype: DType = "float64") => {
    const params = shapes.map((shape) => zeros(shape, { dtype }).requiresGrad_());
    params.forEach(
      (p, i) =>
        (p.grad = fill(shapes[i], 3 + i)
          .mul(scale)
          .to(dtype)),
    );
    return params;
  };
  for (const one of golden("clipping.json") as readonly Clipping[]) {
    it(`${one.action}_(${one.argument}, ${JSON.stringify(one.options)}), gradients times ${one.scale}`, () => {
      const params = withGrads(one.scale);
      if (one.action === "clipGradNorm") {
        const { normType } = one.options;
        const norm = nn.utils.clipGradNorm_(params, one.argument, {
          normType: normType === "Infinity" ? Infinity : normType,
        });
        assertClose([norm.item()], [one.norm as number], 1e-14, "norm");
      } else nn.utils.clipGradValue_(params, one.argument);
      params.forEach((p, i) => assertClose(flat(p.grad as Tensor), one.grads[i], 1e-14, `gradient ${i}`));
    });
  }

  it("passes over what has no gradient, takes one tensor, and gives 0 for nothing", () => {
    const p = ones([2]).requiresGrad_();
    assert.equal(nn.utils.clipGradNorm_([p], 1).item(), 0);
    assert.equal(nn.utils.clipGradNorm_([], 1).item(), 0);
    p.grad = tensor([3, 4]);
    assert.equal(nn.utils.clipGradNorm_(p, 1).item(), 5);
    assert.ok(Math.abs(nn.utils.clipGradNorm_(p, 1).item() - 1) < 1e-5);
    nn.utils.clipGradValue_(p, 0.7);
    const [a, b] = flat(p.grad);
    assert.ok(Math.abs(a - 0.6) < 1e-5 && Math.abs(b - 0.7) < 1e-6);
  });

  it("measures halves without overflow, and over devices", () => {
    const p = ones([2]).requiresGrad_().to("float16").detach().requiresGrad_();
    p.grad = tensor([300, 400], { dtype: "float16" });
    const q = ones([1], { device: "cpu:1" }).requiresGrad_();
    q.grad = tensor([1200], { device: "cpu:1" });
    assert.equal(nn.utils.clipGradNorm_([p, q], 13).item(), 1300);
    assert.ok(Math.abs(q.grad.item() - 12) < 1e-4);
  });

  it("spreads a NaN as PyTorch does, or refuses it", () => {
    const bad = () => {
      const [p, q] = [ones([1]).requiresGrad_(), ones([1]).requiresGrad_()];
      [p.grad, q.grad] = [tensor([NaN]), tensor([1])];
      return [p, q];
    };
    const params = bad();
    assert.throws(
      () => nn.utils.clipGradNorm_(params, 1, { errorIfNonfinite: true }),
      (e) =>
        e instanceof GradtapeError && /clipGradNorm_: expected gradients of a finite norm, got NaN/.test(e.message),
    );
    assert.deepEqual(params[1].grad?.toArray(), [1]);
    assert.ok(Number.isNaN(nn.utils.clipGradNorm_(params, 1).item()));
    assert.ok(params.every((p) => Number.isNaN(p.grad?.item())));
  });

  it("refuses what is no norm", () => {
    const params = withGrads(1);
    assert.throws(() => nn.utils.clipGradNorm_(params, NaN), /clipGradNorm_: expected maxNorm as a number/);
    assert.throws(() => nn.utils.clipGradNorm_(params, 1, { normType: 0 }), /expected normType > 0, got 0/);
    assert.throws(() => nn.utils.clipGradValue_(params, -1), /clipGradValue_: expected clipValue >= 0, got -1/);
  });
});
