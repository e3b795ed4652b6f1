// Every operation, on every CPU device, from its own samples: shape rule against TensorFlow's answer, value and gradient
// against PyTorch's (test/golden/ops), gradient and its gradient against finite differences, the meta device.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { native } from "../../engine/backend/native.js";
import { gradcheck, gradgradcheck } from "../../engine/autograd/index.js";
import { backward } from "../../engine/backward.js";
import { type DType, isFloating } from "../../engine/dtype.js";
import { GradtapeError, type Tensor, arange } from "../../engine/index.js";
import type { Sample, SampleInput } from "../../engine/op.js";
import { type SampledOp, sampledOps, tensorsOf, valuesOf } from "./samples.js";

interface Golden {
  /** What PyTorch was asked: a sample that changed since has no golden value. */
  readonly torch: string;
  readonly outs: readonly {
    readonly dtype: DType;
    readonly shape: readonly number[];
    readonly values: readonly (number | boolean | string)[];
  }[];
  readonly grads?: readonly (readonly (number | string)[] | null)[];
}

function goldenOf(name: string): readonly Golden[] {
  const file = new URL(`../golden/ops/values/${name}.json`, import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as readonly Golden[]) : [];
}

/** Relative to 1 + |value|. */
const tolerances: Partial<Record<DType, number>> = { float64: 1e-9, float32: 1e-5, float16: 4e-3, bfloat16: 3e-2 };

const flat = (x: Tensor): number[] =>
  Array.from((isFloating(x.dtype) ? x.to("float64") : x).toTypedArray() as ArrayLike<number | bigint>, Number);

function close(
  actual: readonly number[],
  expected: readonly (number | boolean | string)[],
  what: string,
  tolerance = 1e-9,
): void {
  assert.equal(actual.length, expected.length, `${what}: number of elements`);
  actual.forEach((value, i) => {
    const wanted = Number(expected[i]);
    const same = Object.is(value, wanted) || (Number.isNaN(value) && Number.isNaN(wanted)) || value === wanted;
    assert.ok(
      same || Math.abs(value - wanted) <= tolerance * (1 + Math.abs(wanted)),
      `${what}[${i}]: expected ${wanted}, got ${value}`,
    );
  });
}

/** Some cotangent of the result's shape. */
const cotangent = (out: Tensor): Tensor =>
  arange(1, out.numel() + 1, 1, { dtype: "float64", device: out.device })
    .to(out.dtype)
    .reshape(out.shape)
    .detach();

const differentiable = (outs: readonly Tensor[]): readonly Tensor[] => outs.filter((out) => out.requiresGrad);

function checkAgainstPyTorch({ call }: SampledOp, sample: Sample, wanted: Golden, device: string): void {
  const { leaves, viewed } = tensorsOf(sample, device);
  const outs = call(viewed(leaves), sample.args ?? []);
  assert.equal(outs.length, wanted.outs.length, "number of results");
  outs.forEach((out, i) => {
    const { shape, dtype, values } = wanted.outs[i];
    assert.deepEqual(out.shape, shape, "shape");
    assert.equal(out.dtype, dtype, "dtype");
    assert.equal(out.device.name, device, "device");
    close(flat(out), values, "value", tolerances[dtype] ?? 0);
    assert.deepEqual(native().info(out.strided().id).dims, out.shape, "TensorFlow's shape");
  });
  const graded = differentiable(outs);
  assert.equal(graded.length > 0, wanted.grads !== undefined, "requiresGrad");
  if (!wanted.grads) return;
  backward(graded, graded.map(cotangent));
  wanted.grads.forEach((grad, i) => {
    if (!grad) return;
    const own = leaves[i].grad;
    assert.ok(own, `input ${i} has no gradient`);
    assert.deepEqual(own.shape, leaves[i].shape);
    close(flat(own), grad, `gradient ${i}`, tolerances[own.dtype] ?? 0);
  });
}

/**
 * First gradients of every element where that is quick, second ones along random directions. Kinks lie farther apart than
 * these steps.
 */
function checkSlopes({ call }: SampledOp, sample: Sample): void {
  const { leaves, viewed } = tensorsOf(sample);
  const f = (...inputs: Tensor[]): readonly Tensor[] => call(viewed(inputs), sample.args ?? []);
  const checked = leaves.map((x) => (x.dtype === "float64" ? x : x.detach()));
  const fastMode = checked.reduce((n, x) => n + x.numel(), 0) > mostElements;
  gradcheck(f, checked, { eps: 1e-5, atol: 1e-5, rtol: 1e-5, fastMode });
  gradgradcheck(f, checked, { eps: 1e-5, atol: 1e-4, rtol: 1e-4, fastMode: true });
}

const mostElements = 64;

const hasFloat64 = (input: SampleInput): boolean => valuesOf(input).dtype === "float64";

describe("operations", () => {
  for (const [name, sampled] of sampledOps()) {
    describe(name, () => {
      const golden = goldenOf(name);
      it("has at least six samples", () => assert.ok(sampled.op.samples.length >= 6, `${sampled.op.samples.length}`));
      sampled.op.samples.forEach((sample, index) => {
        const text = sample.torch ?? sampled.op.torch;
        const shapes = sample.in
          .map((input) => valuesOf(input))
          .map(({ dtype, shape }) => `${dtype} [${shape.join(", ")}]`);
        const title = `${index}: ${text} of ${shapes.join(", ")}`;
        for (const device of ["cpu", "cpu:1"]) {
          it(`${title} as PyTorch, on ${device}`, () => {
            const wanted = golden[index];
            assert.equal(wanted?.torch, text, "no golden value: run test/golden/ops/write.ts");
            checkAgainstPyTorch(sampled, sample, wanted, device);
          });
        }
        it(`${title} on meta: the shape without values`, () => {
          const { leaves, viewed } = tensorsOf(sample);
          const inputs = viewed(leaves.map((x) => x.detach().to("meta")));
          const call = () => sampled.call(inputs, sample.args ?? []);
          if (sample.meta === false) {
            assert.throws(call, (e: Error) => e instanceof GradtapeError && /depends on/.test(e.message));
            return;
          }
          call().forEach((out, i) => {
            assert.deepEqual(out.shape, golden[index].outs[i].shape);
            assert.equal(out.dtype, golden[index].outs[i].dtype);
            assert.equal(out.device.name, "meta");
          });
        });
        if (sampled.op.differentiable && sample.gradcheck !== false && sample.in.some(hasFloat64)) {
          it(`${title}: slopes`, () => checkSlopes(sampled, sample));
        }
      });
    });
  }
});
