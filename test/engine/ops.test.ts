// Every operation, on every CPU device, from its own samples: shape rule against TensorFlow's answer, value and gradient
// against PyTorch's (test/golden/ops), gradient and its gradient against finite differences, the meta device.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { native } from "../../engine/backend/native.js";
import { type Tensor, arange, fromTypedArray, noGrad } from "../../engine/index.js";
import type { Sample } from "../../engine/op.js";
import { sizeOf } from "../../engine/shape.js";
import { type SampledOp, sampledOps, tensorsOf } from "./samples.js";

interface Golden {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean | string)[];
  readonly grads?: readonly (readonly (number | string)[] | null)[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/ops/ops.json", import.meta.url), "utf8")) as Record<
  string,
  Golden
>;

const flat = (x: Tensor): number[] => Array.from(x.toTypedArray() as ArrayLike<number | bigint>, Number);

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
  arange(1, out.numel() + 1, 1, { dtype: out.dtype, device: out.device })
    .reshape(out.shape)
    .detach();

function checkAgainstPyTorch({ call }: SampledOp, sample: Sample, wanted: Golden, device: string): void {
  const inputs = tensorsOf(sample, device);
  const out = call(inputs, sample.args ?? []);
  assert.deepEqual(out.shape, wanted.shape, "shape");
  assert.equal(out.dtype, wanted.dtype, "dtype");
  assert.equal(out.device.name, device, "device");
  const tolerance = out.dtype === "float32" ? 1e-5 : 1e-9;
  close(flat(out), wanted.values, "value", tolerance);
  const told = native().info(out.strided().id);
  assert.deepEqual(told.dims, out.shape, "TensorFlow's shape");
  assert.equal(out.requiresGrad, wanted.grads !== undefined, "requiresGrad");
  if (!wanted.grads) return;
  out.backward(cotangent(out));
  wanted.grads.forEach((grad, i) => {
    if (!grad) return;
    const own = inputs[i].grad;
    assert.ok(own, `input ${i} has no gradient`);
    assert.deepEqual(own.shape, inputs[i].shape);
    close(flat(own), grad, `gradient ${i}`, tolerance);
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
  const inputs = tensorsOf(sample);
  const weigh = (out: Tensor): Tensor => out.mul(cotangent(out)).sum();
  const value = (): number => noGrad(() => weigh(call(inputs, sample.args ?? [])).item());
  const out = weigh(call(inputs, sample.args ?? []));
  out.backward(undefined, { createGraph: true });
  const firsts = inputs.map((x) => x.grad);
  inputs.forEach((x, n) => {
    const grad = firsts[n];
    if (!x.requiresGrad || !grad) return;
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

/** The gradient of the gradient: d(sum of squares of all first gradients)/dx. */
function checkSecondSlopes(call: SampledOp["call"], sample: Sample): void {
  const inputs = tensorsOf(sample);
  const energy = (): Tensor => {
    for (const x of inputs) x.grad = undefined;
    const out = call(inputs, sample.args ?? []);
    out.mul(cotangent(out)).sum().backward(undefined, { createGraph: true });
    return inputs.flatMap((x) => (x.grad ? [x.grad.square().sum()] : [])).reduce((a, b) => a.add(b));
  };
  const total = energy();
  for (const x of inputs) x.grad = undefined;
  if (!total.requiresGrad) return; // linear in every input: the gradient depends on none
  total.backward();
  const seconds = inputs.map((x) => (x.grad ? flat(x.grad) : undefined));
  inputs.forEach((x, n) => {
    if (!x.requiresGrad) return;
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

describe("operations", () => {
  for (const [name, sampled] of sampledOps()) {
    describe(name, () => {
      sampled.op.samples.forEach((sample, index) => {
        const text = sample.torch ?? sampled.op.torch;
        for (const device of ["cpu", "cpu:1"]) {
          it(`${text} as PyTorch, on ${device}`, () => {
            const wanted = golden[`${name}/${index}`];
            assert.ok(wanted, "no golden value: run test/golden/ops/write.ts");
            checkAgainstPyTorch(sampled, sample, wanted, device);
          });
        }
        it(`${text} on meta: the shape without values`, () => {
          const inputs = tensorsOf(sample).map((x) => x.detach().to("meta"));
          const out = sampled.call(inputs, sample.args ?? []);
          assert.deepEqual(out.shape, golden[`${name}/${index}`].shape);
          assert.equal(out.device.name, "meta");
        });
        if (sampled.op.differentiable && sample.gradcheck !== false) {
          it(`${text}: slopes`, () => checkSlopes(sampled, sample));
        }
      });
    });
  }
});
