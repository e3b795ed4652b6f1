// Transforms of images against what torchvision gives (test/golden/vision/write.py), on tensors and on typed arrays.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fromTypedArray, zeros } from "../../engine/create.js";
import { nearestIndices } from "../../engine/data/transforms/interpolate.js";
import { RawArray } from "../../engine/data/raw.js";
import {
  CenterCrop,
  Compose,
  Grayscale,
  Normalize,
  Pad,
  RandomCrop,
  RandomHorizontalFlip,
  RandomVerticalFlip,
  Resize,
  ToTensor,
  type Transform,
} from "../../engine/data/transforms/index.js";
import type { DType } from "../../engine/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../engine/errors.js";
import "../../engine/index.js";
import { manualSeed } from "../../engine/random.js";
import { Tensor } from "../../engine/tensor.js";

interface Case {
  readonly op: string;
  readonly shape: readonly number[];
  readonly dtype: "uint8" | "float32" | "float64";
  readonly arguments: readonly never[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly outShape: readonly number[];
  readonly out: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/vision/transforms.json", import.meta.url), "utf8")) as {
  readonly nearest: string;
  readonly cases: readonly Case[];
};

const classes = { Resize, Pad, CenterCrop, Grayscale } as unknown as Readonly<
  Record<string, new (...args: readonly unknown[]) => Required<Pick<Transform, "forward" | "raw">>>
>;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** The same numbers as write.py's. */
function pattern(shape: readonly number[], dtype: Case["dtype"] = "uint8"): RawArray {
  const length = sizeOf(shape);
  const bytes = Array.from({ length }, (_, i) => (i * i * 7 + i * 37 + Math.floor(i / 5) * 101) % 256);
  const float = (byte: number) => Math.fround(Math.fround(byte / 7) - 15);
  const data =
    dtype === "uint8"
      ? Uint8Array.from(bytes)
      : dtype === "float32"
        ? Float32Array.from(bytes, float)
        : Float64Array.from(bytes, (byte) => byte / 7 - 15);
  return new RawArray(data, shape, dtype);
}

/** [C, H, W] as [H, W, C]. */
function channelsLast(image: RawArray): RawArray {
  const [channels, height, width] = image.shape;
  const data = image.data.slice();
  for (let i = 0; i < data.length; i++)
    data[i] = image.data[(i % channels) * height * width + Math.floor(i / channels)];
  return new RawArray(data, [height, width, channels], image.dtype);
}

const asTensor = (image: RawArray): Tensor => fromTypedArray(image.data, image.shape, { dtype: image.dtype });

const valuesOf = (image: RawArray | Tensor): number[] =>
  Array.from((image instanceof Tensor ? image.toTypedArray() : image.data) as Uint8Array);

function close(actual: RawArray | Tensor, shape: readonly number[], values: readonly number[], what: string): void {
  assert.deepEqual([...actual.shape], [...shape], what);
  const bound = actual.dtype === "uint8" ? 0 : actual.dtype === "float64" ? 1e-12 : 5e-6;
  valuesOf(actual).forEach((value, i) => {
    const allowed = bound * Math.max(1, Math.abs(values[i]));
    assert.ok(Math.abs(value - values[i]) <= allowed, `${what} [${i}]: ${value}, ${values[i]}`);
  });
}

/**
 * Bytes that torchvision rounded from the float32 sums of some processor: where the exact value lies between two of
 * them, either may come.
 */
function nearTies(one: Case): readonly number[] {
  const image = pattern(one.shape);
  const exact = new RawArray(Float64Array.from(image.data as Uint8Array), image.shape, "float64");
  const doubles = valuesOf(new classes[one.op](...one.arguments, one.options).raw(exact));
  const bytes = valuesOf(new classes[one.op](...one.arguments, one.options).forward(asTensor(image)));
  return one.out.map((value, i) => {
    const isTie = Math.abs(Math.abs(doubles[i] - Math.floor(doubles[i])) - 0.5) < 1e-4;
    return isTie && Math.abs(bytes[i] - value) === 1 ? bytes[i] : value;
  });
}

describe("image transforms", function () {
  this.timeout(20_000);

  it("gives torchvision's values: channels first and last, tensors and typed arrays", () => {
    assert.ok(golden.cases.length > 100);
    for (const stored of golden.cases) {
      const rounds = stored.op === "Resize" && stored.dtype === "uint8";
      const one = rounds ? { ...stored, out: nearTies(stored) } : stored;
      const what = JSON.stringify({ ...one, out: undefined });
      const transform = new classes[one.op](...one.arguments, one.options);
      const image = pattern(one.shape, one.dtype);
      close(transform.forward(asTensor(image)), one.outShape, one.out, what);
      if (one.dtype !== "uint8") {
        close(transform.raw(image), one.outShape, one.out, what);
        continue;
      }
      const expected = channelsLast(new RawArray(Uint8Array.from(one.out), one.outShape, "uint8"));
      const last = channelsLast(image);
      close(transform.raw(last), expected.shape, valuesOf(expected), `channels last, ${what}`);
      close(transform.forward(asTensor(last)), expected.shape, valuesOf(expected), `tensor, channels last, ${what}`);
    }
  });

  it("takes the nearest pixels that PyTorch takes, for all lengths up to 64", () => {
    const hash = createHash("sha256");
    for (let length = 1; length <= 64; length++) {
      for (let wanted = 1; wanted <= 64; wanted++) hash.update(nearestIndices(length, wanted));
    }
    assert.equal(hash.digest("hex"), golden.nearest);
  });

  it("computes straight into a batch, at any position", () => {
    const image = channelsLast(pattern([3, 9, 8]));
    const steps = [
      new Resize([6, 5]),
      new Pad([1, 2, 3, 4], { fill: [7, 8, 9] }),
      new CenterCrop([4, 20]),
      new RandomHorizontalFlip(1),
      new Grayscale(3),
    ];
    for (const step of steps) {
      const result = step.raw(image) as RawArray;
      const target = new Uint8Array(result.data.length + 5);
      (step.raw(image) as RawArray).copyTo(target, 5);
      assert.deepEqual(target.subarray(5), result.data, step.constructor.name);
    }
  });

  it("keeps every dtype through what only moves pixels", () => {
    const dtypes: readonly DType[] = ["int8", "int16", "int32", "int64", "bool", "float16", "bfloat16", "float64"];
    for (const dtype of dtypes) {
      const image = asTensor(pattern([2, 3, 3], "float32")).to(dtype);
      const moved = new Compose([
        new Pad(1, { fill: 1 }),
        new RandomVerticalFlip(1),
        new Resize([10, 10], { interpolation: "nearest" }),
      ]).forward(image);
      assert.equal(moved.dtype, dtype);
      assert.deepEqual([...moved.shape], [2, 10, 10]);
      const expected = new RandomVerticalFlip(1).forward(image).to("float64").toTypedArray();
      const inner = new CenterCrop(3).forward(new Resize([5, 5], { interpolation: "nearest" }).forward(moved));
      assert.deepEqual(inner.to("float64").toTypedArray(), expected, dtype);
      const corner = moved.select(0, 0).select(0, 0).select(0, 0);
      assert.equal(Number(corner.to("float64").item()), 1, dtype);
    }
  });

  it("resizes integers, halves, batches and single planes", () => {
    const floats = asTensor(pattern([1, 7, 9])).to("float32");
    const resize = new Resize([3, 4]);
    const expected = Array.from(resize.forward(floats).toTypedArray() as Float32Array);
    for (const dtype of ["int16", "int32", "int64"] as const) {
      const got = resize.forward(floats.to(dtype));
      assert.equal(got.dtype, dtype);
      Array.from(got.toTypedArray() as Int32Array, Number).forEach((value, i) => {
        assert.ok(Math.abs(value - expected[i]) <= 0.5, `${dtype} ${value} ${expected[i]}`);
      });
    }
    const half = resize.forward(floats.to("float16"));
    assert.equal(half.dtype, "float16");
    (half.to("float32").toTypedArray() as Float32Array).forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]) <= 0.1, `${value} ${expected[i]}`);
    });
    const batch = resize.forward(floats.reshape(1, 1, 7, 9));
    assert.deepEqual([...batch.shape], [1, 1, 3, 4]);
    assert.deepEqual(Array.from(batch.toTypedArray() as Float32Array), expected);
    assert.deepEqual(Array.from(resize.forward(floats.reshape(7, 9)).toTypedArray() as Float32Array), expected);
  });

  it("draws from the default generator: the same seed, the same images, by both ways", () => {
    const augment = () =>
      new Compose([
        new RandomCrop(8, { padding: 2, fill: 5 }),
        new RandomHorizontalFlip(),
        new RandomVerticalFlip(0.3),
        new ToTensor(),
        new Normalize([0.5], [0.5]),
      ]);
    const image = channelsLast(pattern([3, 8, 8]));
    const draw = (seed: number, way: "raw" | "forward") => {
      manualSeed(seed);
      const composed = augment();
      return Array.from({ length: 20 }, () =>
        valuesOf(way === "raw" ? composed.raw(image) : composed.forward(asTensor(image))),
      );
    };
    assert.deepEqual(draw(1, "raw"), draw(1, "raw"));
    assert.deepEqual(draw(1, "raw"), draw(1, "forward"));
    assert.notDeepEqual(draw(1, "raw"), draw(2, "raw"));
    assert.ok(new Set(draw(3, "raw").map(String)).size > 10);
  });

  it("crops at every place equally often, and flips with its probability", () => {
    manualSeed(7);
    const image = new RawArray(
      Uint8Array.from({ length: 16 }, (_, i) => i),
      [4, 4, 1],
      "uint8",
    );
    const counts = new Map<number, number>();
    const crop = new RandomCrop(2);
    for (let i = 0; i < 9_000; i++) {
      const [first, second, third, fourth] = valuesOf(crop.raw(image));
      assert.deepEqual([second, third, fourth], [first + 1, first + 4, first + 5]);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    assert.deepEqual(
      [...counts.keys()].sort((a, b) => a - b),
      [0, 1, 2, 4, 5, 6, 8, 9, 10],
    );
    for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 150, `${count}`);
    const row = new RawArray(Uint8Array.of(1, 2), [1, 2, 1], "uint8");
    const flip = new RandomHorizontalFlip(0.25);
    let flipped = 0;
    for (let i = 0; i < 4_000; i++) flipped += valuesOf(flip.raw(row))[0] === 2 ? 1 : 0;
    assert.ok(Math.abs(flipped - 1_000) < 120, `${flipped}`);
    assert.equal(new RandomVerticalFlip(0).raw(row), row);
  });

  it("pads an image that is too small only when asked", () => {
    const image = channelsLast(pattern([3, 4, 6]));
    assert.throws(
      () => new RandomCrop(8, { padding: 1 }).raw(image),
      /RandomCrop: expected an image of at least 8 x 8, got 6 x 8/,
    );
    manualSeed(0);
    const padded = new RandomCrop([9, 8], { padIfNeeded: true, fill: [1, 2, 3] }).raw(image);
    assert.deepEqual([...padded.shape], [9, 8, 3]);
    assert.ok(valuesOf(padded).length === 216);
  });

  it("works out shapes alone on meta", () => {
    const image = zeros([2, 3, 20, 30], { device: "meta" });
    const composed = new Compose([
      new Resize(10),
      new CenterCrop([9, 12]),
      new Pad(1),
      new RandomHorizontalFlip(1),
      new Grayscale(3),
    ]);
    const result = composed.forward(image);
    assert.equal(result.device.name, "meta");
    assert.deepEqual([...result.shape], [2, 3, 11, 14]);
  });

  it("gives gradients, and the same values as without", () => {
    const transforms = [
      new Resize([3, 4]),
      new Resize([9, 2], { antialias: false }),
      new Resize([7, 3], { interpolation: "nearest" }),
      new Pad([1, 2, 3, 4], { fill: [7, 8, 9] }),
      new Pad([1, 0], { paddingMode: "reflect" }),
      new CenterCrop([3, 9]),
      new RandomHorizontalFlip(1),
      new RandomVerticalFlip(1),
      new Grayscale(3),
    ];
    const image = asTensor(pattern([2 * 3, 5, 6], "float64"))
      .reshape(2, 3, 5, 6)
      .detach();
    for (const step of transforms) {
      const what = step.constructor.name;
      const plain = step.forward(image);
      const x = image.detach().requiresGrad_();
      const y = step.forward(x);
      close(y.detach(), plain.shape, valuesOf(plain), what);
      // A change of one pixel changes the weighted sum by its gradient: all of these are linear.
      const weights = asTensor(pattern([y.numel()].concat([1, 1]), "float64"))
        .reshape(...y.shape)
        .detach();
      y.mul(weights).sum().backward();
      const gradient = valuesOf(x.grad!);
      for (const at of [0, 17, 100, 179]) {
        const moved = Float64Array.from(valuesOf(image), (value, i) => (i === at ? value + 1 : value));
        const difference = step.forward(fromTypedArray(moved, image.shape)).sub(plain).mul(weights).sum().item();
        assert.ok(Math.abs(gradient[at] - difference) < 1e-9, `${what} [${at}]: ${gradient[at]}, ${difference}`);
      }
    }
  });

  it("can be made again from its own fields, as workers do", () => {
    const image = channelsLast(pattern([3, 9, 8]));
    const again = [
      (t: Resize) => new Resize(t.size, { ...t }),
      (t: Pad) => new Pad(t.padding, { ...t }),
      (t: RandomCrop) => new RandomCrop(t.size, { ...t }),
    ] as const;
    const resize = new Resize(5, { interpolation: "nearest", maxSize: 20 });
    const pad = new Pad([1, 2], { paddingMode: "reflect", fill: 3 });
    const crop = new RandomCrop([12, 3], { padding: 1, padIfNeeded: true, paddingMode: "edge" });
    assert.deepEqual(valuesOf(again[0](resize).raw(image)), valuesOf(resize.raw(image)));
    assert.deepEqual(valuesOf(again[1](pad).raw(image)), valuesOf(pad.raw(image)));
    const seeded = (t: RandomCrop) => (manualSeed(5), valuesOf(t.raw(image)));
    assert.deepEqual(seeded(again[2](crop)), seeded(crop));
  });

  it("refuses what makes no sense, by name", () => {
    const refuse = (make: () => unknown, kind: new (...args: never[]) => Error, message: RegExp) =>
      assert.throws(make, (error) => error instanceof kind && (assert.match(error.message, message), true));
    const image = channelsLast(pattern([3, 4, 5]));
    refuse(
      () => new Resize(0),
      ArgumentError,
      /^Resize: expected a size of a whole number of at least 1 or \[height, width\], got 0$/,
    );
    refuse(() => new Resize([3, 2.5]), ArgumentError, /got \[3, 2\.5\]/);
    refuse(() => new Resize(5, { maxSize: 5 }), ArgumentError, /maxSize/);
    refuse(() => new Resize([5, 5], { maxSize: 9 }), ArgumentError, /maxSize/);
    refuse(
      () => new Resize(5, { interpolation: "cubic" as never }),
      ArgumentError,
      /"bilinear" or "nearest", got "cubic"/,
    );
    refuse(() => new Pad(-1), ArgumentError, /^Pad: expected a padding .* got -1$/);
    refuse(() => new Pad([1, 2, 3] as never), ArgumentError, /got \[1, 2, 3\]/);
    refuse(() => new Pad(1, { paddingMode: "wrap" as never }), ArgumentError, /paddingMode of constant, edge/);
    refuse(() => new Pad(4, { paddingMode: "reflect" }).raw(image), ArgumentError, /at most 3 for reflect, got 4/);
    refuse(() => new Pad(1, { fill: [1, 2] }).raw(image), ArgumentError, /1 fill value or 3, one a channel, got 2/);
    refuse(() => new RandomHorizontalFlip(1.5), ArgumentError, /probability from 0 to 1, got 1\.5/);
    refuse(() => new Grayscale(2 as never), ArgumentError, /1 or 3 output channels, got 2/);
    refuse(() => new Grayscale().raw(pattern([4, 5, 2])), ShapeError, /1 or 3 channels last, got \[4, 5, 2\]/);
    refuse(() => new CenterCrop(3).forward(zeros([5])), ShapeError, /at least 2 dimensions, got \[5\]/);
    refuse(() => new Resize(2).forward(zeros([3, 0, 4])), ShapeError, /at least 1 x 1, got \[3, 0, 4\]/);
    refuse(() => new Resize(2).forward(zeros([3, 4, 4], { dtype: "bool" })), DTypeError, /got bool/);
    refuse(
      () => new CenterCrop(2).forward(zeros([3, 8, 4], { dtype: "uint8" })),
      ShapeError,
      /channels can be told from rows, got \[3, 8, 4\]/,
    );
  });
});
