// Bad input: a typed error that names the operation, the argument and the shapes, and whose stack begins in the user's
// code. What every operation must refuse is asked of every operation.
import assert from "node:assert/strict";
import {
  ArgumentError,
  AutogradError,
  DeviceError,
  F,
  GradtapeError,
  ShapeError,
  type Tensor,
  noGrad,
  ones,
  tensor,
  zeros,
} from "../../engine/index.js";
import { sampledOps, tensorsOf } from "./samples.js";

/** The error of a call that must fail on purpose, with this file as the first frame of its stack. */
function errorOf(call: () => unknown): GradtapeError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof GradtapeError, String((error as Error).stack));
    const frame = error.stack?.split("\n").find((line) => line.startsWith("    at "));
    assert.match(frame ?? "", /badInput\.test\.ts|samples\.ts/, error.stack);
    return error;
  }
  throw new Error("nothing was thrown");
}

/** These ask another tensor for its shape only, or take indices from the CPU wherever they are used, as in PyTorch. */
const anyDevice = new Set(["expandAs", "viewAs", "reshapeAs", "get", "indexPut", "broadcastTensors"]);

describe("bad input to every operation", () => {
  for (const [name, { op, call }] of sampledOps()) {
    const sample = op.samples.find((s) => s.in.length >= 2);
    if (sample && !anyDevice.has(name)) {
      it(`${name}: tensors on different devices`, () => {
        const { leaves } = tensorsOf(sample);
        const mixed = leaves.map((x, i) => (i === 1 ? x.detach().to("cpu:1") : x));
        // A 0-d tensor on the CPU goes where the other is, as in PyTorch.
        if (mixed.some((x) => x.ndim === 0)) return;
        const error = errorOf(() => call(mixed, sample.args ?? []));
        assert.ok(error instanceof DeviceError, error.message);
        assert.match(error.message, /expected all tensors on one device, got .*cpu:1.*; move them with \.to\(device\)/);
      });
    }
    it(`${name}: something that is no tensor`, () => {
      const error = errorOf(() => call(["text" as unknown as Tensor], op.samples[0].args ?? []));
      assert.match(error.message, /expected/);
    });
  }
});

describe("bad input", () => {
  const [a, b] = [zeros([2, 3]), zeros([4, 5])];
  const cases: readonly (readonly [string, () => unknown, new (...args: never[]) => GradtapeError, RegExp])[] = [
    [
      "shapes that do not broadcast",
      () => a.add(b),
      ShapeError,
      /add: expected shapes that broadcast, got \[2, 3\] and \[4, 5\]/,
    ],
    ["a product of matrices that do not fit", () => a.matmul(b), ShapeError, /matmul: .*\[2, 3\].*\[4, 5\]/],
    ["a dim out of range", () => a.sum(2), ArgumentError, /sum: expected a dim in \[-2, 1\], got 2/],
    ["a dim twice", () => a.sum([0, 0]), ArgumentError, /sum: expected each dim once/],
    ["an index out of bounds", () => a.get(5), ArgumentError, /get: .*5 .*dim 0 of \[2, 3\]/],
    ["an index of a tensor out of bounds", () => a.indexSelect(0, tensor([0n, 7n])), GradtapeError, /indexSelect: .*7/],
    ["a class out of range", () => F.nllLoss(a, tensor([0n, 3n])), GradtapeError, /nllLoss: .*3/],
    ["a reshape to another number of elements", () => a.view(4, 2), ShapeError, /view: .*\[4, 2\]/],
    ["a wrong dtype", () => F.nllLoss(a, zeros([2])), GradtapeError, /nllLoss: expected class numbers .*float32/],
    ["NaN as an integer", () => tensor([NaN], { dtype: "int64" }), ArgumentError, /finite values for int64, got NaN/],
    [
      "backward of several elements",
      () => ones([2], { requiresGrad: true }).mul(2).backward(),
      ShapeError,
      /expected a scalar, got \[2\]/,
    ],
    ["backward of what needs none", () => ones([]).backward(), AutogradError, /depends on one with requiresGrad/],
    ["in place on a leaf", () => ones([2], { requiresGrad: true }).add_(1), AutogradError, /leaf that requires grad/],
    [
      "a result that does not fit in place",
      () => zeros([3]).add_(zeros([2, 3])),
      ShapeError,
      /add_: the result of \[2, 3\] does not fit/,
    ],
    [
      "fractions in place of integers",
      () => tensor([1n]).add_(0.5),
      GradtapeError,
      /add_: a float32 result cannot be stored in place into int64/,
    ],
  ];
  for (const [what, call, type, pattern] of cases) {
    it(what, () => {
      const error = errorOf(call);
      assert.ok(error instanceof type, `${error.name}: ${error.message}`);
      assert.match(error.message, pattern);
    });
  }

  it("backward twice", () => {
    const y = ones([1], { requiresGrad: true }).square();
    y.backward();
    assert.match(errorOf(() => y.backward()).message, /retainGraph: true/);
  });

  it("a saved tensor that was changed", () => {
    const h = ones([2], { requiresGrad: true }).mul(2);
    const y = h.square();
    noGrad(() => h.zero_());
    assert.match(
      errorOf(() => y.sum().backward()).message,
      /square needs input 0 \(float32 \[2\]\).*version 1, expected 0/,
    );
  });
});
