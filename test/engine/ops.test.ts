// Every operation, on every CPU device, from its own samples: shape rule against TensorFlow's answer, value and gradient
// against PyTorch's (test/golden/ops), gradient and its gradient against finite differences, the meta device.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { native } from "../../engine/backend/native.js";
import { backward } from "../../engine/backward.js";
import { type DType, isFloating } from "../../engine/dtype.js";
import { type Tensor, arange, fromTypedArray, noGrad } from "../../engine/index.js";
import type { Sample, SampleInput } from "../../engine/op.js";
import { sizeOf } from "../../engine/shape.js";
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
  const { leaves, inputs } = tensorsOf(sample, device);
  const outs = call(inputs(), sample.args ?? []);
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

/** d(sum(op * cotangent))/dx by central differences. */
function numeric(f: () => number, x: Tensor, i: number): number {
  const h = 1e-5;
  const values = x.toTypedArray() as Float64Array;
  const at = (delta: number): number => {
    const moved = Float64Array.from(values);
    moved[i] += delta;
    noGrad(() => x.copy_(fromValues(moved, x)));
    return f();
  };
  const slope = (at(h) - at(-h)) / (2 * h);
  noGrad(() => x.copy_(fromValues(values, x)));
  return slope;
}

const fromValues = (values: Float64Array, like: Tensor): Tensor => fromTypedArray(values, like.shape);

function checkSlopes({ call }: SampledOp, sample: Sample): void {
  const { leaves, inputs } = tensorsOf(sample);
  const value = (): number => noGrad(() => weighed(call(inputs(), sample.args ?? [])).item());
  weighed(call(inputs(), sample.args ?? [])).backward(undefined, { createGraph: true });
  const firsts = leaves.map((x) => x.grad);
  leaves.forEach((x, n) => {
    const grad = firsts[n];
    if (x.dtype !== "float64" || !grad) return;
    const own = flat(grad);
    for (const i of picked(x)) {
      const slope = numeric(value, x, i);
      assert.ok(
        Math.abs(own[i] - slope) <= 1e-5 * (1 + Math.abs(slope)),
        `d/d input ${n}[${i}]: expected ${slope}, got ${own[i]}`,
      );
    }
  });
  checkSecondSlopes(call, sample);
}

const weighed = (outs: readonly Tensor[]): Tensor =>
  outs
    .filter((out) => isFloating(out.dtype))
    .map((out) => out.mul(cotangent(out)).sum())
    .reduce((a, b) => a.add(b));

/** The gradient of the gradient: d(sum of squares of all first gradients)/dx. */
function checkSecondSlopes(call: SampledOp["call"], sample: Sample): void {
  const { leaves, inputs } = tensorsOf(sample);
  const energy = (): Tensor => {
    for (const x of leaves) x.grad = undefined;
    weighed(call(inputs(), sample.args ?? [])).backward(undefined, { createGraph: true });
    return leaves.flatMap((x) => (x.grad ? [x.grad.square().sum()] : [])).reduce((a, b) => a.add(b));
  };
  const total = energy();
  for (const x of leaves) x.grad = undefined;
  if (!total.requiresGrad) return; // linear in every input: the gradient depends on none
  total.backward();
  const seconds = leaves.map((x) => (x.grad ? flat(x.grad) : undefined));
  leaves.forEach((x, n) => {
    if (x.dtype !== "float64") return;
    for (const i of picked(x).slice(0, 3)) {
      const slope = numeric(() => energy().item(), x, i);
      const own = seconds[n]?.[i] ?? 0;
      assert.ok(
        Math.abs(own - slope) <= 1e-4 * (1 + Math.abs(slope)),
        `d²/d input ${n}[${i}]²: expected ${slope}, got ${own}`,
      );
    }
  });
}

/** At most eight elements, spread over the tensor. */
const picked = (x: Tensor): number[] => {
  const size = sizeOf(x.shape);
  const step = Math.max(1, Math.floor(size / 8));
  return Array.from({ length: Math.min(size, 8) }, (_, k) => k * step);
};

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
          const inputs = tensorsOf(sample)
            .inputs()
            .map((x) => x.detach().to("meta"));
          sampled.call(inputs, sample.args ?? []).forEach((out, i) => {
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
