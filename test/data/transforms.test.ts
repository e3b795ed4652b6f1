import assert from "node:assert/strict";
import { tensor } from "../../engine/create.js";
import "../../engine/index.js";
import { RawArray } from "../../engine/data/raw.js";
import { Compose, Lambda, Normalize, ToTensor, type Transform } from "../../engine/data/transforms/index.js";
import { rawStep } from "../../engine/data/transforms/transform.js";
import { DTypeError, ShapeError } from "../../engine/errors.js";
import { Tensor } from "../../engine/tensor.js";

/** Every byte once or more, so that nothing hides between the values. */
function image(...shape: number[]): RawArray {
  const length = shape.reduce((a, b) => a * b, 1);
  return new RawArray(
    Uint8Array.from({ length }, (_, i) => (i * 37) % 256),
    shape,
    "uint8",
  );
}

const asTensor = (array: RawArray): Tensor =>
  tensor(Array.from(array.data as Uint8Array), { dtype: "uint8" }).reshape([...array.shape]);

const stepwise = (steps: readonly Transform[], bytes: RawArray) =>
  steps.map(rawStep).reduce<RawArray | Tensor>((value, step) => step(value), bytes);

function values(result: RawArray | Tensor): number[] {
  return Array.from((result instanceof Tensor ? result.toTypedArray() : result.data) as Float32Array);
}

describe("transforms", function () {
  this.timeout(20_000);
  const mnist = [new ToTensor(), new Normalize([0.1307], [0.3081])];

  it("gives PyTorch's own float32 values for MNIST's transform", () => {
    const bytes = new RawArray(Uint8Array.of(0, 1, 51, 128, 255, 0), [2, 3, 1], "uint8");
    // torchvision's ToTensor and Normalize((0.1307,), (0.3081,)) on the same bytes.
    const expected = [
      -0.4242129623889923, -0.4114847183227539, 0.22492696344852448, 1.2050011157989502, 2.821486711502075,
      -0.4242129623889923,
    ];
    const composed = new Compose(mnist);
    const raw = composed.raw(bytes);
    assert.ok(raw instanceof RawArray, "no step needs a tensor");
    assert.deepEqual(raw.shape, [1, 2, 3]);
    assert.equal(raw.dtype, "float32");
    assert.deepEqual(values(raw), expected);
    assert.deepEqual(values(composed.forward(asTensor(bytes))), expected);
    assert.deepEqual(values(stepwise(mnist, bytes)), expected);
  });

  it("does the same on tensors, typed arrays and by table, for one channel and for three", () => {
    for (const shape of [
      [16, 16],
      [16, 16, 1],
      [11, 9, 3],
    ]) {
      const channels = shape[2] ?? 1;
      const mean = [0.485, 0.456, 0.406].slice(0, channels);
      const std = [0.229, 0.224, 0.225].slice(0, channels);
      const steps = [new ToTensor(), new Normalize(mean, std), new Normalize([0.5], [2])];
      const bytes = image(...shape);
      const slow = new Compose(steps).forward(asTensor(bytes));
      const table = new Compose(steps).raw(bytes);
      const plain = stepwise(steps, bytes);
      assert.ok(table instanceof RawArray && plain instanceof RawArray);
      assert.deepEqual([...slow.shape], [channels, shape[0], shape[1]]);
      assert.deepEqual(table.shape, slow.shape);
      assert.deepEqual(plain.shape, slow.shape);
      assert.deepEqual(values(table), values(slow));
      assert.deepEqual(values(plain), values(slow));
    }
  });

  it("puts channels first: pixel [h, w, c] goes to [c, h, w]", () => {
    const bytes = new RawArray(Uint8Array.of(255, 0, 51, 0, 255, 102), [1, 2, 3], "uint8");
    const expected = [1, 0, 0, 1, Math.fround(0.2), Math.fround(0.4)];
    assert.deepEqual(values(new ToTensor().raw(bytes)), expected);
    assert.deepEqual(values(new ToTensor().forward(asTensor(bytes))), expected);
  });

  it("scales only uint8, as PyTorch does", () => {
    const floats = new RawArray(Float32Array.of(1, 200, 3, 4, 5, 6), [1, 2, 3], "float32");
    const raw = new ToTensor().raw(floats);
    assert.deepEqual(values(raw), [1, 4, 200, 5, 3, 6]);
    const composed = new Compose([new ToTensor(), new Normalize([1], [1])]).raw(floats);
    assert.deepEqual(values(composed), [0, 3, 199, 4, 2, 5]);
  });

  it("normalises float64 without rounding to float32, and batches of images", () => {
    const doubles = new RawArray(Float64Array.of(0.1, 0.2, 0.3, 0.4), [2, 2, 1, 1], "float64");
    const normalize = new Normalize([0.1, 0.3], [0.7, 0.9]);
    const expected = [(0.1 - 0.1) / 0.7, (0.2 - 0.3) / 0.9, (0.3 - 0.1) / 0.7, (0.4 - 0.3) / 0.9];
    assert.deepEqual(values(normalize.raw(doubles)), expected);
    const onTensor = normalize.forward(tensor([0.1, 0.2, 0.3, 0.4], { dtype: "float64" }).reshape([2, 2, 1, 1]));
    assert.equal(onTensor.dtype, "float64");
    assert.deepEqual(values(onTensor), expected);
  });

  it("calls a user's function with a tensor, at any place in a Compose", () => {
    const shapes: string[] = [];
    const look = (x: Tensor) => {
      assert.ok(x instanceof Tensor);
      shapes.push(`${x.dtype} ${x.shape.join("x")}`);
      return x;
    };
    const composed = new Compose([
      look,
      new ToTensor(),
      look,
      new Lambda((x) => x.mul(2)),
      new Normalize([0.5], [0.5]),
    ]);
    const result = composed.raw(image(4, 5, 1));
    assert.ok(result instanceof Tensor);
    assert.deepEqual(shapes, ["uint8 4x5x1", "float32 1x4x5"]);
    assert.ok(Math.abs(values(result)[1] - ((37 / 255) * 2 - 0.5) / 0.5) < 1e-6);
  });

  it("obeys a subclass that overrides forward alone", () => {
    class Inverted extends ToTensor {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(-1).add(1);
      }
    }
    class Doubled extends Normalize {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2);
      }
    }
    const bytes = new RawArray(Uint8Array.of(255, 0), [1, 2, 1], "uint8");
    assert.deepEqual(values(new Compose([new Inverted(), new Normalize([0], [1])]).raw(bytes)), [0, 1]);
    assert.deepEqual(values(new Compose([new ToTensor(), new Doubled([0], [1])]).raw(bytes)), [2, 0]);
    assert.deepEqual(values(new Compose([new Compose([new ToTensor()]), new Normalize([1], [1])]).raw(bytes)), [0, -1]);
  });

  it("refuses what does not fit, naming the transform", () => {
    assert.throws(() => new Normalize([], []), /^ArgumentError: Normalize: expected a mean and a std for each channel/);
    assert.throws(() => new Normalize([0, 0], [1]), /got 2 and 1 numbers/);
    assert.throws(() => new Normalize([0], [0]), /std that is not 0 in float32, got \[0\]/);
    assert.throws(() => new Normalize([0], [1e-60]), /std that is not 0 in float32/);
    assert.throws(() => new Normalize([NaN], [1]), /finite numbers, got NaN/);
    const three = new Normalize([0, 0, 0], [1, 1, 1]);
    for (const step of [
      () => new Compose([new ToTensor(), three]).raw(image(4, 4, 1)),
      () => three.raw(new ToTensor().raw(image(4, 4, 1))),
    ]) {
      assert.throws(
        step,
        (error) => error instanceof ShapeError && /Normalize: expected 3 channels.*got 1$/.test(error.message),
      );
    }
    assert.throws(
      () => three.raw(image(3, 4, 4)),
      (error) => error instanceof DTypeError && /put ToTensor before it/.test(error.message),
    );
    assert.throws(
      () => new ToTensor().raw(image(4)),
      (error) => error instanceof ShapeError && /ToTensor: expected an image.*got \[4\]$/.test(error.message),
    );
    assert.throws(() => new ToTensor().forward(asTensor(image(4))), /ToTensor: expected an image/);
  });
});
