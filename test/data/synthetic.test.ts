import assert from "node:assert/strict";
import { vision } from "../../engine/data/index.js";
import { ArgumentError } from "../../engine/errors.js";
import "../../engine/index.js";
import { defaultGenerator, manualSeed } from "../../engine/random.js";

const { Synthetic } = vision.datasets;
const small = { imageSize: [3, 8, 5], numClasses: 7 } as const;

describe("Synthetic", () => {
  it("gives images of the size that was asked for, and labels of all classes", () => {
    const data = new Synthetic(200, small);
    const [image, label] = data.get(3);
    assert.deepEqual([[...image.shape], image.dtype], [[8, 5, 3], "uint8"]);
    assert.ok(Number.isInteger(label));
    assert.deepEqual([...new Set([...data].map(([, own]) => own))].sort(), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(data.classes, ["0", "1", "2", "3", "4", "5", "6"]);
    const transformed = new Synthetic(1, { ...small, transform: new vision.transforms.ToTensor() });
    assert.deepEqual([...transformed.get(0)[0].shape], [3, 8, 5]);
    assert.equal(new Synthetic().length, 1000);
    assert.deepEqual([...new Synthetic().get(999)[0].shape], [224, 224, 3]);
  });

  it("depends on seed and index alone: not on order, size or the default generator", () => {
    const all = (data: vision.datasets.Synthetic, indices: readonly number[]) =>
      indices.map((i) => {
        const [image, label] = data.get(i);
        return [label, ...image.toBytes()];
      });
    const forwards = all(new Synthetic(10, { ...small, seed: 4 }), [0, 1, 2, 3]);
    manualSeed(99);
    const before = defaultGenerator.state();
    const backwards = all(new Synthetic(4, { ...small, seed: 4 }), [3, 2, 1, 0]).reverse();
    assert.deepEqual(backwards, forwards);
    assert.deepEqual(defaultGenerator.state(), before);
    assert.notDeepEqual(all(new Synthetic(10, { ...small, seed: 5 }), [0, 1, 2, 3]), forwards);
    assert.equal(new Set(forwards.map(String)).size, 4);
  });

  it("is uniform noise", () => {
    const bytes = new Synthetic(1, { imageSize: [3, 100, 100] }).get(0)[0].toBytes();
    const mean = bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
    assert.ok(Math.abs(mean - 127.5) < 2, `${mean}`);
    assert.equal(new Set(bytes).size, 256);
  });

  it("refuses sizes that are none", () => {
    assert.throws(() => new Synthetic(-1), ArgumentError);
    assert.throws(() => new Synthetic(1.5), ArgumentError);
    assert.throws(() => new Synthetic(1, { numClasses: 0 }), ArgumentError);
    assert.throws(() => new Synthetic(1, { imageSize: [3, 0, 4] }), ArgumentError);
    assert.throws(() => new Synthetic(2).get(2), /Synthetic: expected an index from 0 to 1, got 2/);
  });
});
